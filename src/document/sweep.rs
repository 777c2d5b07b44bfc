//! Removes documents that nothing has referred to for 24 hours, and uploads whose process died.

use super::{
    files::Files,
    rules::{DEAD_AFTER, UNUSED_FOR},
    store::{self, SweepLimits},
};
use crate::{
    database::{self, Database},
    kernel::refusal::{Failure, Fallible},
};

/// Number of documents in one batch.
const BATCH: i64 = 100;

/// Removes unused documents and dead uploads, by the database's clock, and returns their number.
///
/// The row is first marked for deletion, then the object is removed, then the row. After a crash
/// the row is still marked, and the next sweep continues; no object is ever without a row.
pub async fn sweep(database: &Database, files: &Files) -> Fallible<u64> {
    while mark_batch(database).await? {}
    let mut swept = 0;
    let mut failed = None;
    let mut after = None;
    loop {
        let batch = store::marked_for_deletion(&database.pool, after, BATCH).await?;
        let Some(last) = batch.last().copied() else {
            break;
        };
        after = Some(last);
        for id in batch {
            match files.remove(id).await {
                Ok(()) => {
                    store::delete_marked(&database.pool, id).await?;
                    swept += 1;
                }
                // A failure does not stop the removal of the others.
                Err(error) => failed = Some(error),
            }
        }
    }
    match failed {
        None => Ok(swept),
        Some(error) => Err(Failure::unexpected(error)),
    }
}

/// Marks a batch for deletion; returns whether any was marked.
async fn mark_batch(database: &Database) -> Fallible<bool> {
    let mut transaction = database::begin(&database.pool).await?;
    let now = database::now(&mut transaction, database).await?;
    let before = SweepLimits {
        dead: now - DEAD_AFTER,
        unused: now - UNUSED_FOR,
    };
    let locked = store::lock_sweepable(&mut transaction, before, BATCH).await?;
    if locked.is_empty() {
        return Ok(false);
    }
    let marked = store::mark_for_deletion(&mut transaction, &locked).await?;
    transaction.commit().await?;
    // Documents attached since the lock are not marked.
    Ok(marked > 0)
}
