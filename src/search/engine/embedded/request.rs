//! One request and one answer of the HTTP API, without HTTP.

use meilisearch_sdk::request::Method;
use reqwest::Url;
use serde_json::Value;

use super::error::{ApiError, Outcome};
use super::json::{did_you_mean, listed};

/// A request's verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl<Q, B> From<&Method<Q, B>> for Verb {
    fn from(method: &Method<Q, B>) -> Self {
        match method {
            Method::Get { .. } => Verb::Get,
            Method::Post { .. } => Verb::Post,
            Method::Put { .. } => Verb::Put,
            Method::Patch { .. } => Verb::Patch,
            Method::Delete { .. } => Verb::Delete,
        }
    }
}

/// A request of the HTTP API.
pub(super) struct Request {
    pub verb: Verb,
    /// The path's segments, decoded.
    pub path: Vec<String>,
    /// The query's parameters, decoded, in their order.
    pub query: Vec<(String, String)>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// What the API answers: a status and a JSON body, `None` where the body is empty.
pub(super) struct Answer {
    pub status: u16,
    pub body: Option<Value>,
}

impl Answer {
    pub fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    /// A task was enqueued.
    pub fn accepted(body: Value) -> Self {
        Self {
            status: 202,
            body: Some(body),
        }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        Self {
            status: error.status(),
            body: Some(error.to_json()),
        }
    }
}

impl Request {
    pub fn new(verb: Verb, url: &Url, content_type: Option<&str>, body: Vec<u8>) -> Self {
        let path = url
            .path_segments()
            .into_iter()
            .flatten()
            .filter(|segment| !segment.is_empty())
            .map(decode)
            .collect();
        let query = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self {
            verb,
            path,
            query,
            content_type: content_type.map(str::to_owned),
            body,
        }
    }

    /// The body as JSON, for routes that take JSON and nothing else.
    pub fn json(&self) -> Outcome<Value> {
        if self.body.is_empty() {
            return Err(ApiError::new(
                "missing_payload",
                "A json payload is missing.",
            ));
        }
        match self.content_type.as_deref().map(mime) {
            Some("application/json") => {}
            Some(other) => {
                return Err(ApiError::new(
                    "invalid_content_type",
                    format!(
                        "The Content-Type `{other}` is invalid. Accepted values for the Content-Type header are: `application/json`"
                    ),
                ));
            }
            None => {
                return Err(ApiError::new(
                    "missing_content_type",
                    "A Content-Type header is missing. Accepted values for the Content-Type header are: `application/json`",
                ));
            }
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            ApiError::new(
                "malformed_payload",
                format!("The json payload provided is malformed. `{error}`."),
            )
        })
    }

    /// Refuses query parameters this route does not know.
    pub fn accept_parameters(&self, accepted: &[&str]) -> Outcome<()> {
        match self
            .query
            .iter()
            .find(|(name, _)| !accepted.contains(&name.as_str()))
        {
            Some((unknown, _)) => Err(ApiError::new(
                "bad_request",
                format!(
                    "Unknown parameter `{unknown}`: {}expected one of {}",
                    did_you_mean(unknown, accepted),
                    listed(accepted)
                ),
            )),
            None => Ok(()),
        }
    }

    /// The value of a query parameter, the last one where it is given twice.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter that is a positive integer.
    pub fn unsigned(&self, name: &str, code: &'static str) -> Outcome<Option<usize>> {
        self.parsed(name, code, "a positive integer")
    }

    /// A query parameter that is `true` or `false`.
    pub fn boolean(&self, name: &str, code: &'static str) -> Outcome<Option<bool>> {
        self.parsed(name, code, "a boolean, expected either `true` or `false`")
    }

    /// A query parameter that is a list, separated by commas; `None` where it is absent or `*`.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.parameter(name)
            .filter(|value| *value != "*")
            .map(|value| value.split(',').map(str::trim).collect())
    }

    fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        code: &'static str,
        kind: &str,
    ) -> Outcome<Option<T>> {
        let Some(value) = self.parameter(name) else {
            return Ok(None);
        };
        value.parse().map(Some).map_err(|_| {
            ApiError::new(
                code,
                format!("Invalid value in parameter `{name}`: could not parse `{value}` as {kind}"),
            )
        })
    }
}

/// The media type of a Content-Type header, without its parameters.
pub(super) fn mime(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Decodes the percent signs of a path segment; one that is not followed by two hexadecimal digits stands for itself.
fn decode(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = segment
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
