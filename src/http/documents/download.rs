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
    REPR_DIGEST, Shared, busy,
    conditions::{Wanted, wanted},
    id, internal, refusal, unavailable,
};
use crate::{
    database,
    document::{Document, Files, StorageError, read, rules::Media},
    http::{
        address::Peer,
        answer::Media as Answer,
        identity::{self, NotAdmitted},
    },
    kernel::{ids::DocumentId, refusal::Failure},
};

/// How much of a document is read, and held in memory, at a time.
const PIECE: u64 = 1 << 20;

/// A published document for anyone; any other for those who act for its organisation. For all others there is none.
pub async fn download(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<String>, PathRejection>,
    method: Method,
    headers: HeaderMap,
    peer: Peer,
) -> Response {
    // A path that cannot be read names no document.
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let document = match find(&shared, &path, &headers, peer).await {
        Ok(document) => document,
        Err(refused) => return refused,
    };
    let size = document.size.unsigned_abs();
    let etag = format!("\"{}\"", document.sha256_hex());
    let mut response = match wanted(&method, &headers, &etag, size) {
        Wanted::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Wanted::PreconditionFailed => {
            let message = "The document is another than the one of `If-Match`.";
            refusal(
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION_FAILED",
                message,
            )
        }
        Wanted::NotSatisfiable => {
            let message = format!("The document has {size} bytes; ask for some of those.");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            let mut response = refusal(status, "RANGE_NOT_SATISFIABLE", &message);
            set(
                &mut response,
                header::CONTENT_RANGE,
                &format!("bytes */{size}"),
            );
            return response;
        }
        Wanted::Whole => content(&shared.backend.files, &method, &document, 0..size).await,
        Wanted::Part(range) => {
            let line = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            let mut response = content(&shared.backend.files, &method, &document, range).await;
            if response.status().is_success() {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                set(&mut response, header::CONTENT_RANGE, &line);
            }
            response
        }
    };
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        describe(&mut response, &document, &etag);
    }
    response
}

async fn find(
    shared: &Shared,
    path: &str,
    headers: &HeaderMap,
    peer: Peer,
) -> Result<Document, Response> {
    let missing = || {
        let message = "There is no document with this ID.";
        refusal(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    };
    let id = id(path).ok_or_else(missing)?;
    let refused = |refused: NotAdmitted| refused.answer(Answer::Json);
    let claimed = match identity::claimed(shared, headers, peer).await {
        Err(too_often @ NotAdmitted::TooOften(_)) => return Err(refused(too_often)),
        // What is public is so for those, too, whose token is no longer good.
        claimed => claimed,
    };
    let found = read::find(&shared.backend.database, id).await;
    let found = found.map_err(|failure| match failure {
        Failure::Unexpected(error) if database::is_unavailable(&*error) => busy(&error),
        Failure::Unexpected(error) => internal(&error),
        Failure::Refused(_) => missing(),
    })?;
    if let Some(document) = found.as_ref().filter(|document| document.public) {
        if let Ok(claimed) = claimed {
            claimed.counted(shared, headers, peer).map_err(refused)?;
        }
        return Ok(document.clone());
    }
    // Whoever asks for what is not public is looked up, also when there is nothing: both take as long.
    let claimed = claimed.map_err(refused)?;
    let admitted = identity::admit(shared, headers, peer, claimed).await;
    let admitted = admitted.map_err(refused)?;
    found
        .filter(|document| read::may_see(&admitted.actor, document))
        .ok_or_else(missing)
}

/// The answer with these bytes. The first of them are read before it begins, so that a storage that does not answer
/// is told as such.
async fn content(
    files: &Files,
    method: &Method,
    document: &Document,
    range: Range<u64>,
) -> Response {
    let length = range.end - range.start;
    let body = match method {
        &Method::HEAD => Body::empty(),
        _ => match pieces(files.clone(), document.id, range).await {
            Ok(pieces) => Body::from_stream(pieces),
            Err(error) => return unavailable(&error),
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

/// The bytes, read piece by piece as the client takes them.
async fn pieces(
    files: Files,
    id: DocumentId,
    range: Range<u64>,
) -> Result<impl Stream<Item = Result<Vec<u8>, StorageError>>, StorageError> {
    let cut = move |from: u64| from..range.end.min(from + PIECE);
    let first = cut(range.start);
    let read = files.read(id, first.clone()).await?;
    let rest = stream::try_unfold(first.end, move |from| {
        let (files, piece) = (files.clone(), cut(from));
        async move {
            if piece.is_empty() {
                return Ok(None);
            }
            let end = piece.end;
            Ok(Some((files.read(id, piece).await?, end)))
        }
    });
    let rest = rest.inspect_err(
        |error: &StorageError| tracing::error!(%error, "a download broke off: its document could not be read on"),
    );
    Ok(stream::iter([Ok(read)]).chain(rest))
}

/// What is said of a document whichever part of it is sent. It is always a file to save: whatever it holds, no browser
/// shows it as a page of ours.
fn describe(response: &mut Response, document: &Document, etag: &str) {
    let cache = match document.public {
        true => "public, max-age=31536000, immutable",
        false => "private, no-store",
    };
    let digest = format!("sha-256=:{}:", STANDARD.encode(&document.sha256));
    set(response, header::ETAG, etag);
    set(response, header::ACCEPT_RANGES, "bytes");
    set(response, header::CACHE_CONTROL, cache);
    set(response, REPR_DIGEST, &digest);
    set(
        response,
        header::CONTENT_DISPOSITION,
        &disposition(&document.file_name),
    );
    set(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(
        response,
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox",
    );
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    // All values are visible ASCII by construction; one that were not is left out rather than sent.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// `Content-Disposition` (RFC 6266) with the name in ASCII for old clients, and as it is for others (RFC 8187).
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
            // Writing to a string does not fail.
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
    fn a_file_name_is_said_twice() {
        assert_eq!(
            disposition("Förfrågan \"2\";%.pdf"),
            "attachment; filename=\"F_rfr_gan _2___.pdf\"; filename*=UTF-8''F%C3%B6rfr%C3%A5gan%20%222%22%3B%25.pdf"
        );
    }

    proptest! {
        #[test]
        fn no_file_name_leaves_its_quotes(name in any::<String>()) {
            let header = disposition(&name);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
            prop_assert_eq!(header.matches(';').count(), 2);
        }
    }
}
