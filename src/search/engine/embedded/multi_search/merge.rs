//! The hits of several queries merged into one list.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use milli_core::heed::RoTxn;
use milli_core::{DocumentId, Index};
use roaring::RoaringBitmap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::Shared;
use super::super::error::{ApiError, Outcome};
use super::super::query::Query;
use super::super::search::{self, Window};
use super::ranked::Ranked;
use super::{Asked, Federation, facets, inside};

/// An index as the queries see it, and all documents that any of them finds in it.
pub(super) struct Searched {
    pub index: Index,
    pub candidates: RoaringBitmap,
}

/// Answers all queries as one.
pub(super) fn answer(
    shared: &Shared,
    federation: &Federation,
    queries: &[Asked],
) -> Outcome<Value> {
    let began = Instant::now();
    let mut searched: BTreeMap<&str, Searched> = BTreeMap::new();
    for (number, asked) in queries.iter().enumerate() {
        refuse_own_window(&asked.query).map_err(inside(number))?;
        if !searched.contains_key(asked.uid.as_str()) {
            let index = shared.store.get(&asked.uid).map_err(inside(number))?;
            searched.insert(
                &asked.uid,
                Searched {
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

/// The hits of all queries that can stand in the window, in their order, each document once.
fn rank_all(
    searched: &mut BTreeMap<&str, Searched>,
    queries: &[Asked],
    window: &Window,
) -> Outcome<Vec<Ranked>> {
    let mut hits = Vec::new();
    for (uid, searched) in searched {
        let reading = searched.index.read_txn()?;
        let of_index = queries
            .iter()
            .enumerate()
            .filter(|(_, asked)| asked.uid == *uid);
        for (number, asked) in of_index {
            let (ranked, candidates) =
                rank(&searched.index, &reading, number, asked, window).map_err(inside(number))?;
            hits.extend(ranked);
            searched.candidates |= candidates;
        }
    }
    hits.sort_by(Ranked::before);
    let mut seen: BTreeSet<(String, DocumentId)> = BTreeSet::new();
    hits.retain(|hit| seen.insert((hit.uid.clone(), hit.document)));
    Ok(hits)
}

fn refuse_own_window(query: &Query) -> Outcome<()> {
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

/// The first hits of one query, and all its candidates.
fn rank(
    index: &Index,
    reading: &RoTxn<'_>,
    number: usize,
    asked: &Asked,
    window: &Window,
) -> Outcome<(Vec<Ranked>, RoaringBitmap)> {
    let window = window.widened_to_start(index, reading)?;
    let mut found = search::find_scored(index, reading, &asked.uid, &asked.query, &window)?;
    let shown = search::hits(index, reading, &asked.query, &mut found)?;
    let documents = found
        .documents_ids
        .into_iter()
        .zip(found.document_scores)
        .zip(shown);
    let ranked = documents.map(|((document, scores), shown)| Ranked {
        uid: asked.uid.clone(),
        document,
        shown,
        scores,
        query: number,
        weight: asked.weight.unwrap_or(1.0),
    });
    Ok((ranked.collect(), found.candidates))
}
