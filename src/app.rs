//! The composition root: creates the database, the document storage and the search engine from the
//! configuration.

use std::{path::Path, str::FromStr, time::Duration};

use private_postgres::{DATABASE, PrivatePostgres};
use sqlx::{PgPool, postgres::PgConnectOptions};
use tokio::task::JoinSet;

use crate::{
    auth::identity_key::IdentityKey,
    chain::ChainKey,
    config::{Config, DatabaseTimeouts, Documents, Meili},
    database::{self, Database, migrations, quota::Quotas},
    document::{Files, Limits},
    kernel::clock::Clock,
    organisation,
    search::{
        self, SearchClient,
        engine::{Engine, EngineError},
        lease::{EngineKind, Lease, LeaseError},
    },
    telemetry::prometheus,
};

/// A database with an up-to-date schema, and the private PostgreSQL server that it runs on, if any.
pub struct OpenDatabase {
    /// The connection pool and the clock. Statements have no time limit.
    pub database: Database,
    /// The database's URL, for another process of the same command.
    pub url: String,
    /// Keeps the clock on the database's time until it is dropped.
    _following: JoinSet<()>,
    /// Stops when it is dropped.
    _server: Option<PrivatePostgres>,
}

/// Startup error with its cause and fix.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

impl OpenDatabase {
    /// Connects to `DATABASE_URL`, or to a private PostgreSQL in the data folder, and runs the
    /// migrations.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        // An index job uses two at a time: one for its locks, one to read.
        let connections = config.database_connections.max(BACKGROUND_CONNECTIONS);
        let open = Self::with_connections(config, connections).await?;
        open.prepare_names().await
    }

    /// Does the same as [`Self::open`] with 8 connections, for the background work of a server.
    pub async fn open_for_background(config: &Config) -> Result<Self, StartError> {
        let open = Self::with_connections(config, BACKGROUND_CONNECTIONS).await?;
        open.prepare_names().await
    }

    /// Connects and runs the migrations, for `torg worker`. It does not prepare the names of
    /// organisations, because its database role changes no organisation.
    pub async fn open_for_worker(config: &Config) -> Result<Self, StartError> {
        let connections = config.database_connections.max(BACKGROUND_CONNECTIONS);
        Self::with_connections(config, connections).await
    }

    /// Does the same as [`Self::open_for_worker`] with 8 connections, for `torg opener`.
    pub async fn open_for_opener(config: &Config) -> Result<Self, StartError> {
        Self::with_connections(config, BACKGROUND_CONNECTIONS).await
    }

    /// Connects again for requests, with the configured timeouts. A request that exceeds one
    /// receives a retryable error.
    pub async fn serving(&self, config: &Config) -> Result<Database, StartError> {
        let timeouts = Some(&config.database_timeouts);
        Ok(Database {
            pool: connect(&self.url, config.database_connections, timeouts).await?,
            clock: self.database.clock.clone(),
            quotas: self.database.quotas.clone(),
            chain_key: Some(chain_key(config)?),
        })
    }

    /// Prepares the names of organisations for comparison that no process has prepared yet.
    async fn prepare_names(self) -> Result<Self, StartError> {
        organisation::store::identity::fill_skeletons(&self.database.pool).await?;
        Ok(self)
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
        let database = Database {
            pool,
            clock: Clock::default(),
            quotas: quotas(config)?,
            chain_key: None,
        };
        database::measure(&database).await?;
        let mut following = JoinSet::new();
        following.spawn(database::follow(database.clone()));
        Ok(Self {
            database,
            url,
            _following: following,
            _server: server,
        })
    }
}

/// Connections of the background work: two jobs at a time with two each, fetching jobs, listening
/// for them, and the progress of work on the indexes.
pub const BACKGROUND_CONNECTIONS: u32 = 8;
/// The longest wait for a connection outside of requests.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the database's address with the settings of each session.
fn connect_options(
    url: &str,
    timeouts: Option<&DatabaseTimeouts>,
) -> Result<PgConnectOptions, sqlx::Error> {
    // Compiling a statement takes up to a second, and a statement runs for milliseconds.
    let address = PgConnectOptions::from_str(url)?.options([("jit", "off")]);
    let Some(timeouts) = timeouts else {
        return Ok(address);
    };
    let milliseconds = |time: Duration| time.as_millis().to_string();
    Ok(address.options([
        ("statement_timeout", milliseconds(timeouts.statement)),
        ("lock_timeout", milliseconds(timeouts.lock)),
        (
            "idle_in_transaction_session_timeout",
            milliseconds(timeouts.idle),
        ),
    ]))
}

async fn connect(
    url: &str,
    connections: u32,
    timeouts: Option<&DatabaseTimeouts>,
) -> Result<PgPool, StartError> {
    let unreachable = |error: sqlx::Error| -> StartError {
        format!("cannot reach the database ({error}); check DATABASE_URL and that the server runs")
            .into()
    };
    let address = connect_options(url, timeouts).map_err(unreachable)?;
    let options = match timeouts {
        Some(_) => database::pool_options(),
        None => database::background_pool_options(),
    };
    let mut pool = options
        .max_connections(connections)
        .acquire_timeout(timeouts.map_or(ACQUIRE_TIMEOUT, |timeouts| timeouts.connection));
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
    let limits = Limits {
        pace: config.upload_pace,
        ..Limits::of_size(config.document_limit)
    };
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

/// Returns the built-in quotas, with those that the file in `TORG_QUOTAS` replaces.
pub fn quotas(config: &Config) -> Result<Quotas, StartError> {
    let Some(file) = &config.quotas else {
        return Ok(Quotas::default());
    };
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("TORG_QUOTAS: cannot read `{shown}` ({error})"))?;
    Quotas::read(&text).map_err(|error| {
        format!("TORG_QUOTAS: `{shown}`: {error}; see docs/configuration.md for the format").into()
    })
}

/// Returns the key of the hashes that recognise a person after an erasure: `TORG_IDENTITY_KEY`, or
/// the key file in the data folder, which is created if it does not exist.
pub fn identity_key(config: &Config) -> Result<IdentityKey, StartError> {
    match &config.identity_key {
        Some(key) => Ok(key.clone()),
        None => Ok(IdentityKey::load_or_create(&config.data)?),
    }
}

/// Returns the key that signs the entries of the chain: `TORG_CHAIN_KEY_FILE`, or the key file in the data
/// folder, which is created if it does not exist.
pub fn chain_key(config: &Config) -> Result<ChainKey, StartError> {
    match &config.chain_key_file {
        Some(file) => Ok(ChainKey::load(file)?),
        None => Ok(ChainKey::load_or_create(&config.data.join("keys"))?),
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

/// The search engine of a process, and its lease on the search of the database.
pub struct OpenSearch {
    /// The client of the engine.
    pub client: SearchClient,
    /// Keeps other processes from using another engine on the database. Dropped at the end of the
    /// process, or when the engine is not used any more.
    pub lease: Lease,
}

/// Reason why the search engine cannot be opened. Each message is one line with the cause and the
/// fix.
#[derive(Debug, thiserror::Error)]
pub enum SearchStartError {
    /// The lease is not available.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The engine cannot be opened.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The database's URL is not valid.
    #[error("DATABASE_URL is not valid: {0}")]
    Address(sqlx::Error),
}

impl SearchStartError {
    /// Returns whether another process uses a search engine on this database, or the folder.
    pub fn is_in_use(&self) -> bool {
        match self {
            Self::Lease(error) => error.is_held(),
            Self::Engine(error) => error.is_in_use(),
            Self::Address(_) => false,
        }
    }
}

/// Opens the search engine as [`engine`] does, after acquiring the lease for the command `name`.
/// While another process holds the lease, it tries again for `patience`.
pub async fn search(
    config: &Config,
    open: &OpenDatabase,
    name: &str,
    patience: Duration,
) -> Result<OpenSearch, SearchStartError> {
    let kind = match config.meili {
        Some(_) => EngineKind::Server,
        None => EngineKind::Embedded,
    };
    let address = PgConnectOptions::from_str(&open.url).map_err(SearchStartError::Address)?;
    let lease = Lease::acquire(&address, kind, name, patience).await?;
    Ok(OpenSearch {
        client: engine(config)?,
        lease,
    })
}

#[cfg(feature = "embedded-search")]
fn embedded(folder: &Path) -> Result<Engine, EngineError> {
    Engine::embedded(folder)
}

#[cfg(not(feature = "embedded-search"))]
fn embedded(_: &Path) -> Result<Engine, EngineError> {
    Err(EngineError::NotBuiltIn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_session_compiles_statements() {
        let second = Duration::from_secs(1);
        let timeouts = DatabaseTimeouts {
            connection: second,
            statement: second,
            lock: second,
            idle: second,
        };
        for timeouts in [None, Some(&timeouts)] {
            let address = connect_options("postgres://a/b?options=-c%20role%3Dc", timeouts);
            let address = address.unwrap();
            let options = address.get_options().unwrap();
            assert!(
                options.contains("-c role=c") && options.contains("-c jit=off"),
                "{options}"
            );
        }
    }
}
