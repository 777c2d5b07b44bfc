//! The composition root: creates the database, the document storage and the search engine from the
//! configuration.

use std::{path::Path, str::FromStr, time::Duration};

use private_postgres::{DATABASE, PrivatePostgres};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    auth::identity_key::IdentityKey,
    config::{Config, DatabaseTimeouts, Documents, Meili},
    database::{Database, migrations},
    document::{Files, Limits},
    kernel::clock::Clock,
    organisation,
    search::{
        self, SearchClient,
        engine::{Engine, EngineError},
    },
    telemetry::prometheus,
};

/// A database with an up-to-date schema, and the private PostgreSQL server that it runs on, if any.
pub struct OpenDatabase {
    /// The connection pool and the clock. Statements have no time limit.
    pub database: Database,
    /// The database's URL, for another process of the same command.
    pub url: String,
    /// Stops when it is dropped.
    _server: Option<PrivatePostgres>,
}

/// Startup error with its cause and fix.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

impl OpenDatabase {
    /// Connects to `DATABASE_URL`, or to a private PostgreSQL in the data folder, and runs the
    /// migrations.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        Self::with_connections(config, config.database_connections).await
    }

    /// Does the same as [`Self::open`] with 6 connections, for the background work of a server.
    pub async fn open_for_background(config: &Config) -> Result<Self, StartError> {
        Self::with_connections(config, BACKGROUND_CONNECTIONS).await
    }

    /// Connects again for requests, with the configured timeouts. A request that exceeds one
    /// receives a retryable error.
    pub async fn serving(&self, config: &Config) -> Result<Database, StartError> {
        let timeouts = Some(&config.database_timeouts);
        Ok(Database {
            pool: connect(&self.url, config.database_connections, timeouts).await?,
            clock: self.database.clock.clone(),
        })
    }

    async fn with_connections(config: &Config, connections: u32) -> Result<Self, StartError> {
        let (url, server) = match &config.database_url {
            Some(url) => (url.clone(), None),
            None => {
                let folder = config.data.join("postgres");
                let server =
                    tokio::task::spawn_blocking(move || PrivatePostgres::start(&folder)).await??;
                (server.url(DATABASE), Some(server))
            }
        };
        let pool = connect(&url, connections, None).await?;
        migrations::migrate(&pool).await?;
        organisation::store::identity::fill_skeletons(&pool).await?;
        let database = Database {
            pool,
            clock: Clock::default(),
        };
        Ok(Self {
            database,
            url,
            _server: server,
        })
    }
}

/// Connections of the background work: two jobs at a time, fetching jobs, and listening for them.
pub const BACKGROUND_CONNECTIONS: u32 = 6;
/// The longest wait for a connection outside of requests.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

async fn connect(
    url: &str,
    connections: u32,
    timeouts: Option<&DatabaseTimeouts>,
) -> Result<PgPool, StartError> {
    let unreachable = |error: sqlx::Error| -> StartError {
        format!("cannot reach the database ({error}); check DATABASE_URL and that the server runs")
            .into()
    };
    let mut address = PgConnectOptions::from_str(url).map_err(unreachable)?;
    if let Some(timeouts) = timeouts {
        let milliseconds = |time: Duration| time.as_millis().to_string();
        address = address.options([
            ("statement_timeout", milliseconds(timeouts.statement)),
            ("lock_timeout", milliseconds(timeouts.lock)),
            (
                "idle_in_transaction_session_timeout",
                milliseconds(timeouts.idle),
            ),
        ]);
    }
    let mut pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(timeouts.map_or(ACQUIRE_TIMEOUT, |timeouts| timeouts.connection))
        // A broken connection fails at its first statement; a test before each use would cost a
        // round trip.
        .test_before_acquire(false);
    // The pool reports waits only in its log; `telemetry` turns these lines into a metric.
    if prometheus::is_on()
        && let Ok(level) = "debug".parse()
    {
        pool = pool
            .acquire_slow_threshold(Duration::from_millis(1))
            .acquire_slow_level(level);
    }
    pool.connect_with(address).await.map_err(unreachable)
}

/// Opens the document storage: `TORG_DOCUMENTS`, or the folder `documents` in the data folder.
pub fn documents(config: &Config) -> Result<Files, StartError> {
    let limits = Limits::of_size(config.document_limit);
    let folder = |folder: &Path| {
        Files::in_folder(folder, limits).map_err(|error| {
            let folder = folder.display();
            format!(
                "TORG_DOCUMENTS: cannot store documents in {folder} ({error}); make the folder \
                 writable, or set another"
            )
            .into()
        })
    };
    match &config.documents {
        None => folder(&config.data.join("documents")),
        Some(Documents::Folder(path)) => folder(path),
        Some(Documents::Bucket { bucket, prefix }) => Files::in_bucket(bucket, prefix, limits)
            .map_err(|error| {
                format!(
                    "TORG_DOCUMENTS: cannot use the bucket {bucket} ({error}); check its name and \
                     the AWS_… variables"
                )
                .into()
            }),
    }
}

/// Returns the key of the hashes that recognise a person after an erasure: `TORG_IDENTITY_KEY`, or
/// the key file in the data folder, which is created if it does not exist.
pub fn identity_key(config: &Config) -> Result<IdentityKey, StartError> {
    match &config.identity_key {
        Some(key) => Ok(key.clone()),
        None => Ok(IdentityKey::load_or_create(&config.data)?),
    }
}

/// Opens the search engine: the server at `MEILI_URL`, or the embedded engine in the data folder.
pub fn engine(config: &Config) -> Result<SearchClient, EngineError> {
    let engine = match &config.meili {
        Some(Meili { url, key }) => Engine::server(url, key.as_deref())?,
        None => embedded(&config.data.join("search"))?,
    };
    Ok(search::engine::client(engine))
}

#[cfg(feature = "embedded-search")]
fn embedded(folder: &Path) -> Result<Engine, EngineError> {
    Engine::embedded(folder)
}

#[cfg(not(feature = "embedded-search"))]
fn embedded(_: &Path) -> Result<Engine, EngineError> {
    Err(EngineError::NotBuiltIn)
}
