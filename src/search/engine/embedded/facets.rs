//! Filters and facets: counting values among hits, finding values by their beginning, and refusing what is not filterable.

use std::collections::BTreeSet;
use std::time::Instant;

use milli_core::heed::RoTxn;
use milli_core::{
    AttributePatterns, DEFAULT_VALUES_PER_FACET, Error as MilliError, FacetDistribution,
    FacetValueHit, Filter, FilterCondition, FilterableAttributesRule, Index, PatternMatch,
    SearchForFacetValues, UserError,
};
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};

use super::Shared;
use super::error::{ApiError, Outcome};
use super::json::Reader;
use super::query::Query;
use super::request::{Answer, Request};
use super::search::prepare;

/// Values of facets among the hits, with how many hits have each, and the bounds of the numbers among them.
pub(super) struct Facets {
    pub distribution: Value,
    pub stats: Value,
}

/// A filter, parsed; `None` when it is empty.
pub(super) fn parse_filter(filter: &Value) -> Outcome<Option<Filter<'_>>> {
    Filter::from_json(filter).map_err(|error| match error {
        MilliError::UserError(UserError::InvalidFilterExpression(expected, found)) => {
            ApiError::new(
                "invalid_search_filter",
                format!(
                    "Invalid syntax for the filter parameter: `expected {}, found: {found}`.",
                    expected.join(", ")
                ),
            )
        }
        error => ApiError::from(error),
    })
}

/// The refusal of a filter by an index. The server points into its own rendering of a condition, with both sides
/// quoted, and not into the text it was sent.
pub(super) fn worded_filter_error(uid: &str, filter: &Value, error: MilliError) -> ApiError {
    let refusal = ApiError::about_index(uid, error);
    if refusal.code != "invalid_search_filter" || !refusal.message.contains("is not filterable") {
        return refusal;
    }
    let Some((message, place)) = refusal.message.rsplit_once('\n') else {
        return refusal;
    };
    match single_equality(filter, place) {
        Some((attribute, rendered)) => ApiError::new(
            refusal.code,
            format!("{message}\n2:{} {rendered}", attribute.chars().count() + 2),
        ),
        None => refusal,
    }
}

/// `attribute = value` as the server renders it, when the filter is that one condition.
fn single_equality(filter: &Value, place: &str) -> Option<(String, String)> {
    let text = filter.as_str()?;
    if !place.ends_with(text) {
        return None;
    }
    let Ok(Some(FilterCondition::Condition { fid, op })) = FilterCondition::parse(text) else {
        return None;
    };
    let milli_core::Condition::Equal(value) = op else {
        return None;
    };
    Some((
        fid.value().to_owned(),
        format!("\"{}\" = \"{}\"", fid.value(), value.value()),
    ))
}

/// Counts the values of the facets that the names or patterns ask for, among the candidates.
pub(super) fn count(
    index: &Index,
    reading: &RoTxn<'_>,
    wanted: &[String],
    candidates: RoaringBitmap,
) -> Outcome<Facets> {
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

/// Values counted for one facet at most.
pub(super) fn values_per_facet(index: &Index, reading: &RoTxn<'_>) -> Outcome<usize> {
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

fn refuse_unless_filterable(pattern: &str, rules: &[FilterableAttributesRule]) -> Outcome<()> {
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

/// `/indexes/UID/facet-search`: the values of one facet that begin with a text.
pub(super) fn search_values(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    const OWN: [&str; 3] = ["facetName", "facetQuery", "exhaustiveFacetCount"];
    const SHARED: [&str; 9] = [
        "q",
        "vector",
        "media",
        "hybrid",
        "filter",
        "matchingStrategy",
        "attributesToSearchOn",
        "rankingScoreThreshold",
        "locales",
    ];
    let began = Instant::now();
    let body = request.json()?;
    let reader = Reader::new(&body, "", "bad_request");
    let accepted: Vec<&str> = OWN
        .into_iter()
        .chain(SHARED)
        .chain(["useNetwork"])
        .collect();
    let members = reader.object(&accepted)?;
    let query = Query::from_members(
        members
            .into_iter()
            .filter(|(name, _)| !OWN.contains(name))
            .collect(),
    )?;
    let facet = reader
        .required("facetName", "missing_facet_search_facet_name")?
        .with_code("invalid_facet_search_facet_name")
        .string()?;
    let text = match body.get("facetQuery").filter(|text| !text.is_null()) {
        Some(text) => {
            Some(Reader::new(text, ".facetQuery", "invalid_facet_search_facet_query").string()?)
        }
        None => None,
    };
    let hits = values(&shared.store.get(uid)?, &query, facet, text.as_deref())?;
    let hits: Vec<Value> = hits
        .into_iter()
        .map(|hit| json!({ "value": hit.value, "count": hit.count }))
        .collect();
    Ok(Answer::ok(json!({
        "facetHits": hits,
        "facetQuery": text,
        "processingTimeMs": began.elapsed().as_millis() as u64,
    })))
}

fn values(
    index: &Index,
    query: &Query,
    facet: String,
    text: Option<&str>,
) -> Outcome<Vec<FacetValueHit>> {
    let reading = index.read_txn()?;
    if !index.facet_search(&reading)? {
        return Err(ApiError::new(
            "facet_search_disabled",
            "The facet search is disabled for this index",
        ));
    }
    let search = prepare(index, &reading, query)?;
    let rules = index
        .localized_attributes_rules(&reading)?
        .unwrap_or_default();
    let rule = rules
        .into_iter()
        .find(|rule| rule.match_str(&facet) == PatternMatch::Match);
    let mut seeking = SearchForFacetValues::new(facet, search, false);
    seeking.max_values(values_per_facet(index, &reading)?);
    if let Some(text) = text {
        seeking.query(text);
    }
    // Values of an attribute without languages were stored without regard to any.
    if let Some(rule) = rule {
        let asked = |language| {
            query
                .locales
                .as_ref()
                .is_none_or(|locales| locales.contains(language))
        };
        seeking.locales(
            rule.locales
                .iter()
                .filter(|language| asked(language))
                .copied()
                .collect(),
        );
    }
    Ok(seeking.execute()?)
}
