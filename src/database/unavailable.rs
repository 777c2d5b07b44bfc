//! Temporary failures of the database: overload, restart, loss of the connection. The request itself is
//! valid, and succeeds when it is repeated.

use std::error::Error as StdError;

use sqlx::Error;

use super::connections;
use crate::telemetry::meters;

/// Error code for clients.
pub const UNAVAILABLE: &str = "DATABASE_UNAVAILABLE";
/// Error message for clients.
pub const UNAVAILABLE_MESSAGE: &str = "The database is too busy to answer right now. Repeat the request in a moment; repeat a mutation with the same `idempotencyKey`.";

/// Codes (SQLSTATE) of temporary failures: a statement or lock took too long, a transaction was idle or
/// conflicted with another, there are too many connections, the server stops or starts.
const STATES: [&str; 10] = [
    "57014", "55P03", "25P03", "25P04", "40001", "40P01", "53300", "57P01", "57P02", "57P03",
];

/// Returns whether the failure is temporary. Counts the times that no connection was free in time.
pub fn is_unavailable(error: &(dyn StdError + 'static)) -> bool {
    let Some(error) = error.downcast_ref::<Error>() else {
        return false;
    };
    if connections::is_broken(error) {
        connections::record_break();
    }
    match error {
        Error::PoolTimedOut => {
            meters::no_connection();
            true
        }
        Error::Io(_) | Error::PoolClosed | Error::WorkerCrashed => true,
        Error::Database(error) => error.code().is_some_and(|code| STATES.contains(&&*code)),
        _ => false,
    }
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
}
