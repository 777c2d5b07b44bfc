//! Maintenance of the indexes: documents of changed objects, settings, rebuilding, comparing with
//! the database.
//!
//! # Why no committed change is missing from an index
//!
//! Every change enqueues an index job in its transaction, and a job is retried until it succeeds.
//! These rules make the last document that the engine receives for an object the newest one:
//!
//! 1. **One writer of an object at a time** ([`lock::Turn`]). A writer locks its objects, reads
//!    the database, sends the documents, and releases the locks once the engine has accepted them.
//!    Meilisearch processes its tasks in the order in which it received them. So the document that
//!    was read last is written last: a job that read before a newer commit cannot overwrite the
//!    newer document, because it holds the lock until its own document is accepted.
//! 2. **Two indexes during a rebuild.** From the announcement of a rebuild to its end, each job
//!    writes to the live index and to the next one. A job that did not see the announcement had
//!    ended before the rebuild read its first object, so the rebuild reads that job's change.
//!    Everything else follows from rule 1, which the rebuild obeys as well.
//! 3. **No writer during the swap.** The indexes are swapped while no job is between its two
//!    writes. Later jobs see no announcement, and write to what is then the live index.
//! 4. **A lost lock fails the work.** The locks end with their database connection. A job commits
//!    its locking transaction, and a rebuild releases its locks, after the engine has accepted the
//!    tasks; if that fails, the job is retried, and the rebuild is repeated.

use std::{future::Future, time::Duration};

use meilisearch_sdk::{settings::Settings, task_info::TaskInfo, tasks::Task};
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::{SearchClient, SearchError};
use crate::kernel::clock::Clock;

pub(super) mod check;
pub(super) mod lock;
pub(super) mod rebuild;
mod settings;
pub(super) mod write;

/// Maximum number of documents of a request.
pub const BATCH: usize = 500;
/// Maximum duration of a task of the engine.
const TASK_TIMEOUT: Duration = Duration::from_secs(120);

/// An index: its settings, and how its documents are made.
pub(super) trait IndexKind {
    /// Name of the index.
    const NAME: &'static str;
    /// Number of the index in the locks of its writers.
    const LOCKS: i32;
    /// A document of the index.
    type Document: Serialize + Send + Sync;

    /// Returns the settings of the index.
    fn settings() -> Settings;

    /// Returns the ID of a document: a UUID without dashes.
    fn id(document: &Self::Document) -> &str;

    /// Loads the IDs of the next objects that may have a document, at most [`BATCH`].
    fn ids_after(
        pool: &PgPool,
        after: Uuid,
    ) -> impl Future<Output = Result<Vec<Uuid>, sqlx::Error>> + Send;

    /// Makes the documents of these objects. An object that the public may not read has none.
    fn documents(
        pool: &PgPool,
        clock: &Clock,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<Vec<Self::Document>, SearchError>> + Send;
}

/// Returns whether the index exists with its current settings. Changes nothing.
pub(super) async fn is_current<K: IndexKind>(client: &SearchClient) -> Result<bool, SearchError> {
    let state = settings::state(client, K::NAME, &K::settings()).await?;
    Ok(matches!(state, settings::State::UpToDate))
}

/// Waits for a task of the engine. Returns an error if the task failed, which the SDK reports as
/// success.
async fn finish(client: &SearchClient, task: TaskInfo) -> Result<(), SearchError> {
    let interval = Duration::from_millis(5);
    match task
        .wait_for_completion(client, Some(interval), Some(TASK_TIMEOUT))
        .await?
    {
        Task::Succeeded { .. } => Ok(()),
        Task::Failed { content } => Err(SearchError::Task(content.error.to_string())),
        _ => Err(SearchError::Task(
            "the task did not end within 120 seconds".into(),
        )),
    }
}
