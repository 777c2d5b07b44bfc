//! Sweeping: documents that nothing refers to for a day, and what killed processes left of uploads.

use super::{
    files::Files,
    rules::{DEAD_AFTER, UNUSED_FOR},
    store::{self, Before},
};
use crate::{
    database::{self, Database},
    kernel::refusal::{Failure, Fallible},
};

/// How many are done at a time.
const BATCH: i64 = 100;

/// Removes what is to be swept, by the database's clock; answers how many documents and uploads that were.
///
/// First the row is doomed, then the object removed, then the row. A crash in between leaves a doomed row, and the
/// next sweep goes on from there; an object is never without a row.
pub async fn sweep(database: &Database, files: &Files) -> Fallible<u64> {
    while doom(database).await? {}
    let mut swept = 0;
    let mut failed = None;
    let mut after = None;
    loop {
        let batch = store::doomed(&database.pool, after, BATCH).await?;
        let Some(last) = batch.last().copied() else {
            break;
        };
        after = Some(last);
        for id in batch {
            match files.remove(id).await {
                Ok(()) => {
                    store::delete_doomed(&database.pool, id).await?;
                    swept += 1;
                }
                // The others may be removed all the same.
                Err(error) => failed = Some(error),
            }
        }
    }
    match failed {
        None => Ok(swept),
        Some(error) => Err(Failure::unexpected(error)),
    }
}

/// Dooms some; were there any?
async fn doom(database: &Database) -> Fallible<bool> {
    let mut transaction = database.pool.begin().await?;
    let now = database::now(&mut transaction, database).await?;
    let before = Before {
        dead: now - DEAD_AFTER,
        unused: now - UNUSED_FOR,
    };
    let locked = store::lock_sweepable(&mut transaction, before, BATCH).await?;
    if locked.is_empty() {
        return Ok(false);
    }
    let doomed = store::doom(&mut transaction, &locked).await?;
    transaction.commit().await?;
    // Attached since: nothing more to do with them.
    Ok(doomed > 0)
}
