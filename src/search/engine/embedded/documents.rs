//! `/indexes/UID/documents` and the routes below it.

use milli_core::heed::RoTxn;
use milli_core::{DocumentId, FieldsIdsMap, Index, all_obkv_to_json};
use serde_json::{Map, Value, json};

use super::Shared;
use super::error::{ApiError, Outcome};
use super::facets::parse_filter;
use super::indexes::check_uid;
use super::json::{Reader, select};
use super::payload::Payload;
use super::request::{Answer, Request, Verb};
use super::tasks::{DocumentWork, Kind, Work};

/// All documents: listed, added or replaced, merged, deleted.
pub(super) fn all(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    match request.verb {
        Verb::Get => list(shared, uid, &Wanted::from_query(request)?),
        Verb::Delete => {
            check_uid(uid)?;
            let details =
                json!({ "providedIds": 0, "deletedDocuments": null, "originalFilter": null });
            Ok(Answer::accepted(shared.tasks.enqueue(
                Kind::DocumentDeletion,
                Some(uid),
                details,
                Work::ClearDocuments,
            )))
        }
        verb => add(shared, request, uid, verb == Verb::Put),
    }
}

fn add(shared: &Shared, request: &Request, uid: &str, partial: bool) -> Outcome<Answer> {
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
    let work = Work::Documents(DocumentWork::Add {
        payload,
        primary_key,
        partial,
    });
    Ok(Answer::accepted(shared.tasks.enqueue(
        Kind::DocumentAdditionOrUpdate,
        Some(uid),
        details,
        work,
    )))
}

/// One document: shown, deleted.
pub(super) fn one(shared: &Shared, request: &Request, uid: &str, id: &str) -> Outcome<Answer> {
    if request.verb == Verb::Delete {
        check_uid(uid)?;
        return Ok(delete_ids(shared, uid, vec![id.to_owned()]));
    }
    request.accept_parameters(&["fields", "retrieveVectors"])?;
    let index = shared.store.get(uid)?;
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

/// `/documents/fetch`: as the list, its parameters in the body.
pub(super) fn fetch(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    list(shared, uid, &Wanted::from_body(&request.json()?)?)
}

/// `/documents/delete-batch`: a list of ids.
pub(super) fn delete_batch(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    check_uid(uid)?;
    let body = request.json()?;
    let ids = Reader::new(&body, "", "bad_request").array()?;
    let ids: Outcome<Vec<String>> = ids
        .iter()
        .map(|id| {
            if id.value().is_number() {
                Ok(id.value().to_string())
            } else {
                id.string()
            }
        })
        .collect();
    Ok(delete_ids(shared, uid, ids?))
}

/// `/documents/delete`: those that a filter selects.
pub(super) fn delete_by_filter(shared: &Shared, request: &Request, uid: &str) -> Outcome<Answer> {
    check_uid(uid)?;
    let body = request.json()?;
    let reader = Reader::new(&body, "", "bad_request");
    reader.object(&["filter"])?;
    let filter = reader
        .required("filter", "missing_document_filter")?
        .value()
        .clone();
    let parsed = parse_filter(&filter).map_err(ApiError::about_documents)?;
    if parsed.is_none() {
        return Err(ApiError::new(
            "invalid_document_filter",
            "Sending an empty filter is forbidden.",
        ));
    }
    drop(parsed);
    let details =
        json!({ "providedIds": 0, "deletedDocuments": null, "originalFilter": filter.to_string() });
    Ok(Answer::accepted(shared.tasks.enqueue(
        Kind::DocumentDeletion,
        Some(uid),
        details,
        Work::DeleteByFilter(filter),
    )))
}

fn delete_ids(shared: &Shared, uid: &str, ids: Vec<String>) -> Answer {
    let details =
        json!({ "providedIds": ids.len(), "deletedDocuments": null, "originalFilter": null });
    Answer::accepted(shared.tasks.enqueue(
        Kind::DocumentDeletion,
        Some(uid),
        details,
        Work::Documents(DocumentWork::Delete(ids)),
    ))
}

/// Which documents of an index are listed, and which of their fields.
struct Wanted {
    offset: usize,
    limit: usize,
    fields: Option<Vec<String>>,
    filter: Option<Value>,
    ids: Option<Vec<String>>,
}

impl Wanted {
    fn from_query(request: &Request) -> Outcome<Self> {
        request.accept_parameters(&[
            "offset",
            "limit",
            "fields",
            "retrieveVectors",
            "ids",
            "filter",
            "sort",
        ])?;
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        if request.parameter("sort").is_some() {
            return Err(unsorted());
        }
        Ok(Self {
            offset: request
                .unsigned("offset", "invalid_document_offset")?
                .unwrap_or(0),
            limit: request
                .unsigned("limit", "invalid_document_limit")?
                .unwrap_or(20),
            fields: request.list("fields").map(owned),
            filter: request
                .parameter("filter")
                .map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text))),
            ids: request.list("ids").map(owned),
        })
    }

    fn from_body(body: &Value) -> Outcome<Self> {
        let mut wanted = Self {
            offset: 0,
            limit: 20,
            fields: None,
            filter: None,
            ids: None,
        };
        let accepted = [
            "offset",
            "limit",
            "fields",
            "retrieveVectors",
            "ids",
            "filter",
            "sort",
        ];
        for (name, reader) in Reader::new(body, "", "bad_request").object(&accepted)? {
            let Some(given) = reader.present() else {
                continue;
            };
            match name {
                "offset" => {
                    wanted.offset = given.with_code("invalid_document_offset").unsigned()?
                }
                "limit" => wanted.limit = given.with_code("invalid_document_limit").unsigned()?,
                "fields" => {
                    wanted.fields = Some(given.with_code("invalid_document_fields").strings()?)
                        .filter(|names| !names.iter().any(|name| name == "*"))
                }
                "filter" => wanted.filter = Some(given.value().clone()),
                "ids" => {
                    let ids = given.with_code("invalid_document_ids").array()?;
                    wanted.ids = Some(
                        ids.iter()
                            .map(|id| {
                                if id.value().is_number() {
                                    Ok(id.value().to_string())
                                } else {
                                    id.string()
                                }
                            })
                            .collect::<Outcome<_>>()?,
                    );
                }
                "sort" => return Err(unsorted()),
                _ => drop(
                    given
                        .with_code("invalid_document_retrieve_vectors")
                        .boolean()?,
                ),
            }
        }
        Ok(wanted)
    }
}

fn unsorted() -> ApiError {
    ApiError::new(
        "invalid_document_sort",
        "The embedded search engine does not sort lists of documents; search with `sort` instead.",
    )
}

fn list(shared: &Shared, uid: &str, wanted: &Wanted) -> Outcome<Answer> {
    let index = shared.store.get(uid)?;
    let reading = index.read_txn()?;
    let mut selected = index.documents_ids(&reading)?;
    if let Some(filter) = &wanted.filter
        && let Some(filter) = parse_filter(filter).map_err(ApiError::about_documents)?
    {
        let found = filter.evaluate(&reading, &index);
        let found = found.map_err(|error| ApiError::about_index(uid, error));
        selected &= found.map_err(ApiError::about_documents)?;
    }
    if let Some(ids) = &wanted.ids {
        let known = index.external_documents_ids();
        let mut named = roaring::RoaringBitmap::new();
        for id in ids {
            named.extend(known.get(&reading, id)?);
        }
        selected &= named;
    }
    let fields = index.fields_ids_map(&reading)?;
    let names: Option<Vec<&str>> = wanted
        .fields
        .as_ref()
        .map(|names| names.iter().map(String::as_str).collect());
    let page = selected.iter().skip(wanted.offset).take(wanted.limit);
    let documents: Outcome<Vec<_>> = page
        .map(|id| read(&index, &reading, &fields, id, names.as_deref()))
        .collect();
    Ok(Answer::ok(json!({
        "results": documents?,
        "offset": wanted.offset,
        "limit": wanted.limit,
        "total": selected.len(),
    })))
}

fn read(
    index: &Index,
    reading: &RoTxn<'_>,
    fields: &FieldsIdsMap,
    id: DocumentId,
    names: Option<&[&str]>,
) -> Outcome<Map<String, Value>> {
    let document = all_obkv_to_json(index.document(reading, id)?, fields)?;
    Ok(match names {
        Some(names) => select(&document, names),
        None => document,
    })
}
