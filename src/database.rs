//! What every room's writes share: a transaction with the database's clock, an audit row, follow-up jobs
//! and the first answer of an idempotency key, all or nothing.

mod job;
pub mod migrations;
mod store;
mod unavailable;
mod work;

pub use job::{Event, JOB_SCHEMA, Job, Notify};
pub use unavailable::{UNAVAILABLE, UNAVAILABLE_MESSAGE, is_unavailable};
pub use work::{IdempotencyKey, UnitOfWork};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::kernel::{clock::Clock, refusal::Fallible};

/// The database and the clock that goes with it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    /// Connections.
    pub pool: PgPool,
    /// How far time is shifted (tests, the sample's history).
    pub clock: Clock,
}

/// The database's clock, read now. After a row lock this is the time that counts for a deadline.
pub async fn now(connection: &mut PgConnection, database: &Database) -> Fallible<DateTime<Utc>> {
    Ok(store::now(connection).await? + database.clock.offset())
}
