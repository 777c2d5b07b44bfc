//! `GET /schema.graphql`: the GraphQL schema in the schema definition language (SDL).

use std::sync::{Arc, LazyLock};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{AppState, address::Peer, headers::contains_etag, identity, response::Media};
use crate::graphql::sdl;

/// The path of the schema document.
pub const PATH: &str = "/schema.graphql";

/// The document and its entity tag; rendered at the first request, since it never changes while
/// the process runs.
static DOCUMENT: LazyLock<(String, String)> = LazyLock::new(|| {
    let text = sdl();
    let digest = Sha256::digest(&text);
    let digest: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Weak, because a compressed response carries the same tag.
    (text, format!("W/\"{digest}\""))
});

/// Returns the schema. A server that does not allow introspection answers 404.
pub async fn get(State(state): State<Arc<AppState>>, headers: HeaderMap, peer: Peer) -> Response {
    if let Err(refused) = identity::count_public(&state, &headers, peer).await {
        return refused.response(Media::Json);
    }
    if !state.settings.introspection {
        let message = "This server does not publish its schema. Ask its operator for the schema.";
        return Media::Json.refusal(StatusCode::NOT_FOUND, "NOT_FOUND", message);
    }
    let (text, etag) = &*DOCUMENT;
    let fields = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        // Caches revalidate each time: another version of Torg has another schema.
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if contains_etag(&headers, header::IF_NONE_MATCH, etag, true) {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, text.as_str()).into_response()
}
