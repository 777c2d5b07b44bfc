//! Caching headers: public responses to queries by GET may be cached for a short time; all other
//! responses are private.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{ACTING_FOR, headers::contains_etag};

/// The request headers that a response depends on. `Authorization` is among them so that a cache
/// does not answer a signed-in client with the public response.
const VARY: [HeaderName; 4] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    ACTING_FOR,
];

/// Marks a response as not to be stored.
pub fn private(mut response: Response) -> Response {
    let value = HeaderValue::from_static("private, no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    vary(response)
}

/// Marks a response as public for `max_age`, with an `ETag` for later revalidation (RFC 9110
/// §8.8.3; weak, since the response may be compressed). With a `max_age` of zero, caches ask the
/// server each time. A client that sends this tag in
/// `If-None-Match` receives 304 without a body.
pub async fn public(response: Response, max_age: Duration, request: &HeaderMap) -> Response {
    let (mut parts, body) = response.into_parts();
    // The body is in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let digest = Sha256::digest(&body);
    let digest = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    let etag = format!("W/\"{}\"", digest.collect::<String>());
    let cache = match max_age.as_secs() {
        0 => "public, no-cache".to_owned(),
        seconds => format!("public, max-age={seconds}"),
    };
    for (name, value) in [(header::ETAG, &etag), (header::CACHE_CONTROL, &cache)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            parts.headers.insert(name, value);
        }
    }
    let response = match contains_etag(request, header::IF_NONE_MATCH, &etag, true) {
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
