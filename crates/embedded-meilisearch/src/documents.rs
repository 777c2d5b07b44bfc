//! `/indexes/UID/documents` and the routes below it.

use milli_core::heed::RoTxn;
use milli_core::{DocumentId, FieldsIdsMap, Index, all_obkv_to_json};
use serde_json::{Map, Value, json};

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::filter;
use super::json::{JsonReader, select};
use super::payload::Payload;
use super::request::{Answer, Request, Verb};
use super::tasks::{DocumentChange, TaskKind, TaskWork};
use super::uid::check_uid;

/// Answers `/documents`: lists documents (GET), adds or replaces them (POST), adds or merges them
/// (PUT).
pub(super) fn all(state: &EngineState, request: &Request, uid: &str) -> ApiResult<Answer> {
    match request.verb {
        Verb::Get => list(state, request, uid),
        verb => add(state, request, uid, verb == Verb::Put),
    }
}

fn add(state: &EngineState, request: &Request, uid: &str, merge: bool) -> ApiResult<Answer> {
    check_uid(uid)?;
    request.accept_parameters(&[
        "primaryKey",
        "csvDelimiter",
        "customMetadata",
        "skipCreation",
    ])?;
    let payload = Payload::read(request)?;
    let details = json!({ "receivedDocuments": payload.count, "indexedDocuments": null });
    let primary_key = request.parameter("primaryKey").map(str::to_owned);
    let work = TaskWork::Documents(DocumentChange::Add {
        payload,
        primary_key,
        merge,
    });
    Ok(Answer::accepted(state.tasks.enqueue(
        TaskKind::DocumentAdditionOrUpdate,
        Some(uid),
        details,
        work,
    )))
}

/// Answers `/documents/ID`: returns the document (GET) or deletes it (DELETE).
pub(super) fn one(
    state: &EngineState,
    request: &Request,
    uid: &str,
    id: &str,
) -> ApiResult<Answer> {
    if request.verb == Verb::Delete {
        check_uid(uid)?;
        return Ok(delete_ids(state, uid, vec![id.to_owned()]));
    }
    request.accept_parameters(&["fields"])?;
    let index = state.store.get(uid)?;
    let reading = index.read_txn()?;
    let found = index.external_documents_ids().get(&reading, id)?;
    let found = found.ok_or_else(|| {
        ApiError::new("document_not_found", format!("Document `{id}` not found."))
    })?;
    let document = read(
        &index,
        &reading,
        &index.fields_ids_map(&reading)?,
        found,
        request.list("fields").as_deref(),
    )?;
    Ok(Answer::ok(Value::Object(document)))
}

/// Answers `/documents/delete-batch`, whose body is a list of document ids.
pub(super) fn delete_batch(state: &EngineState, request: &Request, uid: &str) -> ApiResult<Answer> {
    check_uid(uid)?;
    let body = request.json()?;
    let ids = JsonReader::new(&body, "", "bad_request").array()?;
    let ids: ApiResult<Vec<String>> = ids
        .iter()
        .map(|id| {
            if id.value().is_number() {
                Ok(id.value().to_string())
            } else {
                id.string()
            }
        })
        .collect();
    Ok(delete_ids(state, uid, ids?))
}

/// Answers `/documents/delete`, whose body holds a filter.
pub(super) fn delete_by_filter(
    state: &EngineState,
    request: &Request,
    uid: &str,
) -> ApiResult<Answer> {
    check_uid(uid)?;
    let body = request.json()?;
    let reader = JsonReader::new(&body, "", "bad_request");
    reader.object(&["filter"])?;
    let filter = reader
        .required("filter", "missing_document_filter")?
        .value()
        .clone();
    let parsed = filter::parse(&filter).map_err(ApiError::about_documents)?;
    if parsed.is_none() {
        return Err(ApiError::new(
            "invalid_document_filter",
            "Sending an empty filter is forbidden.",
        ));
    }
    drop(parsed);
    let details =
        json!({ "providedIds": 0, "deletedDocuments": null, "originalFilter": filter.to_string() });
    Ok(Answer::accepted(state.tasks.enqueue(
        TaskKind::DocumentDeletion,
        Some(uid),
        details,
        TaskWork::DeleteByFilter(filter),
    )))
}

fn delete_ids(state: &EngineState, uid: &str, ids: Vec<String>) -> Answer {
    let details =
        json!({ "providedIds": ids.len(), "deletedDocuments": null, "originalFilter": null });
    Answer::accepted(state.tasks.enqueue(
        TaskKind::DocumentDeletion,
        Some(uid),
        details,
        TaskWork::Documents(DocumentChange::Delete(ids)),
    ))
}

fn list(state: &EngineState, request: &Request, uid: &str) -> ApiResult<Answer> {
    request.accept_parameters(&["offset", "limit", "fields"])?;
    let offset = request
        .unsigned("offset", "invalid_document_offset")?
        .unwrap_or(0);
    let limit = request
        .unsigned("limit", "invalid_document_limit")?
        .unwrap_or(20);
    let names = request.list("fields");
    let index = state.store.get(uid)?;
    let reading = index.read_txn()?;
    let fields = index.fields_ids_map(&reading)?;
    let ids = index.documents_ids(&reading)?;
    let page = ids.iter().skip(offset).take(limit);
    let documents: ApiResult<Vec<_>> = page
        .map(|id| read(&index, &reading, &fields, id, names.as_deref()))
        .collect();
    Ok(Answer::ok(json!({
        "results": documents?,
        "offset": offset,
        "limit": limit,
        "total": ids.len(),
    })))
}

fn read(
    index: &Index,
    reading: &RoTxn<'_>,
    fields: &FieldsIdsMap,
    id: DocumentId,
    names: Option<&[&str]>,
) -> ApiResult<Map<String, Value>> {
    let document = all_obkv_to_json(index.document(reading, id)?, fields)?;
    Ok(match names {
        Some(names) => select(&document, names),
        None => document,
    })
}
