//! Is the process alive, and can it serve?

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Extension, Json, extract::State, http::StatusCode};
use chrono::Utc;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{sync::Mutex, time::timeout};

use super::{Door, Shared};
use crate::database::migrations;

/// The longest that anything may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long an answer holds, however often it is asked for.
const FRESH: Duration = Duration::from_secs(1);

/// `GET /health/live`: the process answers.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// What is needed to say whether the process can serve.
pub(super) struct Readiness {
    /// A connection of its own: that all others are in use says nothing of the database.
    probe: PgPool,
    last: Mutex<Option<Looked>>,
}

/// When it was looked, and what was missing.
type Looked = (Instant, Arc<[&'static str]>);

impl Readiness {
    /// Connects when it is first asked.
    pub fn new(serving: &PgPool) -> Self {
        let options = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE);
        let address = serving.connect_options();
        Self {
            probe: options.connect_lazy_with(address.as_ref().clone()),
            last: Mutex::default(),
        }
    }

    /// What is missing, as of a second ago at most. Those who ask at once share one look.
    async fn missing(&self, shared: &Shared) -> Arc<[&'static str]> {
        let mut last = self.last.lock().await;
        if let Some((at, missing)) = &*last
            && at.elapsed() < FRESH
        {
            return missing.clone();
        }
        let missing: Arc<[_]> = self.look(shared).await.into();
        *last = Some((Instant::now(), missing.clone()));
        missing
    }

    async fn look(&self, shared: &Shared) -> Vec<&'static str> {
        let backend = &shared.backend;
        let (schema, search, keys, documents) = tokio::join!(
            timeout(PATIENCE, migrations::is_up_to_date(&self.probe)),
            timeout(PATIENCE / 2, backend.search.health()),
            timeout(PATIENCE / 2, shared.verifier.has_keys(Utc::now())),
            timeout(PATIENCE / 2, backend.files.answers()),
        );
        let closed = backend.database.pool.is_closed();
        let (database, migrations) = match schema {
            Ok(Ok(up_to_date)) if !closed => (true, up_to_date),
            // Nothing is known of the migrations of a database that does not answer.
            _ => (false, true),
        };
        let there = [
            (DATABASE, database),
            (MIGRATIONS, migrations),
            ("search", matches!(search, Ok(Ok(_)))),
            ("keys", matches!(keys, Ok(true))),
            ("documents", matches!(documents, Ok(true))),
        ];
        let missing = there.into_iter().filter(|(_, there)| !there);
        missing.map(|(name, _)| name).collect()
    }
}

const DATABASE: &str = "database";
const MIGRATIONS: &str = "migrations";

/// `GET /health/ready`: 200 when requests can be served, else 503; what is missing is named. Nothing works without the
/// database and its schema, nor while the process ends. The rest (`search`, the issuer's `keys`, the storage of `documents`)
/// is named only: all else works without it, and no other process would have more of it.
pub async fn ready(
    State(shared): State<Arc<Shared>>,
    door: Option<Extension<Door>>,
) -> (StatusCode, Json<Value>) {
    if door.is_some_and(|door| door.is_closing()) {
        let body = json!({ "status": "stopping", "missing": [] });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body));
    }
    // In a task of its own: it is looked, and known, also when who asks does not wait for it.
    let looked = tokio::spawn(async move { shared.readiness.missing(&shared).await });
    let missing = looked.await.unwrap_or_else(|_| [DATABASE].into());
    let needed = [DATABASE, MIGRATIONS];
    let (code, status) = match missing.iter().any(|name| needed.contains(name)) {
        true => (StatusCode::SERVICE_UNAVAILABLE, "unready"),
        false => (StatusCode::OK, "ready"),
    };
    let body = json!({ "status": status, "missing": *missing });
    (code, Json(body))
}
