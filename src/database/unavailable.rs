//! Temporary failures of the database: overload, restart, loss of the connection, no space, a server
//! that is read-only. The request itself is valid, and succeeds when it is repeated.

use std::{
    borrow::Cow,
    collections::HashMap,
    error::Error as StdError,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use graphile_worker::DbError;
use sqlx::{Error, PgPool};

use super::connections;
use crate::telemetry::meters;

/// Error code for clients.
pub const UNAVAILABLE: &str = "DATABASE_UNAVAILABLE";
/// Error message for clients.
pub const UNAVAILABLE_MESSAGE: &str = "The database cannot do this right now. Repeat the request in a moment; repeat a mutation with the same `idempotencyKey`.";

/// Codes (SQLSTATE) of temporary failures: a statement or lock took too long, a transaction was idle or
/// conflicted with another, there are too many connections, the server stops or starts, the
/// connection failed.
const TEMPORARY: [&str; 15] = [
    "57014", "55P03", "25P03", "25P04", "40001", "40P01", "53300", "57P01", "57P02", "57P03",
    "57P05", "08000", "08003", "08006", "58030",
];

/// Codes of writes that the server refuses until an operator acts, or another server takes over:
/// resources, disk or memory exhausted, a configured limit, a read-only transaction.
const WRITES_REFUSED: [&str; 5] = ["53000", "53100", "53200", "53400", "25006"];

/// The time for which a refused write is reported.
const REPORTED: Duration = Duration::from_secs(60);

/// Times of the last refused writes, by database.
static REFUSED: LazyLock<Mutex<HashMap<String, Instant>>> = LazyLock::new(Mutex::default);

/// Returns whether the failure is temporary. Counts the times that no connection was free in time,
/// and records broken connections.
pub fn is_unavailable(error: &(dyn StdError + 'static)) -> bool {
    match error.downcast_ref::<Error>() {
        Some(Error::PoolTimedOut) => {
            meters::no_connection();
            true
        }
        Some(Error::PoolClosed | Error::WorkerCrashed) => true,
        Some(error) if connections::is_broken(error) => {
            connections::record_break();
            true
        }
        _ => code(error)
            .is_some_and(|code| TEMPORARY.contains(&&*code) || WRITES_REFUSED.contains(&&*code)),
    }
}

/// Returns the server's code (SQLSTATE) of a failure.
fn code<'e>(error: &'e (dyn StdError + 'static)) -> Option<Cow<'e, str>> {
    if let Some(error) = error.downcast_ref::<Error>() {
        return error.as_database_error()?.code();
    }
    // The job queue's library wraps the driver's errors.
    let mut causes = std::iter::successors(Some(error), |&cause| cause.source());
    let code = causes.find_map(|cause| cause.downcast_ref::<DbError>()?.code());
    code.map(Cow::Borrowed)
}

/// Records the failure of a write if the server refuses writes.
pub(super) fn record_refused_write(pool: &PgPool, error: &(dyn StdError + 'static)) {
    if code(error).is_some_and(|code| WRITES_REFUSED.contains(&&*code)) {
        let mut refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(address(pool), Instant::now());
    }
}

/// Returns whether the server refused a write of this process in the past minute.
pub fn refused_writes_recently(pool: &PgPool) -> bool {
    let refused = REFUSED.lock().unwrap_or_else(PoisonError::into_inner);
    let last = refused.get(&address(pool));
    last.is_some_and(|at| at.elapsed() < REPORTED)
}

/// Returns host, port and name of a database.
fn address(pool: &PgPool) -> String {
    let options = pool.connect_options();
    let name = options.get_database().unwrap_or_default();
    format!("{}:{}/{name}", options.get_host(), options.get_port())
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn temporary_failures_are_recognised() {
        let gone = Error::Io(io::ErrorKind::ConnectionReset.into());
        for (error, temporary) in [
            (Error::PoolTimedOut, true),
            (Error::PoolClosed, true),
            (gone, true),
            (Error::RowNotFound, false),
            (Error::Protocol("nonsense".into()), false),
        ] {
            assert_eq!(is_unavailable(&error), temporary, "{error}");
        }
        assert!(!is_unavailable(&std::fmt::Error));
    }

    #[test]
    fn a_full_or_read_only_server_refuses_for_a_time() {
        for (code, temporary) in [
            ("53100", true),
            ("53200", true),
            ("25006", true),
            ("57P01", true),
            ("23505", false),
            ("42P01", false),
        ] {
            let job = DbError::with_code("the queue's library has this error", code);
            assert_eq!(is_unavailable(&job), temporary, "{code}");
        }
    }
}
