//! Readers for the values of settings.

use std::collections::BTreeMap;

use milli_core::index::PrefixSearch;
use milli_core::proximity::ProximityPrecision;
use milli_core::tokenizer::Language;
use milli_core::{Criterion, FilterableAttributesRule, LocalizedAttributesRule, OrderBy};

use super::super::error::ApiResult;
use super::super::json::JsonReader;

/// Returns `None` for `["*"]`, the default: all attributes.
pub(super) fn unless_all(names: Vec<String>) -> Option<Vec<String>> {
    (!names.iter().any(|name| name == "*")).then_some(names)
}

pub(super) fn set_of<S: FromIterator<String>>(
    given: Option<JsonReader<'_>>,
) -> ApiResult<Option<S>> {
    Ok(given
        .map(|it| it.strings())
        .transpose()?
        .map(|strings| strings.into_iter().collect()))
}

pub(super) fn filter_rules(reader: &JsonReader<'_>) -> ApiResult<Vec<FilterableAttributesRule>> {
    reader.array()?.iter().map(filter_rule).collect()
}

fn filter_rule(reader: &JsonReader<'_>) -> ApiResult<FilterableAttributesRule> {
    if !reader.value().is_object() {
        return Ok(FilterableAttributesRule::Field(reader.string()?));
    }
    for (name, member) in reader.object(&["attributePatterns", "features"])? {
        match name {
            "attributePatterns" => drop(member.strings()?),
            _ => features(&member)?,
        }
    }
    reader.required(
        "attributePatterns",
        "invalid_settings_filterable_attributes",
    )?;
    serde_json::from_value(reader.value().clone())
        .map(FilterableAttributesRule::Pattern)
        .map_err(|error| reader.invalid(error))
}

fn features(reader: &JsonReader<'_>) -> ApiResult<()> {
    for (name, member) in reader.object(&["facetSearch", "filter"])? {
        match name {
            "facetSearch" => drop(member.boolean()?),
            _ => {
                for (_, switch) in member.object(&["equality", "comparison"])? {
                    switch.boolean()?;
                }
            }
        }
    }
    Ok(())
}

pub(super) fn ranking_rules(reader: &JsonReader<'_>) -> ApiResult<Vec<Criterion>> {
    reader
        .array()?
        .iter()
        .map(|rule| rule.string()?.parse().map_err(|error| rule.invalid(error)))
        .collect()
}

pub(super) fn synonyms(reader: &JsonReader<'_>) -> ApiResult<BTreeMap<String, Vec<String>>> {
    reader
        .members()?
        .into_iter()
        .map(|(word, same)| Ok((word.to_owned(), same.strings()?)))
        .collect()
}

pub(super) fn proximity(reader: &JsonReader<'_>) -> ApiResult<ProximityPrecision> {
    Ok(match reader.one_of(&["byWord", "byAttribute"])? {
        "byAttribute" => ProximityPrecision::ByAttribute,
        _ => ProximityPrecision::ByWord,
    })
}

pub(super) fn prefix_search(reader: &JsonReader<'_>) -> ApiResult<PrefixSearch> {
    Ok(match reader.one_of(&["indexingTime", "disabled"])? {
        "disabled" => PrefixSearch::Disabled,
        _ => PrefixSearch::IndexingTime,
    })
}

pub(super) fn localized_rules(reader: &JsonReader<'_>) -> ApiResult<Vec<LocalizedAttributesRule>> {
    let rule = |reader: &JsonReader<'_>| {
        reader.object(&["attributePatterns", "locales"])?;
        let patterns = reader
            .required("attributePatterns", "invalid_settings_localized_attributes")?
            .strings()?;
        let locales = reader.required("locales", "invalid_settings_localized_attributes")?;
        Ok(LocalizedAttributesRule::new(patterns, languages(&locales)?))
    };
    reader.array()?.iter().map(rule).collect()
}

/// Reads languages by their ISO 639-3 code, or by their ISO 639-1 code when they have one.
pub(in super::super) fn languages(reader: &JsonReader<'_>) -> ApiResult<Vec<Language>> {
    let language = |reader: &JsonReader<'_>| {
        let code = reader.string()?;
        let long = match code.as_str() {
            // The tokenizer knows Persian as Iranian Persian only.
            "fa" => "pes",
            short => isolang::Language::from_639_1(short).map_or(short, |known| known.to_639_3()),
        };
        Language::from_code(long).ok_or_else(|| reader.invalid(format!("`{code}` is no ISO 639-3 or ISO 639-1 code of a language that the search engine knows")))
    };
    reader.array()?.iter().map(language).collect()
}

pub(super) fn facet_orders(reader: &JsonReader<'_>) -> ApiResult<Vec<(String, OrderBy)>> {
    let order = |(facet, order): (&str, JsonReader<'_>)| {
        let order = if order.one_of(&["alpha", "count"])? == "count" {
            OrderBy::Count
        } else {
            OrderBy::Lexicographic
        };
        Ok((facet.to_owned(), order))
    };
    reader.members()?.into_iter().map(order).collect()
}
