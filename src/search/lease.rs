//! The lease on the search of a database: which processes write its indexes.
//!
//! The indexes of an embedded engine are in the folder of one process. With a second engine on the
//! same database, each would get half of the index jobs. So a process with an embedded engine holds
//! the lease alone, and processes with a Meilisearch server share it. The lease is an advisory lock
//! of PostgreSQL on a connection that lives as long as the process: PostgreSQL releases it when
//! the process ends in any way.

use std::{fmt, time::Duration};

use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use super::store::locks::{self, HolderRow};

/// The two numbers of the lock.
const LOCK: (i32, i32) = (0x746f_7203, 0);
/// Time between two checks of the connection, and between two attempts to get the lease.
const INTERVAL: Duration = Duration::from_secs(1);
/// The longest time that the connection may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Time between two attempts at start.
const START_INTERVAL: Duration = Duration::from_millis(200);

/// The engine of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// In this process, with the indexes in its folder.
    Embedded,
    /// A Meilisearch server.
    Server,
}

/// A process that holds the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder(HolderRow);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HolderRow {
            backend,
            name,
            address,
            ..
        } = &self.0;
        match name.as_str() {
            "" => f.write_str("a process")?,
            name => write!(f, "`{name}`")?,
        }
        if let Some(address) = address {
            write!(f, " at {address}")?;
        }
        write!(f, " (database connection {backend})")
    }
}

/// Reason why a process does not get the lease. Each message is one line with the cause and the
/// fix.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another process has an embedded engine on this database.
    #[error(
        "{holder} uses its embedded search engine on this database, and only one process can; \
         stop it, or set MEILI_URL for all processes to one Meilisearch server"
    )]
    Embedded {
        /// The other process.
        holder: Holder,
    },
    /// Other processes search with a Meilisearch server on this database.
    #[error(
        "{holder} searches with a Meilisearch server on this database, and this process would use \
         its embedded engine; set MEILI_URL to the same server, or stop the other process"
    )]
    Server {
        /// One of the other processes.
        holder: Holder,
    },
    /// The database failed.
    #[error("cannot reserve the search engine in the database ({0}); check DATABASE_URL")]
    Database(#[from] sqlx::Error),
}

impl LeaseError {
    /// Returns whether another process holds the lease.
    pub fn is_held(&self) -> bool {
        !matches!(self, Self::Database(_))
    }
}

/// The lease of this process. It ends when it is dropped. When its connection is lost, it is
/// acquired again; [`LeaseStatus`] tells whether it is held.
#[derive(Debug)]
pub struct Lease {
    status: LeaseStatus,
    keeper: JoinHandle<()>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Whether the process holds its lease.
#[derive(Clone, Debug)]
pub struct LeaseStatus(watch::Receiver<bool>);

impl LeaseStatus {
    /// Returns whether the lease is held.
    pub fn is_held(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the lease is held.
    pub async fn held(&self) {
        self.wait(true).await;
    }

    /// Waits until the lease is not held.
    pub async fn lost(&self) {
        self.wait(false).await;
    }

    async fn wait(&self, wanted: bool) {
        // An error means that the lease is dropped: the process ends.
        let _ = self.0.clone().wait_for(|held| *held == wanted).await;
    }
}

impl Lease {
    /// Acquires the lease on the database at `address` for the process that `name` describes.
    /// Tries for `patience`, because PostgreSQL releases the lease of a killed process a moment
    /// later.
    ///
    /// # Errors
    /// [`LeaseError`].
    pub async fn acquire(
        address: &PgConnectOptions,
        engine: EngineKind,
        name: &str,
        patience: Duration,
    ) -> Result<Self, LeaseError> {
        let candidate = Candidate {
            address: options(address, engine, name),
            engine,
        };
        let end = Instant::now() + patience;
        let connection = loop {
            match candidate.try_acquire().await {
                Ok(connection) => break connection,
                Err(error) if !error.is_held() || Instant::now() >= end => return Err(error),
                Err(_) => sleep(START_INTERVAL).await,
            }
        };
        let (held, status) = watch::channel(true);
        Ok(Self {
            status: LeaseStatus(status),
            keeper: tokio::spawn(candidate.keep(connection, held)),
        })
    }

    /// Returns whether the lease is held, for as long as it exists.
    pub fn status(&self) -> LeaseStatus {
        self.status.clone()
    }
}

/// Returns whether a process holds the lease on this database.
pub async fn is_held(pool: &PgPool) -> Result<bool, sqlx::Error> {
    Ok(!locks::holders(pool, LOCK.0, LOCK.1).await?.is_empty())
}

/// Returns the options of the connection that holds the lease. The server notices within a minute
/// that the machine of the process is gone.
fn options(address: &PgConnectOptions, engine: EngineKind, name: &str) -> PgConnectOptions {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let engine = match engine {
        EngineKind::Embedded => "embedded search",
        EngineKind::Server => "search server",
    };
    let process = std::process::id();
    // PostgreSQL keeps 63 bytes of it.
    let name = format!("{name}, {engine}, pid {process} on {}", host.trim());
    address.clone().application_name(&name).options([
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "10"),
        ("tcp_keepalives_count", "3"),
    ])
}

/// What a process needs to acquire the lease, at start or again.
struct Candidate {
    address: PgConnectOptions,
    engine: EngineKind,
}

impl Candidate {
    async fn try_acquire(&self) -> Result<PgConnection, LeaseError> {
        let mut connection = PgConnection::connect_with(&self.address).await?;
        let alone = self.engine == EngineKind::Embedded;
        if locks::try_hold(&mut connection, LOCK.0, LOCK.1, alone).await? {
            return Ok(connection);
        }
        let holders = locks::holders(&mut connection, LOCK.0, LOCK.1).await?;
        // None: the lease was released meanwhile, and the next attempt gets it.
        let holder = holders.into_iter().next().unwrap_or(HolderRow {
            backend: 0,
            name: String::new(),
            address: None,
            alone: true,
        });
        Err(match holder.alone {
            true => LeaseError::Embedded {
                holder: Holder(holder),
            },
            false => LeaseError::Server {
                holder: Holder(holder),
            },
        })
    }

    /// Checks the connection, and acquires the lease again each time it is lost.
    async fn keep(self, mut connection: PgConnection, held: watch::Sender<bool>) {
        loop {
            until_lost(&mut connection).await;
            held.send_replace(false);
            tracing::error!(
                "the database connection that reserves the search engine was lost; indexing waits"
            );
            connection = self.acquire_again().await;
            tracing::info!("the search engine is reserved again; indexing goes on");
            held.send_replace(true);
        }
    }

    async fn acquire_again(&self) -> PgConnection {
        let mut last = String::new();
        loop {
            match timeout(TIMEOUT, self.try_acquire()).await {
                Ok(Ok(connection)) => return connection,
                Ok(Err(error)) => {
                    let error = error.to_string();
                    // Once for each cause, not once a second.
                    if error != last {
                        tracing::error!(%error, "the search engine cannot be reserved again; trying");
                        last = error;
                    }
                }
                Err(_) => {}
            }
            sleep(INTERVAL).await;
        }
    }
}

/// Returns when the connection does not answer any more.
async fn until_lost(connection: &mut PgConnection) {
    while let Ok(Ok(())) = timeout(TIMEOUT, connection.ping()).await {
        sleep(INTERVAL).await;
    }
}
