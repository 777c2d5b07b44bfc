//! `/indexes`, `/stats` and `/swap-indexes`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use milli_core::Index;
use serde_json::{Map, Value, json};

use super::Shared;
use super::error::{ApiError, Outcome};
use super::json::Reader;
use super::request::{Answer, Request, Verb};
use super::tasks::{Kind, Work, timestamp};

/// All indexes: listed, or one made.
pub(super) fn all(shared: &Shared, request: &Request) -> Outcome<Answer> {
    if request.verb == Verb::Post {
        return create(shared, request);
    }
    request.accept_parameters(&["offset", "limit"])?;
    let offset = request
        .unsigned("offset", "invalid_index_offset")?
        .unwrap_or(0);
    let limit = request
        .unsigned("limit", "invalid_index_limit")?
        .unwrap_or(20);
    let indexes = shared.store.list();
    let shown: Outcome<Vec<Value>> = indexes
        .iter()
        .skip(offset)
        .take(limit)
        .map(|(uid, index)| view(uid, index))
        .collect();
    Ok(Answer::ok(
        json!({ "results": shown?, "offset": offset, "limit": limit, "total": indexes.len() }),
    ))
}

fn create(shared: &Shared, request: &Request) -> Outcome<Answer> {
    let body = request.json()?;
    let reader = Reader::new(&body, "", "bad_request");
    reader.object(&["uid", "primaryKey"])?;
    let uid = reader
        .required("uid", "missing_index_uid")?
        .with_code("invalid_index_uid");
    let name = uid.string()?;
    check_uid(&name).map_err(|error| uid.invalid(error.message))?;
    let primary_key = optional_text(&body, "primaryKey", "invalid_index_primary_key")?;
    let details = json!({ "primaryKey": primary_key });
    Ok(Answer::accepted(shared.tasks.enqueue(
        Kind::IndexCreation,
        Some(&name),
        details,
        Work::CreateIndex { primary_key },
    )))
}

/// One index: shown, changed, deleted.
pub(super) fn one(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    match request.verb {
        Verb::Get => Ok(Answer::ok(view(uid, &shared.store.get(uid)?)?)),
        Verb::Delete => {
            check_uid(uid)?;
            let details = json!({ "deletedDocuments": null });
            Ok(Answer::accepted(shared.tasks.enqueue(
                Kind::IndexDeletion,
                Some(uid),
                details,
                Work::DeleteIndex,
            )))
        }
        _ => update(shared, request, uid),
    }
}

fn update(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    check_uid(uid)?;
    let body = request.json()?;
    for (field, code) in [
        ("createdAt", "immutable_index_created_at"),
        ("updatedAt", "immutable_index_updated_at"),
    ] {
        if body.get(field).is_some() {
            return Err(ApiError::new(
                code,
                format!("Immutable field `{field}`: expected one of `primaryKey`, `uid`"),
            ));
        }
    }
    Reader::new(&body, "", "bad_request").object(&["primaryKey", "uid"])?;
    let primary_key = optional_text(&body, "primaryKey", "invalid_index_primary_key")?;
    let new_uid = optional_text(&body, "uid", "invalid_index_uid")?;
    new_uid.as_deref().map_or(Ok(()), check_uid)?;
    let mut details = Map::from_iter([("primaryKey".to_owned(), json!(primary_key))]);
    if let Some(new_uid) = &new_uid {
        details.extend([
            ("oldIndexUid".to_owned(), json!(uid)),
            ("newIndexUid".to_owned(), json!(new_uid)),
        ]);
    }
    let work = Work::UpdateIndex {
        primary_key,
        new_uid,
    };
    Ok(Answer::accepted(shared.tasks.enqueue(
        Kind::IndexUpdate,
        Some(uid),
        Value::Object(details),
        work,
    )))
}

/// `/swap-indexes`.
pub(super) fn swap(shared: &Shared, request: &Request) -> Outcome<Answer> {
    let body = request.json()?;
    let mut pairs = Vec::new();
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for swap in Reader::new(&body, "", "bad_request").array()? {
        for (name, member) in swap.object(&["indexes", "rename"])? {
            if name == "rename" && member.with_code("invalid_swap_rename").boolean()? {
                return Err(member.with_code("invalid_swap_rename").invalid(
                    "the embedded search engine renames an index with PATCH /indexes/UID only",
                ));
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
            if !seen.insert(uid.clone()) {
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
    Ok(Answer::accepted(shared.tasks.enqueue(
        Kind::IndexSwap,
        None,
        json!({ "swaps": swaps }),
        Work::Swap(pairs),
    )))
}

fn refuse_twice(twice: &BTreeSet<String>) -> Outcome<()> {
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

/// `/indexes/UID/stats`.
pub(super) fn stats(shared: &Shared, uid: &str) -> Outcome<Answer> {
    let index = shared.store.get(uid)?;
    Ok(Answer::ok(index_stats(shared, uid, &index)?))
}

/// `/stats`.
pub(super) fn all_stats(shared: &Shared) -> Outcome<Answer> {
    let mut indexes = Map::new();
    let mut used = 0;
    let mut last_update = None;
    for (uid, index) in shared.store.list() {
        indexes.insert(uid.clone(), index_stats(shared, &uid, &index)?);
        used += index.used_size()?;
        last_update = last_update.max(Some(dates(&index)?.1));
    }
    Ok(Answer::ok(json!({
        "databaseSize": shared.store.size_on_disk(),
        "usedDatabaseSize": used,
        "lastUpdate": last_update.map(timestamp),
        "indexes": indexes,
    })))
}

fn index_stats(shared: &Shared, uid: &str, index: &Index) -> Outcome<Value> {
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
        "isIndexing": shared.tasks.is_indexing(uid),
        "numberOfEmbeddings": 0,
        "numberOfEmbeddedDocuments": 0,
        "fieldDistribution": index.field_distribution(&reading)?,
    }))
}

fn view(uid: &str, index: &Index) -> Outcome<Value> {
    let reading = index.read_txn()?;
    let (created, updated) = dates(index)?;
    Ok(json!({
        "uid": uid,
        "createdAt": timestamp(created),
        "updatedAt": timestamp(updated),
        "primaryKey": index.primary_key(&reading)?,
    }))
}

/// When an index was made and last changed.
fn dates(index: &Index) -> Outcome<(DateTime<Utc>, DateTime<Utc>)> {
    let reading = index.read_txn()?;
    let at = |nanoseconds: i128| {
        DateTime::from_timestamp_nanos(i64::try_from(nanoseconds).unwrap_or_default())
    };
    Ok((
        at(index.created_at(&reading)?.unix_timestamp_nanos()),
        at(index.updated_at(&reading)?.unix_timestamp_nanos()),
    ))
}

/// Refuses what is no uid of an index: Meilisearch allows letters, digits, hyphens and underscores, 400 bytes of them.
pub(super) fn check_uid(uid: &str) -> Outcome<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !uid.is_empty() && uid.len() <= 400 && uid.bytes().all(allowed) {
        return Ok(());
    }
    Err(ApiError::new(
        "invalid_index_uid",
        format!(
            "`{uid}` is not a valid index uid. Index uid can be an integer or a string containing only alphanumeric characters, \
         hyphens (-) and underscores (_), and can not be more than 400 bytes."
        ),
    ))
}

fn optional_text(body: &Value, name: &str, code: &'static str) -> Outcome<Option<String>> {
    let given = body.get(name).filter(|value| !value.is_null());
    given
        .map(|value| Reader::new(value, format!(".{name}"), code).string())
        .transpose()
}
