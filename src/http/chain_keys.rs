//! `GET /.well-known/torg-chain-keys`: the public keys that sign receipts and the chains.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{AppState, address::Peer, identity, response::Media};

/// The path of the keys.
pub const PATH: &str = "/.well-known/torg-chain-keys";

/// Returns the public keys as JSON: `{"keys": ["…"]}`, 64 hexadecimal digits each.
pub async fn get(State(state): State<Arc<AppState>>, headers: HeaderMap, peer: Peer) -> Response {
    if let Err(refused) = identity::count_public(&state, &headers, peer).await {
        return refused.response(Media::Json);
    }
    let keys: Vec<&str> = state.backend.chain_keys.iter().collect();
    let fields = [
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (fields, Json(json!({ "keys": keys }))).into_response()
}
