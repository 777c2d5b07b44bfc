//! Documents over HTTP: `POST /documents` uploads one, `GET /documents/{id}` downloads it.
//!
//! Both stream, and have time limits of their own; a download is never compressed, so that its ranges are the
//! document's.

mod conditions;
mod download;
mod upload;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{Shared, answer::Media};
use crate::{
    database,
    document::{self, Reason, UploadFailure},
    kernel::{ids::DocumentId, refusal::Code},
};

/// The digest of a representation (RFC 9530 §3).
pub const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// The two routes.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(document::PATH, post(upload::upload))
        .route(
            &format!("{}/{{id}}", document::PATH),
            get(download::download),
        )
        .with_state(shared)
}

/// An answer that says no, in the form that GraphQL's have too.
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

/// The storage or the database does not do its part: logged, and told to the client without its text.
fn unavailable(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a document could not be stored or read");
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "STORAGE_UNAVAILABLE",
        "The documents' storage does not answer. Try again in a moment.",
    )
}

/// The database does not do its part, for now.
fn busy(error: &dyn std::fmt::Display) -> Response {
    tracing::warn!(%error, "the database did not answer a document's request");
    let status = StatusCode::SERVICE_UNAVAILABLE;
    refusal(status, database::UNAVAILABLE, database::UNAVAILABLE_MESSAGE)
}

fn internal(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(%error, "a document's request failed unexpectedly");
    refusal(
        StatusCode::INTERNAL_SERVER_ERROR,
        "INTERNAL",
        "Something went wrong on our side. Try again; if it stays, tell us the `x-request-id`.",
    )
}

impl IntoResponse for UploadFailure {
    fn into_response(self) -> Response {
        let rejection = match self {
            Self::Refused(refused) if refused.code == Code::NotAuthenticated => {
                return refusal(
                    StatusCode::UNAUTHORIZED,
                    "NOT_AUTHENTICATED",
                    &refused.message,
                );
            }
            Self::Refused(refused) => {
                return refusal(StatusCode::FORBIDDEN, "NOT_ALLOWED", &refused.message);
            }
            Self::Storage(error) => return unavailable(&error),
            Self::Unexpected(error) if database::is_unavailable(&*error) => return busy(&error),
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
            Reason::Interrupted => (StatusCode::BAD_REQUEST, "UPLOAD_INTERRUPTED"),
        };
        refusal(status, code, &rejection.message)
    }
}

/// The document that a path names.
fn id(path: &str) -> Option<DocumentId> {
    DocumentId::from_global(path)
}
