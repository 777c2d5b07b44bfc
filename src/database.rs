//! Writing to the database: the skeleton of every mutation ([`UseCase`], [`run`]) and its
//! transaction ([`UnitOfWork`]), which commits the change, its audit rows, its jobs and the answer
//! for the idempotency key together.

mod attempt;
pub mod chain;
mod clock;
mod connections;
pub mod constraints;
mod idempotency;
mod job;
pub mod migrations;
pub mod quota;
mod store;
mod unavailable;
mod usage;
mod use_case;
mod work;

pub use attempt::Attempt;
pub use clock::{follow, measure};
pub use connections::{background_pool_options, begin, breaks, pool_options, read};
pub use idempotency::IdempotencyKey;
pub use job::{JOB_SCHEMA, Job, enqueue};
pub use store::is_read_only;
pub use unavailable::{UNAVAILABLE, UNAVAILABLE_MESSAGE, is_unavailable, refused_writes_recently};
pub use usage::usage;
pub use use_case::{CallerOf, Outcome, UseCase, run};
pub use work::UnitOfWork;

pub use store::inspection;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use self::quota::Quotas;
use crate::{
    chain::ChainKey,
    kernel::{
        clock::Clock,
        refusal::{Failure, Fallible},
    },
};

/// The connection pool, the clock, which follows the database's, the quotas, and the key of the chain. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Database {
    /// Connection pool.
    pub pool: PgPool,
    /// Clock of the database as this process knows it; tests and the sample marketplace shift it.
    pub clock: Clock,
    /// Quotas of organisations and persons; tests lower them.
    pub quotas: Quotas,
    /// Key that signs entries of the chain. `None` in processes that add none.
    pub chain_key: Option<ChainKey>,
}

impl Database {
    /// Returns a secret key for one purpose and object, which is derived from the key of the chain and
    /// so is not in the database.
    ///
    /// # Errors
    ///
    /// This process has no key of the chain.
    pub fn derived_key(&self, purpose: &str, object: Uuid) -> Fallible<[u8; 32]> {
        let key = self.chain_key.as_ref();
        let key = key.ok_or_else(|| Failure::unexpected("this process has no chain key"))?;
        Ok(key.derive(purpose, object.as_bytes()))
    }
}

/// Reads the database's clock. After a row lock this time decides deadlines. Later readings of the
/// process's clock are not before it.
pub async fn now(connection: &mut PgConnection, database: &Database) -> Fallible<DateTime<Utc>> {
    Ok(clock::read(connection, &database.clock).await? + database.clock.offset())
}
