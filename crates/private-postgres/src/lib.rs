//! A private PostgreSQL server in a folder, for the demo, imports and tests.
//!
//! [`PrivatePostgres::start`] uses the PostgreSQL programs that are installed on the machine. It
//! creates a cluster in the given folder the first time, and starts its server. Existing libraries
//! for this download programs at run time, or fail for root, whom PostgreSQL refuses. Hence this
//! own code.
//!
//! - **Access.** The server listens only on a unix socket in a folder of mode 0700, and accepts
//!   only the users who started it (`peer` authentication: the kernel identifies the user).
//! - **Shutdown.** Each process that uses the server spawns a *guardian*, a small shell process
//!   that sleeps on a pipe from that process. The pipe closes when the process ends, even when it
//!   is killed. The guardian then stops the server, unless another process uses it. Users are
//!   counted by shared file locks, which the kernel releases when a process ends.
//! - **Attaching.** A start in a folder whose server already runs uses that server.
//! - **Root.** Run by root, the server runs as `postgres` (or `nobody`). If that user cannot enter
//!   the folder, the cluster is kept under `/var/lib/torg`, and the folder holds its path.
//!
//! Files of a folder:
//!
//! ```text
//! <folder>/server/            or the path named in <folder>/location; owned by the server's user
//!     data/                   the cluster
//!     log, log.old            the server's log since this start, and since the previous one
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

/// Name of the database that is created with every cluster.
pub const DATABASE: &str = "torg";

/// Name of the superuser of every cluster, which all connections use.
const ROLE: &str = "torg";

/// Durability of committed data when the machine crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Committed data is on the disk, PostgreSQL's default.
    Durable,
    /// Data is not flushed to the disk, which is much faster. A crash of the machine can lose all
    /// data. For tests.
    Volatile,
}

/// A running private server. It stops when the last process that uses it drops this value or ends.
///
/// Starting and dropping block the thread: about 2 seconds for a new cluster, a few tenths of a
/// second otherwise.
#[derive(Debug)]
pub struct PrivatePostgres {
    /// Stops the server when dropped.
    _guardian: Guardian,
    socket_folder: PathBuf,
    folder: PathBuf,
}

impl PrivatePostgres {
    /// Starts the server in `folder`, or attaches to it if it already runs. Creates the folder and
    /// the cluster if they do not exist.
    pub fn start(folder: &Path) -> Result<Self, PostgresError> {
        Self::start_with(folder, Durability::Durable)
    }

    /// Starts the server as [`start`](Self::start) does, with this durability. It has no effect
    /// when the server already runs.
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

    /// Removes the cluster of `folder` with all its data. Does nothing if there is no cluster.
    ///
    /// Other files in `folder` are kept.
    ///
    /// # Errors
    /// [`PostgresError::InUse`] while another process uses the server.
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

    /// Returns the connection URL of a database of this server, for sqlx and `psql`.
    pub fn url(&self, database: &str) -> String {
        // `Home::socket_folder` ensures that the path needs no escape.
        format!(
            "postgres:///{database}?host={}&user={ROLE}",
            self.socket_folder.display()
        )
    }

    /// Returns the folder that this server was started in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops the server, unless another process uses it, and waits for its end. Dropping does the
    /// same.
    pub fn stop(self) {}
}

/// Opens a file to lock, and creates it if it does not exist.
fn lock_file(path: &Path) -> Result<File, PostgresError> {
    fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(PostgresError::file("open", path))
}
