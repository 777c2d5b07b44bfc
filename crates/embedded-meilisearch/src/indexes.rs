//! `/indexes`, `/indexes/UID`, `/stats` and `/swap-indexes`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use milli_core::Index;
use serde_json::{Map, Value, json};

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::json::JsonReader;
use super::request::{Answer, Request, Verb};
use super::tasks::{TaskKind, TaskWork, timestamp};
use super::uid::check_uid;

/// Answers `/indexes`: lists the indexes (GET) or creates one (POST).
pub(super) fn all(state: &EngineState, request: &Request) -> ApiResult<Answer> {
    if request.verb == Verb::Post {
        return create(state, request);
    }
    request.accept_parameters(&["offset", "limit"])?;
    let offset = request
        .unsigned("offset", "invalid_index_offset")?
        .unwrap_or(0);
    let limit = request
        .unsigned("limit", "invalid_index_limit")?
        .unwrap_or(20);
    let indexes = state.store.list();
    let shown: ApiResult<Vec<Value>> = indexes
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(uid, index)| view(uid, index))
        .collect();
    Ok(Answer::ok(
        json!({ "results": shown?, "offset": offset, "limit": limit, "total": indexes.len() }),
    ))
}

fn create(state: &EngineState, request: &Request) -> ApiResult<Answer> {
    let body = request.json()?;
    let reader = JsonReader::new(&body, "", "bad_request");
    reader.object(&["uid", "primaryKey"])?;
    let uid = reader
        .required("uid", "missing_index_uid")?
        .with_code("invalid_index_uid");
    let name = uid.string()?;
    check_uid(&name).map_err(|error| uid.invalid(error.message))?;
    let primary_key = body.get("primaryKey").filter(|value| !value.is_null());
    let primary_key = primary_key
        .map(|value| JsonReader::new(value, ".primaryKey", "invalid_index_primary_key").string())
        .transpose()?;
    let details = json!({ "primaryKey": primary_key });
    Ok(Answer::accepted(state.tasks.enqueue(
        TaskKind::IndexCreation,
        Some(&name),
        details,
        TaskWork::CreateIndex { primary_key },
    )))
}

/// Answers `/indexes/UID`: returns the index (GET) or deletes it (DELETE).
pub(super) fn one(state: &EngineState, request: &Request, uid: &str) -> ApiResult<Answer> {
    if request.verb == Verb::Get {
        return Ok(Answer::ok(view(uid, &state.store.get(uid)?)?));
    }
    check_uid(uid)?;
    Ok(Answer::accepted(state.tasks.enqueue(
        TaskKind::IndexDeletion,
        Some(uid),
        json!({ "deletedDocuments": null }),
        TaskWork::DeleteIndex,
    )))
}

/// Answers `/swap-indexes`.
pub(super) fn swap(state: &EngineState, request: &Request) -> ApiResult<Answer> {
    let body = request.json()?;
    let mut pairs = Vec::new();
    let mut once = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for swap in JsonReader::new(&body, "", "bad_request").array()? {
        for (name, member) in swap.object(&["indexes", "rename"])? {
            if name == "rename" && member.with_code("invalid_swap_rename").boolean()? {
                return Err(member
                    .with_code("invalid_swap_rename")
                    .invalid("the embedded search engine does not rename indexes"));
            }
        }
        let indexes = swap
            .required("indexes", "missing_swap_indexes")?
            .with_code("invalid_swap_indexes");
        let uids = indexes.strings()?;
        uids.iter().try_for_each(|uid| check_uid(uid))?;
        let [left, right] = uids.as_slice() else {
            let given: Vec<String> = uids.iter().map(|uid| format!("\"{uid}\"")).collect();
            let message = format!(
                "Two indexes must be given for each swap. The list `[{}]` contains {} indexes.",
                given.join(", "),
                uids.len()
            );
            return Err(ApiError::new("invalid_swap_indexes", message));
        };
        for uid in [left, right] {
            if !once.insert(uid.clone()) {
                twice.insert(uid.clone());
            }
        }
        pairs.push((left.clone(), right.clone()));
    }
    refuse_twice(&twice)?;
    let swaps: Vec<Value> = pairs
        .iter()
        .map(|(left, right)| json!({ "indexes": [left, right], "rename": false }))
        .collect();
    Ok(Answer::accepted(state.tasks.enqueue(
        TaskKind::IndexSwap,
        None,
        json!({ "swaps": swaps }),
        TaskWork::Swap(pairs),
    )))
}

fn refuse_twice(twice: &BTreeSet<String>) -> ApiResult<()> {
    let names: Vec<&str> = twice.iter().map(String::as_str).collect();
    let verb = match names.len() {
        0 => return Ok(()),
        1 => "was",
        _ => "were",
    };
    Err(ApiError::new(
        "invalid_swap_duplicate_index_found",
        format!(
            "Indexes must be declared only once during a swap. {} {verb} specified several times.",
            super::json::listed(&names)
        ),
    ))
}

/// Answers `/indexes/UID/stats`.
pub(super) fn stats(state: &EngineState, uid: &str) -> ApiResult<Answer> {
    let index = state.store.get(uid)?;
    Ok(Answer::ok(index_stats(state, uid, &index)?))
}

/// Answers `/stats`.
pub(super) fn all_stats(state: &EngineState) -> ApiResult<Answer> {
    let mut indexes = Map::new();
    let mut used = 0;
    let mut last_update = None;
    for (uid, index) in state.store.list() {
        indexes.insert(uid.clone(), index_stats(state, &uid, &index)?);
        used += index.used_size()?;
        last_update = last_update.max(Some(dates(&index)?.1));
    }
    Ok(Answer::ok(json!({
        "databaseSize": state.store.size_on_disk(),
        "usedDatabaseSize": used,
        "lastUpdate": last_update.map(timestamp),
        "indexes": indexes,
    })))
}

fn index_stats(state: &EngineState, uid: &str, index: &Index) -> ApiResult<Value> {
    let reading = index.read_txn()?;
    let documents = index.number_of_documents(&reading)?;
    let bytes = index
        .database_sizes(&reading)?
        .get("documents")
        .copied()
        .unwrap_or_default() as u64;
    Ok(json!({
        "numberOfDocuments": documents,
        "rawDocumentDbSize": bytes,
        "avgDocumentSize": bytes.checked_div(documents).unwrap_or_default(),
        "isIndexing": state.tasks.is_indexing(uid),
        "numberOfEmbeddings": 0,
        "numberOfEmbeddedDocuments": 0,
        "fieldDistribution": index.field_distribution(&reading)?,
    }))
}

fn view(uid: &str, index: &Index) -> ApiResult<Value> {
    let reading = index.read_txn()?;
    let (created, updated) = dates(index)?;
    Ok(json!({
        "uid": uid,
        "createdAt": timestamp(created),
        "updatedAt": timestamp(updated),
        "primaryKey": index.primary_key(&reading)?,
    }))
}

/// Returns when an index was created and when it last changed.
fn dates(index: &Index) -> ApiResult<(DateTime<Utc>, DateTime<Utc>)> {
    let reading = index.read_txn()?;
    let at = |nanoseconds: i128| {
        DateTime::from_timestamp_nanos(i64::try_from(nanoseconds).unwrap_or_default())
    };
    Ok((
        at(index.created_at(&reading)?.unix_timestamp_nanos()),
        at(index.updated_at(&reading)?.unix_timestamp_nanos()),
    ))
}
