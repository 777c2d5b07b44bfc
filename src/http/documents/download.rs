//! `GET` and `HEAD` of `/documents/{id}`.

use std::{fmt::Write as _, ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{
    AppState, REPR_DIGEST,
    conditions::{Selection, select},
    database_unavailable, id, internal, refusal, storage_unavailable,
};
use crate::{
    database,
    document::{Document, StorageError, read, rules::Media},
    graphql::Backend,
    http::{
        address::Peer,
        identity::{self, RequestRefusal},
        response,
    },
    kernel::{ids::DocumentId, message::Language, refusal::Failure},
};

/// Number of bytes that are read, and held in memory, at a time.
const PIECE: u64 = 1 << 20;

/// Returns a public document to every client, and any other document to clients that may see it.
/// All others receive 404.
pub async fn download(
    State(state): State<Arc<AppState>>,
    path: Result<Path<String>, PathRejection>,
    method: Method,
    headers: HeaderMap,
    peer: Peer,
) -> Response {
    // An invalid path leads to 404.
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let document = match find(&state, &path, &headers, peer).await {
        Ok(document) => document,
        Err(refused) => return refused,
    };
    let Some(digest) = document.sha256.as_deref() else {
        return gone(&document, &headers);
    };
    let size = document.size.unsigned_abs();
    let etag = format!("\"{}\"", document.sha256_hex().unwrap_or_default());
    let mut response = match select(&method, &headers, &etag, size) {
        Selection::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Selection::PreconditionFailed => {
            let message = "The document does not have the entity tag in `If-Match`. Request it \
                without `If-Match`.";
            refusal(
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION_FAILED",
                message,
            )
        }
        Selection::NotSatisfiable => {
            let message =
                format!("The document has {size} bytes. Request a range within this size.");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut response = refusal(status, "RANGE_NOT_SATISFIABLE", &message);
            set(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes */{size}"),
            );
            return response;
        }
        Selection::Whole => content(&state.backend, &method, &document, 0..size).await,
        Selection::Part(range) => {
            let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            let mut response = content(&state.backend, &method, &document, range).await;
            if response.status().is_success() {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                set(&mut response, header::CONTENT_RANGE, &content_range);
            }
            response
        }
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        describe(&mut response, &document, &etag, digest);
    }
    response
}

/// Returns 410 for a withdrawn document, to clients that may know of it.
fn gone(document: &Document, headers: &HeaderMap) -> Response {
    let language = Language::preferred(&identity::languages(headers));
    let message = read::withdrawn_message(document).in_language(language);
    refusal(StatusCode::GONE, "WITHDRAWN", &message)
}

async fn find(
    state: &AppState,
    path: &str,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Document, Response> {
    let missing = || {
        let message = "No document with this ID exists.";
        refusal(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    };
    let id = id(path).ok_or_else(missing)?;
    let refused = |refused: RequestRefusal| refused.response(response::Media::Json);
    let authenticated = match identity::authenticate(state, headers, peer).await {
        Err(limited @ RequestRefusal::RateLimited(_)) => return Err(refused(limited)),
        // A public document is returned even to a client with an invalid token.
        authenticated => authenticated,
    };
    let found = read::find(&state.backend.database, id).await;
    let found = found.map_err(|failure| match failure {
        Failure::Unexpected(error) if database::is_unavailable(&*error) => {
            database_unavailable(&error)
        }
        Failure::Unexpected(error) => internal(&error),
        Failure::Refused(_) => missing(),
    })?;
    if let Some(document) = found.as_ref().filter(|document| document.public) {
        if let Ok(authenticated) = authenticated {
            let counted = authenticated.count_public(state, headers, peer);
            counted.map_err(refused)?;
        }
        return Ok(document.clone());
    }
    // The actor is loaded even when no document exists: otherwise the response time would reveal
    // whether it exists.
    let authenticated = authenticated.map_err(refused)?;
    let resolved = identity::resolve_actor(state, headers, peer, authenticated).await;
    let resolved = resolved.map_err(refused)?;
    found
        .filter(|document| read::may_see(&resolved.actor, document))
        .ok_or_else(missing)
}

/// Returns a response with these bytes. It reads the first piece before the response begins, so
/// that a failing storage leads to an error status.
async fn content(
    backend: &Backend,
    method: &Method,
    document: &Document,
    range: Range<u64>,
) -> Response {
    let length = range.end - range.start;
    let body = match method {
        &Method::HEAD => Body::empty(),
        _ => match pieces(backend.clone(), document.id, range).await {
            Ok(pieces) => Body::from_stream(pieces),
            Err(error) => return storage_unavailable(&error),
        },
    };
    let mut response = body.into_response();
    set(&mut response, header::CONTENT_LENGTH, &length.to_string());
    set(
        &mut response,
        header::CONTENT_TYPE,
        &Media::header_of(&document.media_type),
    );
    response
}

/// Returns the bytes as a stream, which reads a piece when the client has received the previous. It
/// ends with an error, and closes the connection, once the document is withdrawn.
async fn pieces(
    backend: Backend,
    id: DocumentId,
    range: Range<u64>,
) -> Result<impl Stream<Item = Result<Vec<u8>, DownloadError>>, StorageError> {
    let cut = move |from: u64| from..range.end.min(from + PIECE);
    let first = cut(range.start);
    let read = backend.files.read(id, first.clone()).await?;
    let rest = stream::try_unfold(first.end, move |from| {
        let (backend, piece) = (backend.clone(), cut(from));
        async move {
            if piece.is_empty() {
                return Ok(None);
            }
            if read::is_withdrawn(&backend.database, id).await? {
                return Err(DownloadError::Withdrawn);
            }
            let end = piece.end;
            Ok(Some((backend.files.read(id, piece).await?, end)))
        }
    });
    let rest = rest.inspect_err(
        |error: &DownloadError| tracing::warn!(%error, "a download ended before the document did"),
    );
    Ok(stream::iter([Ok(read)]).chain(rest))
}

/// Reason why a download ends early.
#[derive(Debug, thiserror::Error)]
enum DownloadError {
    /// The storage failed.
    #[error("cannot read the document: {0}")]
    Storage(#[from] StorageError),
    /// The database failed.
    #[error("cannot check the document: {0}")]
    Database(#[from] sqlx::Error),
    /// The buyer withdrew the document.
    #[error("the document is withdrawn")]
    Withdrawn,
}

/// Sets the headers that every part of a document has. Browsers save the document and never show
/// it as a page of this origin, so that active content cannot run.
fn describe(response: &mut Response, document: &Document, etag: &str, digest: &[u8]) {
    // A buyer can withdraw a document, so caches ask for it each time. The tag makes that cheap.
    let cache = match document.public {
        true => "public, no-cache",
        false => "private, no-store",
    };
    let digest = format!("sha-256=:{}:", STANDARD.encode(digest));
    set(response, header::ETAG, etag);
    set(response, header::ACCEPT_RANGES, "bytes");
    set(response, header::CACHE_CONTROL, cache);
    set(response, REPR_DIGEST, &digest);
    set(
        response,
        header::CONTENT_DISPOSITION,
        &disposition(&document.public_file_name().unwrap_or_default()),
    );
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(
        response,
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    // All values are visible ASCII by construction; an invalid value would be left out.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Returns the `Content-Disposition` (RFC 6266) with the name twice: in ASCII for old clients, and
/// exactly for others (RFC 8187).
fn disposition(file_name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " .-_()[]+,=@~".contains(c);
    let ascii: String = file_name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_name_is_given_in_ascii_and_exactly() {
        assert_eq!(
            disposition("Förfrågan \"2\";%.pdf"),
            "attachment; filename=\"F_rfr_gan _2___.pdf\"; filename*=UTF-8''F%C3%B6rfr%C3%A5gan%20%222%22%3B%25.pdf"
        );
    }

    proptest! {
        #[test]
        fn no_file_name_escapes_its_quotes(name in any::<String>()) {
            let header = disposition(&name);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
            prop_assert_eq!(header.matches(';').count(), 2);
        }
    }
}
