//! A private PostgreSQL: a server of our own, in a folder, for the demo, imports and tests.
//!
//! [`PrivatePostgres::start`] takes the PostgreSQL binaries that are on the machine, makes a cluster in the given
//! folder the first time, and starts it. The ready-made libraries for this download binaries at run time or fail for
//! root, which PostgreSQL refuses; here neither is so.
//!
//! - **Nobody else gets in.** The server listens on a unix socket only, inside a folder of mode 0700, and lets in only
//!   the users who started it (`peer` authentication: the kernel says who connects).
//! - **No stray server.** Every user of the server spawns a *guardian*, a small shell process that sleeps on a pipe
//!   from its starter. The pipe closes when the starter ends, however it ends; the guardian then stops the server,
//!   unless another process is still using it. Users are counted by shared file locks, which the kernel drops with
//!   their holder.
//! - **Attaching.** Starting in a folder whose server already runs uses that server.
//! - **Root.** Run by root, the server runs as `postgres` (or `nobody`). If that user cannot reach the folder, the
//!   cluster is kept under `/var/lib/torg`, and the folder remembers where.
//!
//! What a folder holds:
//!
//! ```text
//! <folder>/server/            or the path named in <folder>/location; owned by the server's user
//!     data/                   the cluster
//!     log, log.old            the server's log of this start and the one before
//!     starting                lock: held by the process that is starting the server
//!     in-use                  lock: shared by all users of the server
//!     .s.PGSQL.5432           the socket (in /tmp when the path is too long for one)
//! ```

mod account;
mod binaries;
mod cluster;
mod error;
mod guardian;
mod home;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use account::Account;
use binaries::Binaries;
use cluster::Cluster;
pub use error::PostgresError;
use guardian::Guardian;
use home::Home;

/// The database made with every cluster.
pub const DATABASE: &str = "torg";

/// The superuser of every private cluster, which all connections use.
const ROLE: &str = "torg";

/// Whether what is committed has to outlive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As PostgreSQL does by default: committed is on disk.
    Durable,
    /// Nothing is flushed. Much faster; a crash of the machine may lose everything. For tests.
    Volatile,
}

/// A running private server. It is stopped when the last process that uses it drops this, or ends.
///
/// Starting and dropping block for as long as PostgreSQL needs: about two seconds for a new cluster, a few tenths
/// otherwise.
#[derive(Debug)]
pub struct PrivatePostgres {
    /// Held for what its end does.
    _guardian: Guardian,
    socket_folder: PathBuf,
    folder: PathBuf,
}

impl PrivatePostgres {
    /// Starts the server in `folder`, or attaches to it if it runs there already; makes the folder and the cluster
    /// if there are none.
    pub fn start(folder: &Path) -> Result<Self, PostgresError> {
        Self::start_with(folder, Durability::Durable)
    }

    /// As [`start`](Self::start), with a choice of durability. The process that starts the server decides it.
    pub fn start_with(folder: &Path, durability: Durability) -> Result<Self, PostgresError> {
        let home = Home::open(folder)?;
        let _starting = home.lock_starting()?;
        let in_use = home.share()?;
        let cluster = Cluster::open(&home, durability)?;
        cluster.forget_dead_server()?;
        if !cluster.is_running() {
            cluster.configure(durability)?;
            home.rotate_log()?;
        }
        let guardian = Guardian::start(&home, cluster.binaries(), in_use)?;
        cluster.wait_until_ready()?;
        Ok(Self {
            _guardian: guardian,
            socket_folder: home.socket_folder()?,
            folder: folder.to_owned(),
        })
    }

    /// Removes the cluster of `folder` with all its data. Refused while another process uses it.
    ///
    /// Whatever else is in `folder` stays. Does nothing if there is no cluster.
    pub fn erase(folder: &Path) -> Result<(), PostgresError> {
        let Some(home) = Home::find(folder)? else {
            return Ok(());
        };
        let _starting = home.lock_starting()?;
        let Some(_alone) = home.lock_alone()? else {
            return Err(PostgresError::InUse {
                folder: folder.to_owned(),
            });
        };
        cluster::stop_stray(&home)?;
        home.remove()
    }

    /// The connection URL of a database of this server, as sqlx and `psql` read it.
    pub fn url(&self, database: &str) -> String {
        // The socket's folder has only characters that need no escape; `Home::socket_folder` sees to it.
        format!(
            "postgres:///{database}?host={}&user={ROLE}",
            self.socket_folder.display()
        )
    }

    /// The folder this server was started in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops the server, unless another process uses it, and waits until it has. Dropping does the same.
    pub fn stop(self) {}
}

/// Opens (and makes, if missing) a file that serves as a lock.
fn lock_file(path: &Path) -> Result<File, PostgresError> {
    fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(PostgresError::file("open", path))
}
