//! The locks of an index's writers. [`super`] states what they guarantee.

use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::search::store::locks;

/// Number of locks that the objects of an index share, by the rest of their ID. More would let more
/// writers run at a time; a writer of a full batch takes all of them.
const PARTS: u8 = 64;
/// Lock that each writer shares, and that the swap takes alone.
const WRITERS: i32 = 64;
/// Lock that a rebuild holds while jobs must write to both indexes.
const REBUILDING: i32 = 65;
/// Lock of the only rebuild at a time.
const ALONE: i32 = 66;

/// The right to read some objects and to send their documents. It must be ended; dropped without
/// that, the locks are released, and the caller must fail.
pub(super) struct Turn {
    transaction: Transaction<'static, Postgres>,
    /// Whether the documents go to the live index.
    pub live: bool,
    /// Whether the documents go to the index that a rebuild fills.
    pub next: bool,
}

impl Turn {
    /// Waits for the turn of a job.
    pub async fn of_job(pool: &PgPool, index: i32, ids: &[Uuid]) -> Result<Self, sqlx::Error> {
        let mut transaction = crate::database::begin(pool).await?;
        locks::share(&mut transaction, index, WRITERS).await?;
        // A rebuild waits for this shared lock before it reads anything.
        let rebuilding = !locks::try_share(&mut transaction, index, REBUILDING).await?;
        locks::take(&mut transaction, index, &parts(ids)).await?;
        Ok(Self {
            transaction,
            live: true,
            next: rebuilding,
        })
    }

    /// Waits for the turn of a rebuild that has announced itself.
    pub async fn of_rebuild(pool: &PgPool, index: i32, ids: &[Uuid]) -> Result<Self, sqlx::Error> {
        let mut transaction = crate::database::begin(pool).await?;
        locks::share(&mut transaction, index, WRITERS).await?;
        locks::take(&mut transaction, index, &parts(ids)).await?;
        Ok(Self {
            transaction,
            live: false,
            next: true,
        })
    }

    /// Ends the turn after the engine has accepted the documents. An error means that the locks
    /// may have been lost earlier, so the documents must be sent again.
    pub async fn end(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await
    }
}

/// Returns the locks of these objects, sorted: all writers take them in this order, so no two wait
/// for each other.
fn parts(ids: &[Uuid]) -> Vec<i32> {
    let part = |id: &Uuid| i32::from(id.as_bytes()[15] % PARTS);
    let mut parts: Vec<i32> = ids.iter().map(part).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The right to rebuild an index. It ends with its database connection.
pub(super) struct RebuildTurn {
    connection: PgConnection,
    index: i32,
}

impl RebuildTurn {
    /// Waits until no other rebuild of the index runs, in any process.
    pub async fn wait(pool: &PgPool, index: i32) -> Result<Self, sqlx::Error> {
        // Not returned to the pool, because the locks end with the connection.
        let mut connection = pool.acquire().await?.detach();
        locks::hold(&mut connection, index, ALONE).await?;
        Ok(Self { connection, index })
    }

    /// Makes jobs write to both indexes from now on. The next index must exist. Returns once no job
    /// runs that writes to the live index only.
    pub async fn announce(&mut self) -> Result<(), sqlx::Error> {
        locks::hold(&mut self.connection, self.index, REBUILDING).await
    }

    /// Fails when the locks are lost. Also keeps the connection from being closed as idle.
    pub async fn check(&mut self) -> Result<(), sqlx::Error> {
        self.connection.ping().await
    }

    /// Waits until no job writes, and keeps jobs waiting until [`Self::resume`].
    pub async fn pause_writers(&mut self) -> Result<(), sqlx::Error> {
        locks::hold(&mut self.connection, self.index, WRITERS).await
    }

    /// Ends the announcement, then the pause. Returns whether both were in force until now.
    pub async fn resume(&mut self) -> Result<bool, sqlx::Error> {
        // In this order: a job that was waiting must not see the announcement any more.
        let announced = locks::release(&mut self.connection, self.index, REBUILDING).await?;
        let paused = locks::release(&mut self.connection, self.index, WRITERS).await?;
        Ok(announced && paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_take_the_locks_of_their_objects_once_in_ascending_order() {
        let ids = [200_u128, 3, 67, 1, 9].map(Uuid::from_u128);
        assert_eq!(parts(&ids), [1, 3, 8, 9]);
        let all: Vec<Uuid> = (0..500).map(Uuid::from_u128).collect();
        assert_eq!(parts(&all).len(), usize::from(PARTS));
        assert!(parts(&all).iter().all(|part| *part < WRITERS));
    }
}
