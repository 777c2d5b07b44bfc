//! What caches may keep: the public's answers to queries by GET, for a short while. All else is for its reader alone.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{ACTING_FOR, lists};

/// What an answer depends on besides its address. What a cache keeps is the public's, so that who signs in is not answered
/// from it.
const VARY: [HeaderName; 4] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    ACTING_FOR,
];

/// Is kept nowhere.
pub fn private(mut response: Response) -> Response {
    let value = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    vary(response)
}

/// May be kept for so long, and then be asked for by its `ETag` (RFC 9110 §8.8.3; weak, since it may be compressed on the
/// way). Nothing but that it is the same is answered to who has it.
pub async fn public(response: Response, age: Duration, asked: &HeaderMap) -> Response {
    let (mut parts, body) = response.into_parts();
    // It is in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let digest = Sha256::digest(&body);
    let tag = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    let tag = format!("W/\"{}\"", tag.collect::<String>());
    let kept = format!("public, max-age={}", age.as_secs());
    for (name, value) in [(header::ETAG, &tag), (header::CACHE_CONTROL, &kept)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            parts.headers.insert(name, value);
        }
    }
    let response = match lists::has_tag(asked, header::IF_NONE_MATCH, &tag, true) {
        false => Response::from_parts(parts, Body::from(body)),
        true => {
            parts.headers.remove(header::CONTENT_TYPE);
            parts.status = StatusCode::NOT_MODIFIED;
            Response::from_parts(parts, Body::empty())
        }
    };
    vary(response)
}

fn vary(mut response: Response) -> Response {
    for name in VARY {
        response
            .headers_mut()
            .append(header::VARY, HeaderValue::from(name));
    }
    response
}
