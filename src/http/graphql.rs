//! GraphQL over HTTP, after the specification of the GraphQL Foundation: queries by GET and POST, mutations by POST
//! only, `application/graphql-response+json` for those who ask for it, else `application/json`.
//!
//! No other site can have a browser of ours act: GET changes nothing, and POST takes JSON alone, which no form sends.

use std::sync::Arc;

use async_graphql::{Request, ServerError, Variables, parser::types::OperationType};
use axum::{
    body::Bytes,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    REQUEST_ID, Shared,
    address::Peer,
    answer::{Media, finish_errors, not_acceptable, overloaded, too_large},
    caching,
    identity::{self, Admitted},
    socket,
};
use crate::graphql::{DocumentError, RequestContext, selected_operation};

/// A request's parameters, in the query string (JSON in text) or the body (JSON).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetParameters {
    query: Option<String>,
    document_id: Option<String>,
    variables: Option<String>,
    operation_name: Option<String>,
    extensions: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    variables: Option<Box<RawValue>>,
    operation_name: Option<String>,
    extensions: Option<Extensions>,
}

/// What is read of `extensions`; the rest is nobody's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    persisted_query: Option<PersistedQuery>,
}

/// As Apollo's clients name a document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: u64,
    sha256_hash: String,
}

/// What was asked, from where.
struct Asked<'r> {
    method: Method,
    media: Media,
    headers: &'r HeaderMap,
    peer: Peer,
}

impl Asked<'_> {
    fn refuse(&self, status: StatusCode, code: &str, message: &str) -> Response {
        caching::private(self.media.refusal(status, code, message))
    }
}

/// `GET /graphql?query=…`: queries only. Or the upgrade to a WebSocket, for subscriptions.
pub async fn get(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    peer: Peer,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    parameters: Result<Query<GetParameters>, QueryRejection>,
) -> Response {
    if socket::is_asked_for(&headers) {
        return socket::open(shared, headers, peer, upgrade);
    }
    let Some(media) = Media::accepted(&headers) else {
        return not_acceptable();
    };
    let asked = Asked {
        method: Method::GET,
        media,
        headers: &headers,
        peer,
    };
    let Ok(Query(parameters)) = parameters else {
        let message = "The query string is not readable.";
        return asked.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    };
    let variables = parameters.variables.filter(|text| !text.is_empty());
    let variables = variables.map(RawValue::from_string).transpose();
    let extensions = parameters.extensions.filter(|text| !text.is_empty());
    let extensions = extensions
        .map(|text| serde_json::from_str(&text))
        .transpose();
    let (Ok(variables), Ok(extensions)) = (variables, extensions) else {
        let message = "`variables` and `extensions` are JSON objects, percent-encoded.";
        return asked.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    };
    let parameters = Parameters {
        query: parameters.query,
        document_id: parameters.document_id,
        variables,
        operation_name: parameters.operation_name,
        extensions,
    };
    answer(&shared, &asked, parameters).await
}

/// `POST /graphql` with a JSON body.
pub async fn post(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    peer: Peer,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(media) = Media::accepted(&headers) else {
        return not_acceptable();
    };
    let asked = Asked {
        method: Method::POST,
        media,
        headers: &headers,
        peer,
    };
    if !is_json(&headers) || headers.contains_key(header::CONTENT_ENCODING) {
        let message = "Send the request as `Content-Type: application/json`, in UTF-8, without `Content-Encoding`.";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return asked.refuse(status, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    let body = match body {
        Ok(body) => body,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return too_large(shared.settings.body_limit);
        }
        Err(_) => {
            let message = "The request's body could not be read to its end.";
            return asked.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
        }
    };
    match serde_json::from_slice(&body) {
        Ok(parameters) => {
            // What it says is held once.
            drop(body);
            answer(&shared, &asked, parameters).await
        }
        Err(error) => {
            let message = format!(
                "The body is not a GraphQL request in JSON (line {}, column {}).",
                error.line(),
                error.column()
            );
            asked.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", &message)
        }
    }
}

/// Admits who asks, and answers them once it is their turn.
async fn answer(shared: &Shared, asked: &Asked<'_>, parameters: Parameters) -> Response {
    let (headers, peer) = (asked.headers, asked.peer);
    let claimed = match identity::claimed(shared, headers, peer).await {
        Ok(claimed) => claimed,
        Err(refused) => return caching::private(refused.answer(asked.media)),
    };
    let Ok(_turn) = shared.queue.turn().await else {
        return overloaded();
    };
    let admitted = match identity::admit(shared, headers, peer, claimed).await {
        Ok(admitted) => admitted,
        Err(refused) => return caching::private(refused.answer(asked.media)),
    };
    let Admitted { actor, left } = admitted;
    let public = asked.method == Method::GET && actor.person().is_none();
    let (response, whole) = match request(shared, asked, parameters) {
        Err(refused) => (refused, false),
        Ok(request) => {
            let languages = identity::languages(headers);
            let context = RequestContext::new(&shared.backend, actor, languages);
            let mut response = context.execute(&shared.schema, request).await;
            finish_errors(&mut response, headers.get(REQUEST_ID));
            asked.media.answer(&response)
        }
    };
    if public && whole {
        // What its asker may still ask is nobody else's, and so not told.
        return caching::public(response, shared.settings.public_cache, headers).await;
    }
    let mut response = caching::private(response);
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    response
}

/// What shall be run; else why it is not.
#[expect(
    clippy::result_large_err,
    reason = "the error is the answer, made once"
)]
fn request(
    shared: &Shared,
    asked: &Asked<'_>,
    parameters: Parameters,
) -> Result<Request, Response> {
    let bad = |message: &str| asked.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    let variables = match parameters.variables {
        None => Variables::default(),
        Some(json) => {
            let checked = shared.settings.operations.check_variables(json.get());
            checked.map_err(|error| asked.media.answer(&error_response(error)).0)?;
            let variables = serde_json::from_str(json.get());
            variables.map_err(|_| bad("`variables` is a JSON object."))?
        }
    };
    let named = named(
        parameters.document_id.as_deref(),
        parameters.extensions.as_ref(),
    )
    .map_err(bad)?;
    let documents = &shared.documents;
    let text = documents.find(parameters.query, named);
    let text = text.map_err(|unknown| match unknown {
        DocumentError::Missing => bad("`query` is missing."),
        DocumentError::Mismatch => bad("The hash is not that of `query`, in hexadecimal digits."),
        // As Apollo's clients know it; they send the document, then.
        DocumentError::NotFound => {
            let mut error = ServerError::new("PersistedQueryNotFound", None);
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("code", "PERSISTED_QUERY_NOT_FOUND");
            asked.media.answer(&error_response(error)).0
        }
    })?;
    let name = parameters.operation_name;
    if asked.method == Method::GET && changes(shared, &text, name.as_deref()) {
        let message =
            "By GET only queries are run: send a mutation by POST, a subscription over WebSocket.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let mut response = asked.refuse(status, "METHOD_NOT_ALLOWED", message);
        let headers = response.headers_mut();
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        return Err(response);
    }
    let mut request = Request::new(text.as_ref()).variables(variables);
    if let Some(name) = name {
        request = request.operation_name(name);
    }
    Ok(request)
}

fn error_response(error: ServerError) -> async_graphql::Response {
    async_graphql::Response::from_errors(vec![error])
}

/// The SHA-256 that a document is named by: `documentId` ("sha256:…", GraphQL over HTTP, appendix A), or Apollo's
/// `extensions.persistedQuery`.
fn named<'r>(
    document_id: Option<&'r str>,
    extensions: Option<&'r Extensions>,
) -> Result<Option<&'r str>, &'static str> {
    if let Some(id) = document_id.filter(|id| !id.is_empty()) {
        let hash = id.strip_prefix("sha256:");
        return hash
            .map(Some)
            .ok_or("`documentId` is \"sha256:\" and the document's hash.");
    }
    let persisted = extensions.and_then(|extensions| extensions.persisted_query.as_ref());
    match persisted {
        None => Ok(None),
        Some(persisted) if persisted.version == 1 => Ok(Some(&persisted.sha256_hash)),
        Some(_) => Err("`extensions.persistedQuery` has `version`: 1 and `sha256Hash`."),
    }
}

/// Is the operation that would run another than a query? What cannot be read is refused later.
fn changes(shared: &Shared, text: &str, operation_name: Option<&str>) -> bool {
    let Ok(document) = shared.documents.parse(text) else {
        return false;
    };
    let found = selected_operation(&document, operation_name);
    found.is_some_and(|(_, operation)| operation.ty != OperationType::Query)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let Some(content_type) = content_type.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let parts = content_type.split(';');
    let mut parts = parts.map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|part| {
            let charset = part.strip_prefix("charset=");
            charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8")
        })
}
