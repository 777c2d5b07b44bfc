//! Pooled connections that survive what happens to them: a request that is cancelled while its
//! transaction begins, and a server that closes connections while they are idle.
//!
//! sqlx 0.9.0 counts a transaction only when the answer to `BEGIN` has arrived. A `begin` that is
//! dropped before that returns a connection to the pool inside a transaction that nothing ends:
//! later statements of other requests run in it and are lost. [`begin`] is therefore the only place
//! that begins transactions; `tests/architecture` checks it.

use std::{
    future::Future,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    Connection, Error, PgConnection, PgPool, Postgres, Transaction, pool::PoolConnectionMetadata,
    postgres::PgPoolOptions,
};
use tokio::time::timeout;
use tracing::Instrument;

/// A connection that was idle for longer is tested before it is used. Under load no connection is
/// idle for so long, and the test costs no request a round trip.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);

/// The longest time for this test.
const TEST_TIMEOUT: Duration = Duration::from_secs(1);

/// Codes (SQLSTATE) with which the server closes a connection: shutdown, crash, an idle session or
/// transaction, failures of the connection itself.
const CLOSED: [&str; 9] = [
    "57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "08000", "08003", "08006",
];

/// Returns the options of a pool for requests. A connection that may have been closed by the server
/// is tested before use and replaced.
pub fn pool_options() -> PgPoolOptions {
    PgPoolOptions::new()
        // The hook tests the connections that need it.
        .test_before_acquire(false)
        .before_acquire(|connection, usage| Box::pin(test_idle(connection, usage)))
}

/// Returns the same options for a pool that the job queue uses as well. The queue's library begins
/// transactions by itself, so the pool ends the transactions of returned connections.
pub fn background_pool_options() -> PgPoolOptions {
    pool_options().after_release(|connection, _| Box::pin(end_transaction(connection)))
}

async fn test_idle(
    connection: &mut PgConnection,
    usage: PoolConnectionMetadata,
) -> Result<bool, Error> {
    if usage.idle_for < IDLE_UNTESTED && !BREAKS.happened_within(usage.idle_for) {
        return Ok(true);
    }
    let reason = match timeout(TEST_TIMEOUT, connection.ping()).await {
        Ok(Ok(())) => return Ok(true),
        Ok(Err(error)) => error.to_string(),
        // A firewall dropped the connection without closing it.
        Err(_) => "no answer".to_owned(),
    };
    tracing::info!(reason, "replacing a lost database connection");
    BREAKS.record();
    // The pool discards the connection and opens another.
    Ok(false)
}

/// Ends a transaction in which the connection still is. Costs one round trip after the use.
async fn end_transaction(connection: &mut PgConnection) -> Result<bool, Error> {
    // An empty statement begins nothing, so this succeeds only inside a transaction.
    match connection.begin_with("").await {
        Err(Error::BeginFailed) => Ok(true),
        Err(error) => Err(error),
        Ok(open) => {
            tracing::warn!("rolled back a transaction that was cancelled while it began");
            open.rollback().await?;
            Ok(true)
        }
    }
}

/// Begins a transaction; replaces connections that the server has closed.
///
/// `BEGIN` runs in a task of its own, which completes when the caller is cancelled. The transaction
/// is then dropped, and so rolled back before the connection returns to the pool.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, Error> {
    // Each failure removes one connection from the pool.
    let mut replaceable = pool.options().get_max_connections();
    loop {
        let connection = pool.acquire().await?;
        let begin = Transaction::begin(connection, None).in_current_span();
        let begun = tokio::spawn(begin).await;
        match begun.unwrap_or(Err(Error::WorkerCrashed)) {
            Err(error) if replaceable > 0 && is_broken(&error) => {
                BREAKS.record();
                replaceable -= 1;
            }
            result => return result,
        }
    }
}

/// Reads from the database; reads again if the connection broke. `read` must change nothing when it
/// runs twice.
pub async fn read<T, F: Future<Output = Result<T, Error>>>(
    read: impl Fn() -> F,
) -> Result<T, Error> {
    match read().await {
        Err(error) if is_broken(&error) => {
            BREAKS.record();
            read().await
        }
        result => result,
    }
}

/// Returns whether the connection is lost. Nothing is known about the statement that ran on it.
pub fn is_broken(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        Error::Database(error) => error.code().is_some_and(|code| CLOSED.contains(&&*code)),
        _ => false,
    }
}

/// Records that a request lost its connection: connections that were idle at that time are tested
/// before they are used.
pub(super) fn record_break() {
    BREAKS.record();
}

/// Returns how many broken connections this process has met.
pub fn breaks() -> u64 {
    BREAKS.count.load(Ordering::Acquire)
}

/// The broken connections that this process has met, in all of its pools: a server that restarts
/// closes all of them.
struct Breaks {
    count: AtomicU64,
    /// Time of the last one, in microseconds since [`START`]; 0 without one.
    last: AtomicU64,
}

static BREAKS: Breaks = Breaks {
    count: AtomicU64::new(0),
    last: AtomicU64::new(0),
};
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Breaks {
    fn record(&self) {
        let now = u64::try_from(START.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last.fetch_max(now.max(1), Ordering::AcqRel);
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns whether a connection broke in the past `time`.
    fn happened_within(&self, time: Duration) -> bool {
        let last = self.last.load(Ordering::Acquire);
        last > 0 && Duration::from_micros(last) + time >= START.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_counts_for_connections_that_were_idle_before_it() {
        let breaks = Breaks {
            count: AtomicU64::new(0),
            last: AtomicU64::new(0),
        };
        let long = Duration::from_secs(3600);
        assert!(!breaks.happened_within(long));
        breaks.record();
        assert!(breaks.happened_within(long));
        let recorded = breaks.last.load(Ordering::Acquire);
        while START.elapsed() <= Duration::from_micros(recorded) {}
        assert!(!breaks.happened_within(Duration::ZERO));
    }

    #[test]
    fn a_lost_connection_is_broken_while_a_slow_one_is_not() {
        let reset = std::io::ErrorKind::ConnectionReset;
        assert!(is_broken(&Error::Io(reset.into())));
        assert!(!is_broken(&Error::PoolTimedOut));
        assert!(!is_broken(&Error::RowNotFound));
    }
}
