//! The database that does not answer right now: too busy, restarting, away. Not a fault in what was asked.

use std::error::Error as StdError;

use sqlx::Error;

use crate::telemetry::meters;

/// What a program switches on.
pub const UNAVAILABLE: &str = "DATABASE_UNAVAILABLE";
/// What a person reads.
pub const UNAVAILABLE_MESSAGE: &str = "The database is too busy to answer this right now. Try again in a moment; what changes something, with the same `idempotencyKey`.";

/// The states (SQLSTATE) that say: not now. A statement or a lock took too long, a transaction stood idle or was in another's
/// way, there are too many connections, the server stops or starts.
const STATES: [&str; 10] = [
    "57014", "55P03", "25P03", "25P04", "40001", "40P01", "53300", "57P01", "57P02", "57P03",
];

/// Would the same work in a moment, as far as the database is concerned? That no connection was free in time is counted.
pub fn is_unavailable(error: &(dyn StdError + 'static)) -> bool {
    let Some(error) = error.downcast_ref::<Error>() else {
        return false;
    };
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
    fn what_passes_is_told_from_what_is_wrong() {
        let gone = Error::Io(io::ErrorKind::ConnectionReset.into());
        for (error, passes) in [
            (Error::PoolTimedOut, true),
            (Error::PoolClosed, true),
            (gone, true),
            (Error::RowNotFound, false),
            (Error::Protocol("nonsense".into()), false),
        ] {
            assert_eq!(is_unavailable(&error), passes, "{error}");
        }
        assert!(!is_unavailable(&std::fmt::Error));
    }
}
