//! Health checks: liveness and readiness.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Extension, Json, Router, extract::State, http::StatusCode, routing::get};
use chrono::Utc;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{sync::Mutex, time::timeout};

use super::ShutdownGate;
use crate::{
    auth::token::Verifier,
    database::{self, Database, migrations},
    document::Files,
    graphql::Backend,
    jobs,
    search::{SearchClient, lease::LeaseStatus},
    tender::{
        heartbeat::{self, OpenerState},
        sealing::SealingKey,
    },
};

/// The longest time for the database check; the other checks take at most half of it.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The time for which a result is reused.
const MAX_AGE: Duration = Duration::from_secs(1);

/// What the checks ask. A process leaves out what it does not use.
#[derive(Clone)]
pub struct HealthSources {
    /// The database and its clock.
    pub database: Database,
    /// The search engine.
    pub search: Option<SearchClient>,
    /// The storage of documents.
    pub files: Option<Files>,
    /// Verifies access tokens with the issuer's keys.
    pub verifier: Option<Arc<Verifier>>,
    /// The key that tenders are sealed to.
    pub sealing: Option<SealingKey>,
    /// Whether the process holds the lease on the search of its database.
    pub lease: Option<LeaseStatus>,
}

impl HealthSources {
    /// Returns the sources of a process that only uses the database.
    pub fn of_database(database: &Database) -> Self {
        Self {
            database: database.clone(),
            search: None,
            files: None,
            verifier: None,
            sealing: None,
            lease: None,
        }
    }

    /// Returns the sources of a process that serves the API.
    pub fn of_backend(backend: &Backend) -> Self {
        Self {
            search: Some(backend.search.clone()),
            files: Some(backend.files.clone()),
            sealing: Some(backend.sealing.clone()),
            ..Self::of_database(&backend.database)
        }
    }
}

/// Names that the checks report, and their meaning: what does not work, the cause, the fix.
pub const REPORTS: [(&str, &str); 11] = [
    (
        DATABASE,
        "PostgreSQL does not answer: check DATABASE_URL and the server",
    ),
    (
        MIGRATIONS,
        "the database's schema is older than this program: run `torg migrate`",
    ),
    (
        "database_writes",
        "PostgreSQL refuses changes (read-only, a standby, or no space left); reading works",
    ),
    (
        LEASE,
        "the lock on the search of the database is lost: the process tries to get it again",
    ),
    (
        "search",
        "the search engine does not answer: check MEILI_URL and the server",
    ),
    (
        "keys",
        "the token issuer's keys cannot be loaded: check TORG_OIDC_ISSUER or TORG_JWKS_URL",
    ),
    (
        "documents",
        "documents cannot be stored: check that TORG_DOCUMENTS is writable and has space left",
    ),
    (
        "opener",
        "no opener ran in the past minute: start `torg opener`",
    ),
    (
        "opener_key",
        "the opener has another key than TORG_OPENER_RECIPIENT: tenders that are submitted now \
         cannot be opened by it",
    ),
    (
        "indexing",
        "an index job has waited for 10 minutes: check the worker, and the search engine's folder \
         and its free space",
    ),
    (
        "clock",
        "this machine's clock deviates from the database's by more than a second: synchronise both",
    ),
];

const DATABASE: &str = "database";
const MIGRATIONS: &str = "migrations";
const LEASE: &str = "search_lease";

/// Names that a check found.
#[derive(Clone, Default)]
struct Findings {
    /// Parts that do not work.
    missing: Vec<&'static str>,
    /// Problems that no request fails for yet.
    warnings: Vec<&'static str>,
}

/// What the database says about itself and the other processes.
struct DatabaseFacts {
    migrated: bool,
    writable: bool,
    indexing: bool,
    opener: OpenerState,
}

/// The readiness check of a process.
pub(super) struct Readiness {
    sources: HealthSources,
    /// A separate connection, so that the check works while all other connections are in use.
    probe: PgPool,
    last: Mutex<Option<(Instant, Arc<Findings>)>>,
}

impl Readiness {
    /// Returns a check that connects to the database when it first runs.
    pub fn new(sources: HealthSources) -> Self {
        let options = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(TIMEOUT);
        let address = sources.database.pool.connect_options();
        Self {
            probe: options.connect_lazy_with(address.as_ref().clone()),
            sources,
            last: Mutex::default(),
        }
    }

    /// Returns the findings, at most one second old. Concurrent requests share one check.
    async fn findings(&self) -> Arc<Findings> {
        let mut last = self.last.lock().await;
        if let Some((at, findings)) = &*last
            && at.elapsed() < MAX_AGE
        {
            return findings.clone();
        }
        let findings = Arc::new(self.check().await);
        *last = Some((Instant::now(), findings.clone()));
        findings
    }

    async fn check(&self) -> Findings {
        let (facts, search, keys, documents) = tokio::join!(
            timeout(TIMEOUT, self.facts()),
            timeout(TIMEOUT / 2, self.search_answers()),
            timeout(TIMEOUT / 2, self.has_keys()),
            timeout(TIMEOUT / 2, self.stores_documents()),
        );
        let closed = self.sources.database.pool.is_closed();
        let facts = facts.ok().and_then(Result::ok).filter(|_| !closed);
        // What only a database that answers knows is not reported without it.
        let known = |fact: fn(&DatabaseFacts) -> bool| facts.as_ref().is_none_or(fact);
        let opener = facts.as_ref().map(|facts| facts.opener);
        let sealing = self.sources.sealing.is_some();
        let missing = [
            (DATABASE, facts.is_some()),
            (MIGRATIONS, known(|facts| facts.migrated)),
            ("database_writes", known(|facts| facts.writable)),
            (
                LEASE,
                self.sources.lease.as_ref().is_none_or(LeaseStatus::is_held),
            ),
            ("search", search == Ok(true)),
            ("keys", keys == Ok(true)),
            ("documents", documents == Ok(true)),
        ];
        let warnings = [
            ("opener", !sealing || opener != Some(OpenerState::Missing)),
            (
                "opener_key",
                !sealing || opener != Some(OpenerState::OtherKey),
            ),
            ("indexing", known(|facts| facts.indexing)),
            ("clock", !self.sources.database.clock.is_skewed()),
        ];
        Findings {
            missing: failed(&missing),
            warnings: failed(&warnings),
        }
    }

    async fn facts(&self) -> Result<DatabaseFacts, sqlx::Error> {
        let migrated = migrations::is_up_to_date(&self.probe).await?;
        let writable = !database::is_read_only(&self.probe).await?
            && !database::refused_writes_recently(&self.probe);
        let mut facts = DatabaseFacts {
            migrated,
            writable,
            indexing: true,
            opener: OpenerState::Running,
        };
        // The statements may need tables that a missing migration creates.
        if migrated {
            facts.indexing = !jobs::store::is_indexing_stuck(&self.probe).await?;
            if let Some(key) = &self.sources.sealing {
                facts.opener = heartbeat::state(&self.probe, key).await?;
            }
        }
        Ok(facts)
    }

    async fn search_answers(&self) -> bool {
        match &self.sources.search {
            Some(search) => search.health().await.is_ok(),
            None => true,
        }
    }

    async fn has_keys(&self) -> bool {
        match &self.sources.verifier {
            Some(verifier) => verifier.has_keys(Utc::now()).await,
            None => true,
        }
    }

    async fn stores_documents(&self) -> bool {
        match &self.sources.files {
            Some(files) => files.can_store().await,
            None => true,
        }
    }
}

fn failed(checks: &[(&'static str, bool)]) -> Vec<&'static str> {
    let failed = checks.iter().filter(|(_, ok)| !ok);
    failed.map(|(name, _)| *name).collect()
}

/// Returns the routes of both checks.
pub(super) fn router(sources: HealthSources) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(Arc::new(Readiness::new(sources)))
}

/// Handles `GET /health/live`: 200 as long as the process answers.
async fn live() -> Json<Value> {
    Json(json!({ "status": "live" }))
}

/// Handles `GET /health/ready`: 200 when the process can work, else 503. The body names what is
/// missing, and what will be missed later ([`REPORTS`]).
///
/// The process cannot work without the database, its schema and the lease on its search engine
/// (another process may be indexing with another engine), and not during shutdown. Everything else
/// is only named: the rest works without it, and other processes miss it as well.
async fn ready(
    State(readiness): State<Arc<Readiness>>,
    gate: Option<Extension<ShutdownGate>>,
) -> (StatusCode, Json<Value>) {
    if gate.is_some_and(|gate| gate.is_draining()) {
        let body = json!({ "status": "stopping", "missing": [], "warnings": [] });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body));
    }
    // The check runs in its own task: it completes, and its result is reused, even when the
    // client disconnects.
    let check = tokio::spawn(async move { readiness.findings().await });
    let findings = check.await.unwrap_or_else(|_| {
        Arc::new(Findings {
            missing: vec![DATABASE],
            warnings: Vec::new(),
        })
    });
    let needed = [DATABASE, MIGRATIONS, LEASE];
    let (code, status) = match findings.missing.iter().any(|name| needed.contains(name)) {
        true => (StatusCode::SERVICE_UNAVAILABLE, "unready"),
        false => (StatusCode::OK, "ready"),
    };
    let body = json!({
        "status": status, "missing": findings.missing, "warnings": findings.warnings,
    });
    (code, Json(body))
}
