//! How GraphQL is answered over HTTP: media types, status codes, what is said of errors.

use std::any::Any;

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{lists, observe};

/// The most errors that are told of one request.
const ERROR_LIMIT: usize = 20;

/// What is answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/graphql-response+json`: what was not executed has an error's status.
    GraphqlResponse,
    /// `application/json`, the older: whatever is well-formed has status 200.
    Json,
}

impl Media {
    /// The one that the client wants most, of equals the first; `None` when it takes neither.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(header::ACCEPT) {
            return Some(Self::Json);
        }
        let mut best = None;
        for (range, weight) in lists::taken(headers, header::ACCEPT) {
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

    /// Why a request was refused before it was one in GraphQL's sense.
    pub fn refusal(self, status: StatusCode, code: &str, message: &str) -> Response {
        let mut error = ServerError::new(message, None);
        error.extensions.get_or_insert_default().set("code", code);
        self.refused(status, &[error])
    }

    /// What was executed, or why not; and whether it is whole.
    pub fn answer(self, response: &GraphqlResponse) -> (Response, bool) {
        let executed = response.data != Value::Null
            || response.errors.iter().any(|error| !error.path.is_empty());
        if executed || response.errors.is_empty() {
            observe::errors(&response.errors);
            let whole = response.errors.is_empty();
            return (self.json(StatusCode::OK, response), whole);
        }
        // By the specification a request that was not executed is a 400 in the newer media type, a 200 in the older.
        let status = match self {
            Self::GraphqlResponse => StatusCode::BAD_REQUEST,
            Self::Json => StatusCode::OK,
        };
        (self.refused(status, &response.errors), false)
    }

    /// What was not executed has no `data`, not even null (GraphQL over HTTP, "SHOULD not contain the data entry").
    fn refused(self, status: StatusCode, errors: &[ServerError]) -> Response {
        observe::errors(errors);
        #[derive(Serialize)]
        struct Refused<'a> {
            errors: &'a [ServerError],
        }
        self.json(status, &Refused { errors })
    }

    fn json(self, status: StatusCode, response: &impl Serialize) -> Response {
        // A response is made of JSON values; it always serialises.
        let body = serde_json::to_vec(response).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, self.content_type())], body).into_response()
    }
}

/// The client takes neither media type.
pub fn not_acceptable() -> Response {
    let message = "GraphQL answers in application/graphql-response+json or application/json.";
    Media::Json.refusal(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
}

/// The body is too large.
pub fn too_large(most: usize) -> Response {
    let message = format!("The request's body is too large; it may have at most {most} bytes.");
    Media::Json.refusal(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", &message)
}

/// There are too many requests before this one.
pub fn overloaded() -> Response {
    let message = "The marketplace has more to do than it can. Try again in a moment.";
    try_again("OVERLOADED", message)
}

/// What should never happen did.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    let message =
        "Something went wrong on our side. Try again; if it stays, tell us the `x-request-id`.";
    Media::Json.refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message)
}

/// It took too long.
pub fn timed_out() -> Response {
    let message = "This took too long, and was ended. Ask for less, or try again in a moment.";
    try_again("TIMEOUT", message)
}

fn try_again(code: &str, message: &str) -> Response {
    let mut response = Media::Json.refusal(StatusCode::SERVICE_UNAVAILABLE, code, message);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Every error has a code; one that tells of an unexpected failure carries the request's id.
pub fn finish_errors(response: &mut GraphqlResponse, request_id: Option<&HeaderValue>) {
    let id = request_id.and_then(|id| id.to_str().ok());
    response.errors.truncate(ERROR_LIMIT);
    for error in &mut response.errors {
        shorten(&mut error.message);
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            let code = match error.path.is_empty() {
                true => "VALIDATION_FAILED",
                false => "BAD_INPUT",
            };
            extensions.set("code", code);
        }
        if let (Some(Value::String(code)), Some(id)) = (extensions.get("code"), id)
            && code == "INTERNAL"
        {
            extensions.set("requestId", id);
        }
    }
}

/// A parser's message repeats the line it stands in, however long that is.
fn shorten(message: &mut String) {
    const LIMIT: usize = 1_000;
    if let Some((end, _)) = message.char_indices().nth(LIMIT) {
        message.truncate(end);
        message.push('…');
    }
}
