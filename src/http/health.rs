//! Is the process alive, and can it serve?

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::Shared;

/// `GET /health/live`: the process answers.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// `GET /health/ready`: 200 when the database answers; 503 and what is missing otherwise. Search being down is named,
/// but does not make the service unready: everything else works without it.
pub async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, Json<Value>) {
    let database = shared.backend.database.pool.acquire().await.is_ok();
    let search = shared.backend.search.health().await.is_ok();
    let status = if database {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "database": database, "search": search })),
    )
}
