//! Writing to the database: the skeleton of every mutation ([`UseCase`], [`run`]) and its
//! transaction ([`UnitOfWork`]), which commits the change, its audit rows, its jobs and the answer
//! for the idempotency key together.

pub mod constraints;
mod idempotency;
mod job;
pub mod migrations;
mod store;
mod unavailable;
mod use_case;
mod work;

pub use idempotency::IdempotencyKey;
pub use job::{JOB_SCHEMA, Job, enqueue};
pub use unavailable::{UNAVAILABLE, UNAVAILABLE_MESSAGE, is_unavailable};
pub use use_case::{CallerOf, Outcome, UseCase, run};
pub use work::UnitOfWork;

pub use store::inspection;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::kernel::{clock::Clock, refusal::Fallible};

/// The connection pool and the clock. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    /// Connection pool.
    pub pool: PgPool,
    /// Clock; tests and the sample marketplace shift it.
    pub clock: Clock,
}

/// Reads the database's clock. After a row lock this time decides deadlines.
pub async fn now(connection: &mut PgConnection, database: &Database) -> Fallible<DateTime<Utc>> {
    Ok(store::now(connection).await? + database.clock.offset())
}
