//! HTTP responses of the API: media types, status codes, and the form of errors.

use std::any::Any;

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{error_codes, headers};

/// Maximum number of errors in a response; further errors are left out.
const ERROR_LIMIT: usize = 20;

/// The media type of a GraphQL response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: a request that was not executed has a 4xx status.
    GraphqlResponse,
    /// `application/json`, the older: every well-formed request has status 200.
    Json,
}

impl Media {
    /// Returns the media type with the highest weight in `Accept`, of equals the first; `None`
    /// when the client accepts neither.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(header::ACCEPT) {
            return Some(Self::Json);
        }
        let mut best = None;
        for (range, weight) in headers::accepted(headers, header::ACCEPT) {
            let media = match range.to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            if best.is_none_or(|(_, most)| weight > most) {
                best = Some((media, weight));
            }
        }
        best.map(|(media, _)| media)
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    /// Returns the refusal of a request that is not executed.
    pub fn refusal(self, status: StatusCode, code: &str, message: &str) -> Response {
        let mut error = ServerError::new(message, None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            extensions.set("retryable", true);
        }
        self.not_executed(status, &[error])
    }

    /// Returns the response of an operation, and whether it has data without errors.
    pub fn of(self, response: &GraphqlResponse) -> (Response, bool) {
        let executed = response.data != Value::Null
            || response.errors.iter().any(|error| !error.path.is_empty());
        if executed || response.errors.is_empty() {
            error_codes::record(&response.errors);
            let complete = response.errors.is_empty();
            return (self.json(StatusCode::OK, response), complete);
        }
        // GraphQL over HTTP: 400 in the newer media type, 200 in the older.
        let status = match self {
            Self::GraphqlResponse => StatusCode::BAD_REQUEST,
            Self::Json => StatusCode::OK,
        };
        (self.not_executed(status, &response.errors), false)
    }

    /// Returns a response without `data` (GraphQL over HTTP: it "SHOULD NOT contain the data
    /// entry").
    fn not_executed(self, status: StatusCode, errors: &[ServerError]) -> Response {
        error_codes::record(errors);
        #[derive(Serialize)]
        struct NotExecuted<'a> {
            errors: &'a [ServerError],
        }
        self.json(status, &NotExecuted { errors })
    }

    fn json(self, status: StatusCode, response: &impl Serialize) -> Response {
        // A response consists of JSON values; it always serialises.
        let body = serde_json::to_vec(response).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, self.content_type())], body).into_response()
    }
}

/// Returns the refusal of a client that accepts neither media type.
pub fn not_acceptable() -> Response {
    let message =
        "Accept `application/graphql-response+json` or `application/json` in the header `Accept`.";
    Media::Json.refusal(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}

/// Returns the refusal of a body with more than `limit` bytes.
pub fn too_large(limit: usize) -> Response {
    let message = format!("The request body is too large. Send at most {limit} bytes.");
    Media::Json.refusal(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", &message)
}

/// Returns the refusal of a request that the server has no capacity for.
pub fn overloaded() -> Response {
    let message = "The server is overloaded. Try again in a moment.";
    unavailable("OVERLOADED", message)
}

/// The message of an unexpected failure.
pub const INTERNAL_MESSAGE: &str = "The server failed unexpectedly. Try again; if the failure \
    persists, report the `x-request-id` to the operator.";

/// Returns the response to a request whose handler panicked.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Media::Json.refusal(status, "INTERNAL", INTERNAL_MESSAGE)
}

/// Returns the response to a request that exceeded the time limit.
pub fn timed_out() -> Response {
    let message = "The request took too long and was cancelled. Request less data, or try again \
        in a moment.";
    unavailable("TIMEOUT", message)
}

fn unavailable(code: &str, message: &str) -> Response {
    let mut response = Media::Json.refusal(StatusCode::SERVICE_UNAVAILABLE, code, message);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Completes the errors of a response: each gets a code, and an unexpected failure gets the
/// request's id.
pub fn finish_errors(response: &mut GraphqlResponse, request_id: Option<&HeaderValue>) {
    let id = request_id.and_then(|id| id.to_str().ok());
    response.errors.truncate(ERROR_LIMIT);
    for error in &mut response.errors {
        shorten(&mut error.message);
        let code = error_codes::code(error).to_owned();
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", code);
        }
        if let (Some(Value::String(code)), Some(id)) = (extensions.get("code"), id)
            && code == "INTERNAL"
        {
            extensions.set("requestId", id);
        }
    }
}

/// Cuts a message to 1,000 characters: a parser's message repeats the whole line of the error.
fn shorten(message: &mut String) {
    const LIMIT: usize = 1_000;
    if let Some((end, _)) = message.char_indices().nth(LIMIT) {
        message.truncate(end);
        message.push('…');
    }
}
