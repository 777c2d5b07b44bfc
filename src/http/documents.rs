//! Documents over HTTP: `POST /documents` uploads a document, `GET /documents/{id}` downloads it.
//! `POST /tenders/documents` uploads a document of a tender, which is sealed.
//!
//! Both stream the content and have their own time limits. A download is never compressed, so that
//! byte ranges refer to the document itself.

mod conditions;
mod download;
mod shares;
mod upload;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Utc};

use super::{
    AppState,
    response::{INTERNAL_MESSAGE, Media},
};
use crate::{
    database,
    document::{self, Reason, UploadFailure},
    kernel::{
        ids::DocumentId,
        message::{Language, Message, Parameter},
        refusal::Code,
    },
    tender,
};

pub use shares::UploadShares;

/// The response header with the document's digest (RFC 9530 §3).
pub const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// Returns the routes.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route(document::PATH, post(upload::upload))
        .route(tender::document::PATH, post(upload::upload_sealed))
        .route(
            &format!("{}/{{id}}", document::PATH),
            get(download::download),
        )
        .with_state(state)
}

/// Returns a refusal in the form of a GraphQL error.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let mut response = Media::Json.refusal(status, code, message);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE || status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static(r#"Bearer realm="torg""#);
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Logs an error of the object storage; returns a response without the error's text.
fn storage_unavailable(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "cannot store or read a document");
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "STORAGE_UNAVAILABLE",
        "The document storage does not answer. Try again in a moment.",
    )
}

/// Logs that the database is unavailable; returns a response without the error's text.
fn database_unavailable(error: &dyn std::fmt::Display) -> Response {
    tracing::warn!(%error, "cannot serve a document: the database is unavailable");
    let status = StatusCode::SERVICE_UNAVAILABLE;
    refusal(status, database::UNAVAILABLE, database::UNAVAILABLE_MESSAGE)
}

fn internal(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a request for a document failed unexpectedly");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    refusal(status, "INTERNAL", INTERNAL_MESSAGE)
}

/// Returns the refusal of an upload for a quota. `Retry-After` is the time until the hour of the quota
/// ends; without it the quota in total is used up, and waiting does not help.
fn quota_exceeded(message: &Message, language: Language, now: DateTime<Utc>) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = refusal(status, "QUOTA_EXCEEDED", &message.in_language(language));
    let headers = response.headers_mut();
    headers.remove(header::RETRY_AFTER);
    let retry_at = message.parameters().iter().find_map(|(_, parameter)| {
        let Parameter::Time(at, _) = parameter else {
            return None;
        };
        Some(*at)
    });
    if let Some(retry_at) = retry_at {
        // Rounded up, so that the client does not retry within the hour.
        let seconds = (retry_at - now).num_seconds().max(0) + 1;
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl UploadFailure {
    /// Returns the response in a language; `now` is the marketplace's time.
    fn into_response(self, language: Language, now: DateTime<Utc>) -> Response {
        let rejection = match self {
            Self::Refused(refused) if refused.code == Code::NotAuthenticated => {
                return refusal(
                    StatusCode::UNAUTHORIZED,
                    "NOT_AUTHENTICATED",
                    &refused.message.in_language(language),
                );
            }
            Self::Refused(refused) if refused.code == Code::QuotaExceeded => {
                return quota_exceeded(&refused.message, language, now);
            }
            Self::Refused(refused) if refused.code == Code::NotFound => {
                let message = refused.message.in_language(language);
                return refusal(StatusCode::NOT_FOUND, "NOT_FOUND", &message);
            }
            Self::Refused(refused) if refused.code == Code::DeadlinePassed => {
                let message = refused.message.in_language(language);
                return refusal(StatusCode::CONFLICT, "DEADLINE_PASSED", &message);
            }
            Self::Refused(refused) if refused.code == Code::WrongPhase => {
                let message = refused.message.in_language(language);
                return refusal(StatusCode::CONFLICT, "WRONG_PHASE", &message);
            }
            Self::Refused(refused) => {
                return refusal(
                    StatusCode::FORBIDDEN,
                    "NOT_ALLOWED",
                    &refused.message.in_language(language),
                );
            }
            Self::Storage(error) => return storage_unavailable(&error),
            Self::Unexpected(error) if database::is_unavailable(&*error) => {
                return database_unavailable(&error);
            }
            Self::Unexpected(error) => return internal(&error),
            Self::Rejected(rejection) => rejection,
        };
        let (status, code) = match rejection.reason {
            Reason::FileName => (StatusCode::BAD_REQUEST, "FILE_NAME_INVALID"),
            Reason::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "MEDIA_TYPE_NOT_TAKEN"),
            Reason::Mismatch => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "CONTENT_MISMATCH"),
            Reason::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "DOCUMENT_TOO_LARGE"),
            Reason::Empty => (StatusCode::BAD_REQUEST, "DOCUMENT_EMPTY"),
            Reason::Quota => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_UNATTACHED"),
            Reason::Busy => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_UPLOADS"),
            Reason::Stalled => (StatusCode::REQUEST_TIMEOUT, "UPLOAD_STALLED"),
            Reason::TooSlow => (StatusCode::REQUEST_TIMEOUT, "UPLOAD_TOO_SLOW"),
            Reason::Interrupted => (StatusCode::BAD_REQUEST, "UPLOAD_INTERRUPTED"),
        };
        refusal(status, code, &rejection.message.in_language(language))
    }
}

/// Parses the document's global ID in a path.
fn id(path: &str) -> Option<DocumentId> {
    DocumentId::from_global(path)
}
