//! Merges the hits of several queries into one list.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use milli_core::heed::RoTxn;
use milli_core::{DocumentId, Index};
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::EngineState;
use super::super::error::{ApiError, ApiResult};
use super::super::query::Query;
use super::super::search::{self, Window};
use super::ranked::Ranked;
use super::{Federation, IndexQuery, SearchedIndex, facets, inside};

/// Answers all queries with one list.
pub(super) fn answer(
    state: &EngineState,
    federation: &Federation,
    queries: &[IndexQuery],
) -> ApiResult<Value> {
    let began = Instant::now();
    let mut searched: BTreeMap<&str, SearchedIndex> = BTreeMap::new();
    for (number, query) in queries.iter().enumerate() {
        refuse_own_window(&query.query).map_err(inside(number))?;
        if !searched.contains_key(query.uid.as_str()) {
            let index = state.store.get(&query.uid).map_err(inside(number))?;
            searched.insert(
                &query.uid,
                SearchedIndex {
                    index,
                    candidates: RoaringBitmap::new(),
                },
            );
        }
    }
    let window = Window::within(&federation.page, usize::MAX);
    let hits = rank_all(&mut searched, queries, &window)?;
    let shown = hits
        .into_iter()
        .skip(window.offset)
        .take(window.limit)
        .map(Ranked::into_json);
    let total: u64 = searched
        .values()
        .map(|searched| searched.candidates.len())
        .sum();
    let mut body = Map::new();
    body.insert("hits".to_owned(), Value::Array(shown.collect()));
    body.insert(
        "processingTimeMs".to_owned(),
        json!(began.elapsed().as_millis() as u64),
    );
    window.describe(usize::try_from(total).unwrap_or(usize::MAX), &mut body);
    facets::add(federation, &searched, &mut body)?;
    body.insert("requestUid".to_owned(), json!(Uuid::now_v7()));
    Ok(Value::Object(body))
}

/// Returns the hits of all queries up to the end of the window, in order, each document once.
fn rank_all(
    searched: &mut BTreeMap<&str, SearchedIndex>,
    queries: &[IndexQuery],
    window: &Window,
) -> ApiResult<Vec<Ranked>> {
    let mut hits = Vec::new();
    for (uid, searched) in searched {
        let reading = searched.index.read_txn()?;
        let of_index = queries
            .iter()
            .enumerate()
            .filter(|(_, query)| query.uid == *uid);
        for (number, query) in of_index {
            let (ranked, candidates) =
                rank(&searched.index, &reading, number, query, window).map_err(inside(number))?;
            hits.extend(ranked);
            searched.candidates |= candidates;
        }
    }
    hits.sort_by(Ranked::before);
    let mut merged: BTreeSet<(String, DocumentId)> = BTreeSet::new();
    hits.retain(|hit| merged.insert((hit.uid.clone(), hit.document)));
    Ok(hits)
}

fn refuse_own_window(query: &Query) -> ApiResult<()> {
    if let Some(name) = query.page.any_set() {
        let message = format!(
            "Using pagination options is not allowed in federated queries.\n \
             - Hint: remove `{name}` from the query or remove `federation` from the request\n \
             - Hint: pass `federation.limit` and `federation.offset` for pagination in federated search"
        );
        return Err(ApiError::new(
            "invalid_multi_search_query_pagination",
            message,
        ));
    }
    match &query.facets {
        Some(_) => Err(ApiError::new(
            "invalid_multi_search_query_facets",
            "Using facet options is not allowed in federated queries.\n \
             - Hint: remove `facets` from the query or remove `federation` from the request\n \
             - Hint: pass `federation.facetsByIndex` for facets in federated search",
        )),
        None => Ok(()),
    }
}

/// Returns the first hits of one query, and all its candidates.
fn rank(
    index: &Index,
    reading: &RoTxn<'_>,
    number: usize,
    query: &IndexQuery,
    window: &Window,
) -> ApiResult<(Vec<Ranked>, RoaringBitmap)> {
    let window = window.widened_to_start(index, reading)?;
    let mut found = search::find_scored(index, reading, &query.uid, &query.query, &window)?;
    let shown = search::hits(index, reading, &query.query, &mut found)?;
    let documents = found
        .documents_ids
        .into_iter()
        .zip(found.document_scores)
        .zip(shown);
    let ranked = documents.map(|((document, scores), shown)| Ranked {
        uid: query.uid.clone(),
        document,
        shown,
        scores,
        query: number,
        weight: query.weight.unwrap_or(1.0),
    });
    Ok((ranked.collect(), found.candidates))
}
