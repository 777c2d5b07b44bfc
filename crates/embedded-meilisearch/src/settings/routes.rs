//! `/indexes/UID/settings`.

use milli_core::heed::RoTxn;
use milli_core::tokenizer::Language;
use milli_core::{Index, OrderBy};
use serde_json::{Map, Value, json};

use super::super::EngineState;
use super::super::error::{ApiError, ApiResult};
use super::super::request::{Answer, Request, Verb};
use super::super::tasks::{TaskKind, TaskWork};
use super::super::uid::check_uid;
use super::read_all;

/// Answers `/indexes/UID/settings`: returns the settings (GET) or changes some (PATCH).
pub(in super::super) fn route(
    state: &EngineState,
    request: &Request,
    uid: &str,
) -> ApiResult<Answer> {
    if request.verb == Verb::Get {
        let index = state.store.get(uid)?;
        let reading = index.read_txn()?;
        return Ok(Answer::ok(show(&index, &reading)?));
    }
    let body = request.json()?;
    let changes = read_all(&body)?;
    check_uid(uid)?;
    Ok(Answer::accepted(state.tasks.enqueue(
        TaskKind::SettingsUpdate,
        Some(uid),
        body,
        TaskWork::Settings(changes),
    )))
}

/// Returns the settings in force, including defaults.
fn show(index: &Index, reading: &RoTxn<'_>) -> ApiResult<Value> {
    let rules = index
        .localized_attributes_rules(reading)?
        .unwrap_or_default();
    let localized: Vec<Value> = rules
        .iter()
        .map(|rule| json!({ "attributePatterns": rule.attribute_patterns, "locales": codes(&rule.locales) }))
        .collect();
    let mut sortable: Vec<String> = index.sortable_fields(reading)?.into_iter().collect();
    sortable.sort_unstable();
    let criteria: Vec<String> = index
        .criteria(reading)?
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(json!({
        "displayedAttributes": index.displayed_fields(reading)?.unwrap_or_else(|| vec!["*"]),
        "searchableAttributes": index.user_defined_searchable_fields(reading)?.unwrap_or_else(|| vec!["*"]),
        "filterableAttributes": index.filterable_attributes_rules(reading)?,
        "sortableAttributes": sortable,
        "rankingRules": criteria,
        "stopWords": index.stop_words(reading)?.map(|words| words.stream().into_strs()).transpose().map_err(ApiError::internal)?.unwrap_or_default(),
        "nonSeparatorTokens": index.non_separator_tokens(reading)?.unwrap_or_default(),
        "separatorTokens": index.separator_tokens(reading)?.unwrap_or_default(),
        "dictionary": index.dictionary(reading)?.unwrap_or_default(),
        "synonyms": index.user_defined_synonyms(reading)?,
        "distinctAttribute": index.distinct_field(reading)?,
        "proximityPrecision": index.proximity_precision(reading)?.unwrap_or_default(),
        "typoTolerance": typo_tolerance(index, reading)?,
        "faceting": faceting(index, reading)?,
        "pagination": { "maxTotalHits": index.pagination_max_total_hits(reading)?.unwrap_or(super::super::search::MAX_TOTAL_HITS as u64) },
        "embedders": {},
        "searchCutoffMs": index.search_cutoff(reading)?,
        "localizedAttributes": localized,
        "facetSearch": index.facet_search(reading)?,
        "prefixSearch": index.prefix_search(reading)?.unwrap_or_default(),
    }))
}

fn codes(languages: &[Language]) -> Vec<&'static str> {
    languages.iter().map(|language| language.code()).collect()
}

fn typo_tolerance(index: &Index, reading: &RoTxn<'_>) -> ApiResult<Value> {
    let words = index
        .exact_words(reading)?
        .map(|words| words.stream().into_strs())
        .transpose()
        .map_err(ApiError::internal)?;
    Ok(json!({
        "enabled": index.authorize_typos(reading)?,
        "minWordSizeForTypos": {
            "oneTypo": index.min_word_len_one_typo(reading)?,
            "twoTypos": index.min_word_len_two_typos(reading)?,
        },
        "disableOnWords": words.unwrap_or_default(),
        "disableOnAttributes": index.exact_attributes(reading)?,
        "disableOnNumbers": index.disabled_typos_terms(reading)?.disable_on_numbers,
    }))
}

fn faceting(index: &Index, reading: &RoTxn<'_>) -> ApiResult<Value> {
    let mut orders = Map::new();
    for (facet, order) in index.sort_facet_values_by(reading)? {
        orders.insert(
            facet,
            json!(if order == OrderBy::Count {
                "count"
            } else {
                "alpha"
            }),
        );
    }
    let values = index
        .max_values_per_facet(reading)?
        .unwrap_or(milli_core::DEFAULT_VALUES_PER_FACET as u64);
    Ok(json!({ "maxValuesPerFacet": values, "sortFacetValuesBy": orders }))
}
