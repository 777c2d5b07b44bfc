//! `/indexes/UID/facet-search`: finds the values of one facet that begin with a text.

use std::time::Instant;

use milli_core::{FacetValueHit, Index, PatternMatch, SearchForFacetValues};
use serde_json::{Value, json};

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::facets::values_per_facet;
use super::json::JsonReader;
use super::query::Query;
use super::request::{Answer, Request};
use super::search::prepare;

/// Answers `/indexes/UID/facet-search`.
pub(super) fn route(state: &EngineState, request: &Request, uid: &str) -> ApiResult<Answer> {
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
    let reader = JsonReader::new(&body, "", "bad_request");
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
        Some(text) => Some(
            JsonReader::new(text, ".facetQuery", "invalid_facet_search_facet_query").string()?,
        ),
        None => None,
    };
    let hits = values(&state.store.get(uid)?, &query, facet, text.as_deref())?;
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
) -> ApiResult<Vec<FacetValueHit>> {
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
