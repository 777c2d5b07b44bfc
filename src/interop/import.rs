//! Import of other systems' notices from files: `torg import ocds FILE…`.
//!
//! ```text
//! files ─ incoming ─(bounded channel)─ write ─ plan ─ store
//!         read on a                    one       merge  SQL
//!         separate thread              transaction  and map
//!                                      for each batch
//! ```
//!
//! A release states what changed. The releases of a process are merged by date, whatever the order
//! of their import, and each that changes the state makes it the next notice of the procurement with
//! its ocid. The releases are kept, so a later import continues where the earlier one ended, and a
//! repeated import changes nothing. Refused rows are reported with their location and skipped. A
//! batch is written completely or not at all, so a stopped import is completed by running it again.

mod history;
mod incoming;
mod plan;
mod report;
mod rounds;
mod write;

use std::{io::Write, path::PathBuf};

use tokio::{sync::mpsc, task};

use crate::{database::Database, kernel::refusal::Failure};

pub(super) use history::StoredRelease;
pub(super) use incoming::IncomingRelease;
pub(super) use plan::{KnownProcess, NewNotice, ReleaseKey};
use report::Report;
pub use report::{Options, Summary};

/// Maximum number of batches that wait to be written. Reading and writing overlap, and memory stays
/// bounded.
const MAX_WAITING_BATCHES: usize = 2;

/// Error that stops an import. Batches that were already written stay.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database failed.
    #[error(
        "{database} {reason}; {fix}. Notices imported so far are kept: run the same command again to complete the import"
    )]
    Database {
        /// Name and address of the database.
        database: String,
        /// Error of the database.
        reason: String,
        /// Fix of the error.
        fix: &'static str,
    },
    /// The thread that reads the files panicked.
    #[error(
        "reading the files failed: {0}; report it with the files. Notices imported so far are kept"
    )]
    Reading(String),
}

/// Imports OCDS files in their order. [`crate::interop::ocds::Reader`] documents the accepted
/// forms.
///
/// Writes progress, refused rows and optionally warnings to `messages` as they occur. Several
/// imports may run at the same time, also of the same file: their batches take turns.
///
/// # Errors
/// Returns an error only if the database fails. The summary counts refused rows.
pub async fn import(
    database: &Database,
    files: &[PathBuf],
    options: Options,
    messages: &mut (impl Write + Send),
) -> Result<Summary, ImportError> {
    let mut report = Report::new(options, messages);
    let (sender, mut batches) = mpsc::channel(MAX_WAITING_BATCHES);
    let files = files.to_vec();
    let reading = task::spawn_blocking(move || incoming::read(&files, &sender));
    while let Some(batch) = batches.recv().await {
        report.batch_read(&batch);
        write::write(database, batch.rows, &mut report)
            .await
            .map_err(|failure| import_error(database, &failure))?;
        report.progress();
    }
    reading
        .await
        .map_err(|error| ImportError::Reading(error.to_string()))?;
    Ok(report.finish())
}

fn import_error(database: &Database, failure: &Failure) -> ImportError {
    let options = database.pool.connect_options();
    let name = options.get_database().unwrap_or(options.get_username());
    let name_and_address = format!(
        "the database `{name}` at {}:{}",
        options.get_host(),
        options.get_port()
    );
    let (reason, fix) = match write::database_error(failure) {
        Some(sqlx::Error::Database(error)) if write::lacks_schema(&**error) => (
            format!("lacks tables: {error}"),
            "bring it up to date with `torg migrate`",
        ),
        Some(sqlx::Error::Database(error)) => {
            (format!("failed: {error}"), "see the database server's log")
        }
        Some(error) => (
            format!("cannot be reached: {error}"),
            "check that it runs and that DATABASE_URL is right",
        ),
        None => (
            format!("failed: {failure:?}"),
            "see the database server's log",
        ),
    };
    ImportError::Database {
        database: name_and_address,
        reason,
        fix,
    }
}
