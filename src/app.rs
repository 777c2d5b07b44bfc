//! The composition root: database, search engine, keys and clock, put together from the configuration.

use std::{path::Path, str::FromStr, time::Duration};

use private_postgres::{DATABASE, PrivatePostgres};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    config::{Config, DatabaseTimeouts, Documents, Meili},
    database::{Database, migrations},
    document::{Files, Limits},
    kernel::clock::Clock,
    search::{
        self, SearchClient,
        engine::{Engine, EngineError},
    },
    telemetry::prometheus,
};

/// A database that is up to date, and the private server it runs on, if it does.
pub struct Store {
    /// The database and its clock.
    pub database: Database,
    /// Its address, for a process of ours that shall use it too.
    pub url: String,
    /// Stopped when dropped.
    _server: Option<PrivatePostgres>,
}

/// Something the commands need could not be had; each text names the cause and the mend.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

impl Store {
    /// Connects to `DATABASE_URL`, or to a private PostgreSQL in the data folder, and migrates. What it does may take as
    /// long as it takes.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        Self::with_connections(config, config.database_connections).await
    }

    /// The same with few connections, for what works beside a server.
    pub async fn beside(config: &Config) -> Result<Self, StartError> {
        Self::with_connections(config, BESIDE).await
    }

    /// The database for requests, which are told to try again when it takes too long.
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

/// What works beside a server needs so many connections: two jobs at a time, what fetches them and listens for them.
const BESIDE: u32 = 6;
/// How long one waits for a connection where nobody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects, or says which server is not reached.
async fn connect(
    url: &str,
    connections: u32,
    timeouts: Option<&DatabaseTimeouts>,
) -> Result<PgPool, StartError> {
    let unreachable = |error: sqlx::Error| -> StartError {
        format!("cannot reach the database ({error}): check DATABASE_URL and that the server runs")
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
        .acquire_timeout(timeouts.map_or(PATIENCE, |timeouts| timeouts.connection))
        // A broken connection shows at its first statement; asking before each use would cost a round trip.
        .test_before_acquire(false);
    // The pool tells of waits in its log only, from where they are measured.
    if prometheus::is_on()
        && let Ok(level) = "debug".parse()
    {
        pool = pool
            .acquire_slow_threshold(Duration::from_millis(1))
            .acquire_slow_level(level);
    }
    pool.connect_with(address).await.map_err(unreachable)
}

/// Where documents are: what `TORG_DOCUMENTS` names, or a folder in the data folder.
pub fn documents(config: &Config) -> Result<Files, StartError> {
    let limits = Limits::of_size(config.document_limit);
    let folder = |folder: &Path| {
        Files::in_folder(folder, limits).map_err(|error| {
            let folder = folder.display();
            format!("TORG_DOCUMENTS: cannot keep documents in {folder} ({error}); let Torg write there, or name another place").into()
        })
    };
    match &config.documents {
        None => folder(&config.data.join("documents")),
        Some(Documents::Folder(path)) => folder(path),
        Some(Documents::Bucket { bucket, prefix }) => Files::in_bucket(bucket, prefix, limits)
            .map_err(|error| {
                format!("TORG_DOCUMENTS: cannot use the bucket {bucket} ({error}); check it and the AWS_… variables").into()
            }),
    }
}

/// The search engine: the server of `MEILI_URL`, or the embedded one in the data folder.
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
