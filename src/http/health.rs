//! Health checks: liveness and readiness.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Extension, Json, extract::State, http::StatusCode};
use chrono::Utc;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{sync::Mutex, time::timeout};

use super::{AppState, ShutdownGate};
use crate::{database::migrations, search::lease::LeaseStatus};

/// The longest time for the database check; the other checks take at most half of it.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The time for which a result is reused.
const MAX_AGE: Duration = Duration::from_secs(1);

/// Handles `GET /health/live`: 200 as long as the process answers.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// The state of the readiness check.
pub(super) struct Readiness {
    /// A separate connection, so that the check works while all other connections are in use.
    probe: PgPool,
    last: Mutex<Option<CheckResult>>,
}

/// The time of a check, and the names of the missing parts.
type CheckResult = (Instant, Arc<[&'static str]>);

impl Readiness {
    /// Returns a check that connects to the database of `serving` when it first runs.
    pub fn new(serving: &PgPool) -> Self {
        let options = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(TIMEOUT);
        let address = serving.connect_options();
        Self {
            probe: options.connect_lazy_with(address.as_ref().clone()),
            last: Mutex::default(),
        }
    }

    /// Returns the names of the missing parts, at most one second old. Concurrent requests share
    /// one check.
    async fn missing(&self, state: &AppState) -> Arc<[&'static str]> {
        let mut last = self.last.lock().await;
        if let Some((at, missing)) = &*last
            && at.elapsed() < MAX_AGE
        {
            return missing.clone();
        }
        let missing: Arc<[_]> = self.check(state).await.into();
        *last = Some((Instant::now(), missing.clone()));
        missing
    }

    async fn check(&self, state: &AppState) -> Vec<&'static str> {
        let backend = &state.backend;
        let (schema, search, keys, documents) = tokio::join!(
            timeout(TIMEOUT, migrations::is_up_to_date(&self.probe)),
            timeout(TIMEOUT / 2, backend.search.health()),
            timeout(TIMEOUT / 2, state.verifier.has_keys(Utc::now())),
            timeout(TIMEOUT / 2, backend.files.answers()),
        );
        let closed = backend.database.pool.is_closed();
        let (database, migrations) = match schema {
            Ok(Ok(up_to_date)) if !closed => (true, up_to_date),
            // The migrations of a database that does not answer are unknown: only the database
            // is reported.
            _ => (false, true),
        };
        let checks = [
            (DATABASE, database),
            (MIGRATIONS, migrations),
            (LEASE, state.lease.as_ref().is_none_or(LeaseStatus::is_held)),
            ("search", matches!(search, Ok(Ok(_)))),
            ("keys", matches!(keys, Ok(true))),
            ("documents", matches!(documents, Ok(true))),
        ];
        let missing = checks.into_iter().filter(|(_, ok)| !ok);
        missing.map(|(name, _)| name).collect()
    }
}

const DATABASE: &str = "database";
const MIGRATIONS: &str = "migrations";
const LEASE: &str = "search_lease";

/// Handles `GET /health/ready`: 200 when the process can serve requests, else 503. The body names
/// what is missing.
///
/// The process cannot serve without the database, its schema and the lease on its search engine
/// (another process may be indexing with another engine), and not during shutdown. Missing
/// `search`, `keys` (of the token issuer) or `documents` (the object storage) are only named:
/// everything else works without them, and other processes miss them as well.
pub async fn ready(
    State(state): State<Arc<AppState>>,
    gate: Option<Extension<ShutdownGate>>,
) -> (StatusCode, Json<Value>) {
    if gate.is_some_and(|gate| gate.is_draining()) {
        let body = json!({ "status": "stopping", "missing": [] });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body));
    }
    // The check runs in its own task: it completes, and its result is reused, even when the
    // client disconnects.
    let check = tokio::spawn(async move { state.readiness.missing(&state).await });
    let missing = check.await.unwrap_or_else(|_| [DATABASE].into());
    let needed = [DATABASE, MIGRATIONS, LEASE];
    let (code, status) = match missing.iter().any(|name| needed.contains(name)) {
        true => (StatusCode::SERVICE_UNAVAILABLE, "unready"),
        false => (StatusCode::OK, "ready"),
    };
    let body = json!({ "status": status, "missing": *missing });
    (code, Json(body))
}
