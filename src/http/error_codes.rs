//! The error codes of a response, noted for the request's log line and metrics.

use async_graphql::{ServerError, Value};

use crate::telemetry::request_record;

/// Notes each distinct code of `errors` once.
pub fn record(errors: &[ServerError]) {
    let mut codes: Vec<&str> = errors.iter().map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().for_each(request_record::record_error);
}

/// Returns an error's code. An error without a code comes from async-graphql: one without a path
/// failed validation, another has an input that is not readable.
pub fn code(error: &ServerError) -> &str {
    let extensions = error.extensions.as_ref();
    match extensions.and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code,
        _ if error.path.is_empty() => "VALIDATION_FAILED",
        _ => "BAD_INPUT",
    }
}
