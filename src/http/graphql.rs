//! GraphQL over HTTP, after the specification of the GraphQL Foundation: queries by GET and POST, mutations by POST
//! only, `application/graphql-response+json` for those who ask for it, else `application/json`.

use std::sync::Arc;

use async_graphql::{
    Request, Response as GraphqlResponse, ServerError, Value, Variables,
    parser::{parse_query, types::OperationType},
};
use axum::{
    body::Bytes,
    extract::{
        Query, State,
        rejection::QueryRejection,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{REQUEST_ID, Shared, identity, socket};
use crate::graphql::RequestContext;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
/// The most errors that are told of one request.
const ERROR_LIMIT: usize = 20;

/// A request's parameters, in the query string (JSON in text) or the body (JSON).
#[derive(Deserialize)]
pub struct GetParameters {
    query: Option<String>,
    variables: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    extensions: Option<String>,
}

#[derive(Deserialize)]
struct PostParameters {
    query: Option<String>,
    variables: Option<serde_json::Value>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    extensions: Option<serde_json::Value>,
}

/// `GET /graphql?query=…`: queries only. Or the upgrade to a WebSocket, for subscriptions.
pub async fn get(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    parameters: Result<Query<GetParameters>, QueryRejection>,
) -> Response {
    if socket::is_asked_for(&headers) {
        return socket::open(shared, headers, upgrade);
    }
    let Some(media) = accepted(&headers) else {
        return not_acceptable();
    };
    let Ok(Query(parameters)) = parameters else {
        return refusal(
            media,
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "The query string is not readable.",
        );
    };
    let parse = |text: Option<String>| {
        text.filter(|t| !t.is_empty())
            .map(|t| serde_json::from_str(&t))
            .transpose()
    };
    let (Ok(variables), Ok(extensions)) =
        (parse(parameters.variables), parse(parameters.extensions))
    else {
        let message = "`variables` and `extensions` are JSON objects, percent-encoded.";
        return refusal(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", message);
    };
    let parameters = PostParameters {
        query: parameters.query,
        variables,
        operation_name: parameters.operation_name,
        extensions,
    };
    if parameters
        .query
        .as_deref()
        .is_some_and(|query| changes(query, parameters.operation_name.as_deref()))
    {
        let message =
            "By GET only queries are run: send a mutation by POST, a subscription over WebSocket.";
        let mut response = refusal(
            media,
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            message,
        );
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    execute(&shared, &headers, media, parameters).await
}

/// `POST /graphql` with a JSON body.
pub async fn post(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let Some(media) = accepted(&headers) else {
        return not_acceptable();
    };
    if !is_json(&headers) {
        let message = "Send the request as `Content-Type: application/json`, in UTF-8.";
        return refusal(
            media,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        );
    }
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            let message = "The request body could not be read; it may have at most 1 MiB.";
            return refusal(media, error.status(), "BODY_TOO_LARGE", message);
        }
    };
    match serde_json::from_slice(&body) {
        Ok(parameters) => execute(&shared, &headers, media, parameters).await,
        Err(error) => {
            let message = format!(
                "The body is not a GraphQL request in JSON (line {}, column {}).",
                error.line(),
                error.column()
            );
            refusal(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", &message)
        }
    }
}

async fn execute(
    shared: &Shared,
    headers: &HeaderMap,
    media: &'static str,
    parameters: PostParameters,
) -> Response {
    let request = match request(parameters) {
        Ok(request) => request,
        Err(message) => return refusal(media, StatusCode::BAD_REQUEST, "BAD_REQUEST", message),
    };
    let actor = match identity::actor(shared, headers).await {
        Ok(actor) => actor,
        Err(unidentified) => return unidentified.into_response(),
    };
    let context = RequestContext::new(&shared.backend, actor, identity::languages(headers));
    let mut response = context.execute(&shared.schema, request).await;
    finish_errors(&mut response, headers.get(REQUEST_ID));
    // By the specification a request that was not executed is a 400 in the newer media type, a 200 in the older.
    let refused = response.is_err()
        && response.data == Value::Null
        && response.errors.iter().all(|e| e.path.is_empty());
    let status = if refused && media == GRAPHQL_RESPONSE {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    match refused {
        true => refused_with(media, status, &response.errors),
        false => answer(media, status, &response),
    }
}

fn request(parameters: PostParameters) -> Result<Request, &'static str> {
    let query = parameters
        .query
        .filter(|query| !query.is_empty())
        .ok_or("`query` is missing.")?;
    let object_or_none = |value: Option<serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => Ok(None),
        Some(value @ serde_json::Value::Object(_)) => Ok(Some(value)),
        Some(_) => Err("`variables` and `extensions` are JSON objects."),
    };
    object_or_none(parameters.extensions)?;
    let mut request = Request::new(query);
    if let Some(variables) = object_or_none(parameters.variables)? {
        request = request.variables(Variables::from_json(variables));
    }
    if let Some(name) = parameters.operation_name {
        request = request.operation_name(name);
    }
    Ok(request)
}

/// Is the operation that would run another than a query? What does not parse is refused later.
fn changes(query: &str, operation_name: Option<&str>) -> bool {
    let Ok(document) = parse_query(query) else {
        return false;
    };
    document
        .operations
        .iter()
        .filter(|(name, _)| {
            operation_name.is_none() || name.map(|name| name.as_str()) == operation_name
        })
        .any(|(_, operation)| operation.node.ty != OperationType::Query)
}

/// A parser's message repeats the line it stands in, however long that is.
fn shorten(message: &mut String) {
    const LIMIT: usize = 1_000;
    if let Some((end, _)) = message.char_indices().nth(LIMIT) {
        message.truncate(end);
        message.push('…');
    }
}

/// Every error has a code; one that tells of an unexpected failure carries the request's id.
pub fn finish_errors(response: &mut GraphqlResponse, request_id: Option<&HeaderValue>) {
    let id = request_id.and_then(|id| id.to_str().ok());
    response.errors.truncate(ERROR_LIMIT);
    for error in &mut response.errors {
        shorten(&mut error.message);
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set(
                "code",
                if error.path.is_empty() {
                    "VALIDATION_FAILED"
                } else {
                    "BAD_INPUT"
                },
            );
        }
        if let (Some(Value::String(code)), Some(id)) = (extensions.get("code"), id)
            && code == "INTERNAL"
        {
            extensions.set("requestId", id);
        }
    }
}

/// The media type to answer in: the first of the client's that we have; `None` when it takes neither.
fn accepted(headers: &HeaderMap) -> Option<&'static str> {
    let Some(accept) = headers.get(header::ACCEPT) else {
        return Some(JSON);
    };
    let accept = accept.to_str().ok()?;
    accept
        .split(',')
        .find_map(|range| match range.split(';').next().map(str::trim)? {
            GRAPHQL_RESPONSE => Some(GRAPHQL_RESPONSE),
            JSON | "application/*" | "*/*" => Some(JSON),
            _ => None,
        })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let mut parts = content_type
        .split(';')
        .map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some(JSON)
        && parts.all(|part| {
            !part.starts_with("charset=")
                || part.trim_start_matches("charset=").trim_matches('"') == "utf-8"
        })
}

fn not_acceptable() -> Response {
    let message = "GraphQL answers in application/graphql-response+json or application/json.";
    refusal(JSON, StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}

/// A refusal of what is no request in GraphQL's sense.
pub fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    refusal(JSON, status, code, message)
}

fn refusal(media: &'static str, status: StatusCode, code: &str, message: &str) -> Response {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    refused_with(media, status, &[error])
}

/// What was not executed has no `data`, not even null (GraphQL over HTTP, "SHOULD not contain the data entry").
fn refused_with(media: &'static str, status: StatusCode, errors: &[ServerError]) -> Response {
    #[derive(Serialize)]
    struct Refused<'a> {
        errors: &'a [ServerError],
    }
    answer(media, status, &Refused { errors })
}

fn answer(media: &'static str, status: StatusCode, response: &impl Serialize) -> Response {
    // A response is made of JSON values; it always serialises.
    let body = serde_json::to_vec(response).unwrap_or_default();
    let content_type = HeaderValue::from_static(match media {
        GRAPHQL_RESPONSE => "application/graphql-response+json; charset=utf-8",
        _ => "application/json; charset=utf-8",
    });
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
