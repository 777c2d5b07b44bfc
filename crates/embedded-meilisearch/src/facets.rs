//! Facets: the count of each value among the hits of a search.

use std::collections::BTreeSet;

use milli_core::heed::RoTxn;
use milli_core::{
    AttributePatterns, DEFAULT_VALUES_PER_FACET, FacetDistribution, FilterableAttributesRule,
    Index, PatternMatch,
};
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};

use super::error::{ApiError, ApiResult};

/// Values of facets among the hits, with the number of hits of each, and the bounds of the numbers
/// among them.
pub(super) struct Facets {
    pub distribution: Value,
    pub stats: Value,
}

/// Counts the values of facets among the candidates; `wanted` are names or patterns of facets.
pub(super) fn count(
    index: &Index,
    reading: &RoTxn<'_>,
    wanted: &[String],
    candidates: RoaringBitmap,
) -> ApiResult<Facets> {
    let rules = index.filterable_attributes_rules(reading)?;
    for pattern in wanted {
        refuse_unless_filterable(pattern, &rules)?;
    }
    let patterns = AttributePatterns::from(wanted.to_vec());
    let orders = index.sort_facet_values_by(reading)?;
    let fields = index.fields_ids_map(reading)?;
    let names = fields.names().filter(|name| {
        patterns.match_str(name) == PatternMatch::Match && is_filterable(name, &rules)
    });
    let mut counting = FacetDistribution::new(reading, index);
    counting.facets(names.map(|name| (name, orders.get(name))));
    counting.default_order_by(orders.get("*"));
    counting.max_values_per_facet(values_per_facet(index, reading)?);
    counting.candidates(candidates);
    let stats = counting.compute_stats()?;
    let stats: Map<String, Value> = stats
        .into_iter()
        .map(|(name, (min, max))| (name, json!({ "min": min, "max": max })))
        .collect();
    Ok(Facets {
        distribution: json!(counting.execute()?),
        stats: Value::Object(stats),
    })
}

/// Returns the maximum number of values that are counted for one facet.
pub(super) fn values_per_facet(index: &Index, reading: &RoTxn<'_>) -> ApiResult<usize> {
    let most = index
        .max_values_per_facet(reading)?
        .and_then(|most| usize::try_from(most).ok());
    Ok(most.unwrap_or(DEFAULT_VALUES_PER_FACET))
}

fn is_filterable(name: &str, rules: &[FilterableAttributesRule]) -> bool {
    let rule = rules
        .iter()
        .find(|rule| rule.match_str(name) == PatternMatch::Match);
    rule.is_some_and(|rule| rule.features().is_filterable())
}

fn refuse_unless_filterable(pattern: &str, rules: &[FilterableAttributesRule]) -> ApiResult<()> {
    let asked = AttributePatterns::from(vec![pattern.to_owned()]);
    let mut open = BTreeSet::new();
    for (number, rule) in rules.iter().enumerate() {
        let matches = rule.match_str(pattern) == PatternMatch::Match;
        if rule.features().is_filterable() {
            let names = names_of(rule);
            if matches
                || names
                    .iter()
                    .any(|name| asked.match_str(name) != PatternMatch::NoMatch)
            {
                return Ok(());
            }
            open.extend(names);
        } else if matches {
            return Err(ApiError::new(
                "invalid_search_facets",
                format!(
                    "Invalid facet distribution: Attribute `{pattern}` matched rule #{number} in filterableAttributes, but this rule does not enable filtering.\n\
                 Hint: enable filtering in rule #{number} by modifying the features.filter object\n\
                 Hint: prepend another rule matching `{pattern}` with appropriate filter features before rule #{number}"
                ),
            ));
        }
    }
    let known = match open.is_empty() {
        true => "This index does not have configured filterable attributes.".to_owned(),
        false => format!(
            "Available filterable attributes patterns are: `{}`.",
            open.into_iter().collect::<Vec<_>>().join(", ")
        ),
    };
    Err(ApiError::new(
        "invalid_search_facets",
        format!("Invalid facet distribution: Pattern `{pattern}` is not filterable. {known}"),
    ))
}

fn names_of(rule: &FilterableAttributesRule) -> Vec<&str> {
    match rule {
        FilterableAttributesRule::Field(name) => vec![name],
        FilterableAttributesRule::Pattern(rule) => rule
            .attribute_patterns
            .patterns
            .iter()
            .map(String::as_str)
            .collect(),
    }
}
