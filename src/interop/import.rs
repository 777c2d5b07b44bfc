//! Takes files of other systems' notices into the marketplace: `torg import ocds FILE…`.
//!
//! ```text
//! files ─ incoming ─(bounded channel)─ write ─ plan ─ store
//!         read and map, on a           a transaction   SQL
//!         thread of its own            a batch
//! ```
//!
//! Each release becomes a notice of the procurement with its ocid. Importing again changes nothing; a newer release
//! becomes the next notice. Rows that cannot be taken are reported with their place and passed over, and a batch
//! is written whole or not at all, so that an import may be stopped at any time and completed by running it again.

mod incoming;
mod plan;
mod report;
mod write;

use std::{io::Write, path::PathBuf};

use tokio::{sync::mpsc, task};

use crate::{database::Database, kernel::refusal::Failure};

pub(super) use incoming::Incoming;
pub(super) use plan::{NewNotice, Standing};
use report::Report;
pub use report::{Options, Summary};

/// How many batches may wait to be written; enough that reading and writing overlap, few enough to bound memory.
const WAITING_BATCHES: usize = 2;

/// Why an import stopped before its end. What was imported until then stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The database failed.
    #[error(
        "{database} {reason}; {mend}. What was imported so far stays: run the same command again to complete it"
    )]
    Database {
        /// Which database.
        database: String,
        /// What it said.
        reason: String,
        /// What would make it right.
        mend: &'static str,
    },
    /// The thread that reads the files broke off.
    #[error(
        "reading the files broke off: {0}; report it with the files. What was imported so far stays"
    )]
    Reading(String),
}

/// Imports OCDS files (see [`crate::interop::ocds::Reader`] for the forms they may have), in their order.
///
/// Progress, refused rows and, if asked for, warnings are written to `messages` as they come. Several imports may run at
/// once, of the same file too: their batches take turns.
///
/// # Errors
/// Only when it cannot go on: the database fails. Refused rows are counted in the summary.
pub async fn import(
    database: &Database,
    files: &[PathBuf],
    options: Options,
    messages: &mut (impl Write + Send),
) -> Result<Summary, ImportError> {
    let mut report = Report::new(options, messages);
    let (sender, mut batches) = mpsc::channel(WAITING_BATCHES);
    let files = files.to_vec();
    let reading = task::spawn_blocking(move || incoming::read(&files, &sender));
    while let Some(batch) = batches.recv().await {
        report.read(&batch);
        write::write(database, batch.rows, &mut report)
            .await
            .map_err(|failure| stopped(database, &failure))?;
        report.progress();
    }
    reading
        .await
        .map_err(|error| ImportError::Reading(error.to_string()))?;
    Ok(report.finish())
}

fn stopped(database: &Database, failure: &Failure) -> ImportError {
    let options = database.pool.connect_options();
    let name = options.get_database().unwrap_or(options.get_username());
    let place = format!(
        "the database `{name}` at {}:{}",
        options.get_host(),
        options.get_port()
    );
    let (reason, mend) = match write::database_error(failure) {
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
        database: place,
        reason,
        mend,
    }
}
