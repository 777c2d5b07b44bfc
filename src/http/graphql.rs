//! GraphQL over HTTP, as the GraphQL Foundation specifies it: queries by GET and POST, mutations
//! by POST only. Clients that accept `application/graphql-response+json` receive it, others
//! `application/json`.
//!
//! The endpoint resists cross-site request forgery: GET has no side effects, and POST requires
//! JSON, which an HTML form cannot send.

use std::{num::NonZero, sync::Arc, time::Duration};

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
    AppState, REQUEST_ID,
    address::Peer,
    caching,
    headers::is_websocket_upgrade,
    identity::{self, RequestRefusal, ResolvedActor},
    rate_limit::{RateLimitKey, RemainingQuota},
    repeat,
    response::{Media, finish_errors, not_acceptable, overloaded, too_large},
    socket, tender_write,
};
use crate::graphql::{DocumentError, RequestContext, read_variables, selected_operation};

/// The parameters in the query string; `variables` and `extensions` are JSON text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetParameters {
    query: Option<String>,
    document_id: Option<String>,
    variables: Option<String>,
    operation_name: Option<String>,
    extensions: Option<String>,
}

/// The parameters in the body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    variables: Option<Box<RawValue>>,
    operation_name: Option<String>,
    extensions: Option<Extensions>,
}

/// The known members of `extensions`; others are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    persisted_query: Option<PersistedQuery>,
}

/// A document's hash, as Apollo's clients send it (automatic persisted queries).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: u64,
    sha256_hash: String,
}

/// The parts of a request that the response depends on.
struct RequestInfo<'r> {
    method: Method,
    media: Media,
    headers: &'r HeaderMap,
    peer: Peer,
}

impl RequestInfo<'_> {
    fn refuse(&self, status: StatusCode, code: &str, message: &str) -> Response {
        caching::private(self.media.refusal(status, code, message))
    }
}

/// Handles `GET /graphql?query=…`, for queries only, and the upgrade to a WebSocket, for
/// subscriptions.
pub async fn get(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    peer: Peer,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    parameters: Result<Query<GetParameters>, QueryRejection>,
) -> Response {
    if is_websocket_upgrade(&headers) {
        return socket::open(state, headers, peer, upgrade);
    }
    let Some(media) = Media::accepted(&headers) else {
        return not_acceptable();
    };
    let info = RequestInfo {
        method: Method::GET,
        media,
        headers: &headers,
        peer,
    };
    let Ok(Query(parameters)) = parameters else {
        let message = "The query string is not valid. Percent-encode each parameter.";
        return info.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    };
    let variables = parameters.variables.filter(|text| !text.is_empty());
    let variables = variables.map(RawValue::from_string).transpose();
    let extensions = parameters.extensions.filter(|text| !text.is_empty());
    let extensions = extensions
        .map(|text| serde_json::from_str(&text))
        .transpose();
    let (Ok(variables), Ok(extensions)) = (variables, extensions) else {
        let message = "`variables` and `extensions` must be JSON objects, percent-encoded.";
        return info.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    };
    let parameters = Parameters {
        query: parameters.query,
        document_id: parameters.document_id,
        variables,
        operation_name: parameters.operation_name,
        extensions,
    };
    respond(&state, &info, parameters).await
}

/// Handles `POST /graphql` with a JSON body.
pub async fn post(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    peer: Peer,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(media) = Media::accepted(&headers) else {
        return not_acceptable();
    };
    let info = RequestInfo {
        method: Method::POST,
        media,
        headers: &headers,
        peer,
    };
    if !is_json(&headers) || headers.contains_key(header::CONTENT_ENCODING) {
        let message = "Send the request as `Content-Type: application/json`, in UTF-8, without \
            `Content-Encoding`.";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return info.refuse(status, "UNSUPPORTED_MEDIA_TYPE", message);
    }
    let body = match body {
        Ok(body) => body,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return too_large(state.settings.body_limit);
        }
        Err(_) => {
            let message = "The connection ended before the whole body arrived. Send it again.";
            return info.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
        }
    };
    match serde_json::from_slice(&body) {
        Ok(parameters) => {
            // Frees the memory: `parameters` has its own copy of the text.
            drop(body);
            respond(&state, &info, parameters).await
        }
        Err(error) => {
            let message = format!(
                "The body is not a GraphQL request in JSON (line {}, column {}).",
                error.line(),
                error.column()
            );
            info.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", &message)
        }
    }
}

/// Authenticates the client, waits for admission, and executes the operation.
async fn respond(state: &AppState, info: &RequestInfo<'_>, parameters: Parameters) -> Response {
    let (headers, peer) = (info.headers, info.peer);
    let authenticated = match identity::authenticate(state, headers, peer).await {
        Ok(authenticated) => authenticated,
        Err(refused) => return caching::private(refused.response(info.media)),
    };
    let is_tender_write = || is_tender_write(state, info, &parameters);
    let permit = state.queue.admit(authenticated.share(), is_tender_write);
    let Ok(_permit) = permit.await else {
        return overloaded();
    };
    let resolved = match identity::resolve_actor(state, headers, peer, authenticated).await {
        Ok(resolved) => resolved,
        Err(refused) => return caching::private(refused.response(info.media)),
    };
    let ResolvedActor {
        actor,
        mut quota,
        key,
    } = resolved;
    let public = info.method == Method::GET && actor.person().is_none();
    let mut max_age = state.settings.public_cache;
    let (response, complete) = match request(state, info, parameters) {
        Err(refused) => (refused, false),
        Ok(request) => {
            let others = count_other_mutations(state, key, &request);
            match others {
                Ok(None) => {}
                Ok(remaining) => quota = remaining,
                Err(refused) => return caching::private(refused.response(info.media)),
            }
            let languages = identity::languages(headers);
            let context = RequestContext::new(&state.backend, actor, languages);
            let withdrawable = context.withdrawable().clone();
            let mut response = repeat::execute(state, context, request).await;
            finish_errors(&mut response, headers.get(REQUEST_ID));
            if withdrawable.get() {
                max_age = Duration::ZERO;
            }
            info.media.of(&response)
        }
    };
    if public && complete {
        // A cached response must not carry one client's remaining quota.
        return caching::public(response, max_age, headers).await;
    }
    let mut response = caching::private(response);
    if let Some(quota) = quota {
        quota.write_to(response.headers_mut());
    }
    response
}

/// Counts each mutation of a request after the first as one more request; the first is already
/// counted. Returns `None` if there is nothing to count.
fn count_other_mutations(
    state: &AppState,
    key: RateLimitKey,
    request: &Request,
) -> Result<Option<RemainingQuota>, RequestRefusal> {
    let mutations = state
        .documents
        .count_mutations(&request.query, request.operation_name.as_deref());
    let others = u32::try_from(mutations.saturating_sub(1)).unwrap_or(u32::MAX);
    let (Some(others), Some(rates)) = (NonZero::new(others), &state.rates) else {
        return Ok(None);
    };
    let counted = rates.count_more(key, others);
    counted.map(Some).map_err(RequestRefusal::RateLimited)
}

/// Returns whether a request does nothing but submit or withdraw a tender.
fn is_tender_write(state: &AppState, info: &RequestInfo<'_>, parameters: &Parameters) -> bool {
    let named = document_hash(
        parameters.document_id.as_deref(),
        parameters.extensions.as_ref(),
    );
    let Ok(named) = named else { return false };
    let (query, name) = (&parameters.query, parameters.operation_name.as_deref());
    let text = match query.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => Some(text.into()),
        None => state.documents.find(None, named).ok(),
    };
    info.method == Method::POST
        && text.is_some_and(|text| tender_write::is_only(&state.documents, &text, name))
}

/// Returns the operation to execute, or the response that refuses it.
#[expect(
    clippy::result_large_err,
    reason = "the error is the response, made once"
)]
fn request(
    state: &AppState,
    info: &RequestInfo<'_>,
    parameters: Parameters,
) -> Result<Request, Response> {
    let bad = |message: &str| info.refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    let variables = match parameters.variables {
        None => Variables::default(),
        Some(json) => {
            let checked = state.settings.operations.check_variables(json.get());
            checked.map_err(|error| info.media.of(&error_response(error)).0)?;
            read_variables(json.get()).map_err(|_| bad("`variables` must be a JSON object."))?
        }
    };
    let hash = document_hash(
        parameters.document_id.as_deref(),
        parameters.extensions.as_ref(),
    )
    .map_err(bad)?;
    let documents = &state.documents;
    let text = documents.find(parameters.query, hash);
    let text = text.map_err(|unknown| match unknown {
        DocumentError::Missing => bad("`query` is missing. Send the document in `query`."),
        DocumentError::Mismatch => {
            bad("The hash does not match `query`. Send its SHA-256 in hexadecimal digits.")
        }
        // Apollo's clients recognise this message; they then send the document itself.
        DocumentError::NotFound => {
            let mut error = ServerError::new("PersistedQueryNotFound", None);
            let extensions = error.extensions.get_or_insert_default();
            extensions.set("code", "PERSISTED_QUERY_NOT_FOUND");
            info.media.of(&error_response(error)).0
        }
    })?;
    let name = parameters.operation_name;
    if info.method == Method::GET && !is_query(state, &text, name.as_deref()) {
        let message = "GET executes only queries. Send a mutation by POST and a subscription \
            over WebSocket.";
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let mut response = info.refuse(status, "METHOD_NOT_ALLOWED", message);
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

/// Returns the SHA-256 of a persisted document: from `documentId` ("sha256:…", GraphQL over HTTP,
/// appendix A) or from Apollo's `extensions.persistedQuery`.
fn document_hash<'r>(
    document_id: Option<&'r str>,
    extensions: Option<&'r Extensions>,
) -> Result<Option<&'r str>, &'static str> {
    if let Some(id) = document_id.filter(|id| !id.is_empty()) {
        let hash = id.strip_prefix("sha256:");
        return hash
            .map(Some)
            .ok_or("`documentId` must be \"sha256:\" followed by the document's SHA-256.");
    }
    let persisted = extensions.and_then(|extensions| extensions.persisted_query.as_ref());
    match persisted {
        None => Ok(None),
        Some(persisted) if persisted.version == 1 => Ok(Some(&persisted.sha256_hash)),
        Some(_) => Err("`extensions.persistedQuery` must have `version`: 1 and `sha256Hash`."),
    }
}

/// Returns whether the selected operation is a query. A document without such an operation counts
/// as a query; validation refuses it later.
fn is_query(state: &AppState, text: &str, operation_name: Option<&str>) -> bool {
    let Ok(document) = state.documents.parse(text) else {
        return true;
    };
    let found = selected_operation(&document.parsed, operation_name);
    found.is_none_or(|(_, operation)| operation.ty == OperationType::Query)
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
