//! One request and one answer of the HTTP API, without HTTP.

use meilisearch_sdk::request::Method;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::Value;

use super::error::{ApiError, ApiResult};
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
    /// Segments of the path, decoded.
    pub path: Vec<String>,
    /// Parameters of the query string, decoded, in their order.
    query: Vec<(String, String)>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// An answer of the HTTP API: a status and a JSON body, `None` for an empty body.
pub(super) struct Answer {
    pub status: u16,
    pub body: Option<Value>,
}

impl Answer {
    /// A server answers an unknown path with an empty body.
    pub const UNKNOWN_PATH: Self = Self {
        status: 404,
        body: None,
    };

    /// A server answers a known path with another verb with an empty body.
    pub const METHOD_NOT_ALLOWED: Self = Self {
        status: 405,
        body: None,
    };

    pub fn ok(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    /// Returns the answer for a request that enqueued a task; `body` is the task's summary.
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
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
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

    /// Returns the body as JSON, for routes that accept only JSON.
    pub fn json(&self) -> ApiResult<Value> {
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

    /// Refuses query parameters other than the `accepted` ones.
    pub fn accept_parameters(&self, accepted: &[&str]) -> ApiResult<()> {
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

    /// Returns the value of a query parameter, the last one when it is given twice.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns a query parameter that is a positive integer, or refuses it under `code`.
    pub fn unsigned(&self, name: &str, code: &'static str) -> ApiResult<Option<usize>> {
        let Some(value) = self.parameter(name) else {
            return Ok(None);
        };
        value.parse().map(Some).map_err(|_| {
            ApiError::new(
                code,
                format!(
                    "Invalid value in parameter `{name}`: could not parse `{value}` as a positive integer"
                ),
            )
        })
    }

    /// Returns a query parameter that is a list separated by commas; `None` when it is absent or
    /// `*`.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.parameter(name)
            .filter(|value| *value != "*")
            .map(|value| value.split(',').map(str::trim).collect())
    }
}

/// Returns the media type of a Content-Type header, without its parameters.
pub(super) fn mime(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}
