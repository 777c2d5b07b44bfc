//! The single thread that changes indexes. It applies the tasks in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use milli_core::Index;
use serde_json::{Map, Value, json};

use super::EngineState;
use super::error::{ApiError, ApiResult};
use super::indexing::Indexer;
use super::tasks::{DocumentChange, QueuedTask, TaskOutcome, TaskWork};

/// Maximum number of tasks in one transaction. More would gain nothing and delay the first result.
const BATCH_TASKS: usize = 100;
/// Maximum size of the documents in one transaction, which are in memory until it commits.
const BATCH_BYTES: usize = 8 << 20;

/// Starts the writer thread. It ends when [`Tasks::stop`](super::tasks::Tasks::stop) is called.
pub(super) fn start(state: Arc<EngineState>) -> std::io::Result<JoinHandle<()>> {
    let stopping = Arc::clone(&state);
    let must_stop = Box::new(move || stopping.tasks.is_stopping());
    let indexer = Indexer::new(must_stop).map_err(std::io::Error::other)?;
    std::thread::Builder::new()
        .name("search-writer".to_owned())
        .spawn(move || {
            while let Some(batch) = state.tasks.take(may_join) {
                let done = apply(&state, &indexer, &batch);
                state.tasks.finish(done);
            }
        })
}

/// Returns whether `next` can join the transaction of `batch`: both change documents of one index
/// in the same way, within the limits of size.
fn may_join(batch: &[QueuedTask], next: &QueuedTask) -> bool {
    let Some(first) = batch.first() else {
        return false;
    };
    let alike = match (&first.work, &next.work) {
        (
            TaskWork::Documents(DocumentChange::Add {
                primary_key: one, ..
            }),
            TaskWork::Documents(DocumentChange::Add {
                primary_key: other, ..
            }),
        ) => one == other,
        (
            TaskWork::Documents(DocumentChange::Delete(_)),
            TaskWork::Documents(DocumentChange::Delete(_)),
        ) => true,
        _ => false,
    };
    let bytes: usize = batch.iter().map(|task| bytes_of(&task.work)).sum();
    alike
        && first.index_uid == next.index_uid
        && batch.len() < BATCH_TASKS
        && bytes + bytes_of(&next.work) <= BATCH_BYTES
}

fn bytes_of(work: &TaskWork) -> usize {
    match work {
        TaskWork::Documents(DocumentChange::Add { payload, .. }) => payload.len(),
        TaskWork::Documents(DocumentChange::Delete(ids)) => ids.iter().map(String::len).sum(),
        _ => 0,
    }
}

fn apply(state: &EngineState, indexer: &Indexer, batch: &[QueuedTask]) -> Vec<TaskOutcome> {
    let documents: Vec<&DocumentChange> = batch
        .iter()
        .filter_map(|task| match &task.work {
            TaskWork::Documents(work) => Some(work),
            _ => None,
        })
        .collect();
    let Some(first) = batch.first() else {
        return Vec::new();
    };
    if documents.is_empty() {
        return batch
            .iter()
            .map(|task| done(task.uid, guarded(|| apply_one(state, indexer, task))))
            .collect();
    }
    match guarded(|| apply_documents(state, indexer, &first.index_uid, &documents)) {
        Ok(outcomes) => batch
            .iter()
            .zip(outcomes)
            .map(|(task, outcome)| done(task.uid, outcome))
            .collect(),
        // A document that the engine refuses late fails the whole transaction. Applying the tasks
        // one by one finds the task it belongs to.
        Err(_) if documents.len() > 1 => batch
            .chunks(1)
            .flat_map(|single| apply(state, indexer, single))
            .collect(),
        Err(error) => vec![done(first.uid, Err(error))],
    }
}

/// Runs `work` and returns a panic of the engine as an error.
fn guarded<T>(work: impl FnOnce() -> ApiResult<T>) -> ApiResult<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ApiError::internal("a task panicked")))
}

fn done(uid: u32, outcome: ApiResult<Value>) -> TaskOutcome {
    let (details, error) = match outcome {
        Ok(Value::Object(details)) => (details, None),
        Ok(_) => (Map::new(), None),
        Err(error) => (Map::new(), Some(error)),
    };
    TaskOutcome {
        uid,
        details,
        error,
    }
}

fn apply_documents(
    state: &EngineState,
    indexer: &Indexer,
    uid: &str,
    works: &[&DocumentChange],
) -> ApiResult<Vec<ApiResult<Value>>> {
    let adds = works
        .iter()
        .any(|work| matches!(work, DocumentChange::Add { .. }));
    let index = if adds {
        get_or_create(state, uid)?
    } else {
        state.store.get(uid)?
    };
    let counts = indexer
        .change_documents(&index, works)
        .map_err(|error| ApiError::about_index(uid, error))?;
    let details = |(work, count): (&&DocumentChange, Result<u64, _>)| match (work, count) {
        (_, Err(error)) => Err(ApiError::from(error)),
        (DocumentChange::Add { .. }, Ok(count)) => Ok(json!({ "indexedDocuments": count })),
        (DocumentChange::Delete(_), Ok(count)) => Ok(json!({ "deletedDocuments": count })),
    };
    Ok(works.iter().zip(counts).map(details).collect())
}

/// Applies a task in its own transaction.
fn apply_one(state: &EngineState, indexer: &Indexer, task: &QueuedTask) -> ApiResult<Value> {
    let uid = task.index_uid.as_str();
    let about = |error| ApiError::about_index(uid, error);
    match &task.work {
        TaskWork::CreateIndex { primary_key } => {
            let index = state.store.create(uid)?;
            let set = |key: &String| indexer.set_primary_key(&index, key).map_err(about);
            primary_key.as_ref().map_or(Ok(()), set)?;
        }
        TaskWork::Swap(pairs) => {
            state.store.swap(pairs)?;
            state.tasks.follow_swap(task.uid, pairs);
        }
        TaskWork::Settings(changes) => {
            indexer
                .change_settings(&get_or_create(state, uid)?, changes)
                .map_err(about)?;
        }
        work => return Ok(json!({ "deletedDocuments": delete(state, indexer, uid, work)? })),
    }
    Ok(json!({}))
}

/// Applies a task that deletes; returns how many documents it deleted.
fn delete(state: &EngineState, indexer: &Indexer, uid: &str, work: &TaskWork) -> ApiResult<u64> {
    let about = |error| ApiError::about_index(uid, error);
    let index = state.store.get(uid)?;
    match work {
        TaskWork::DeleteIndex => {
            let reading = index.read_txn()?;
            let documents = index.number_of_documents(&reading)?;
            drop(reading);
            state.store.delete(uid)?;
            Ok(documents)
        }
        TaskWork::DeleteByFilter(filter) => {
            let deleted = indexer.delete_by_filter(&index, filter).map_err(about);
            deleted.map_err(ApiError::about_documents)
        }
        _ => Err(ApiError::internal(
            "a task without a deletion reached the deletion of documents",
        )),
    }
}

/// Returns the index that a task writes to, and creates it when it does not exist.
fn get_or_create(state: &EngineState, uid: &str) -> ApiResult<Index> {
    match state.store.get(uid) {
        Err(error) if error.code == "index_not_found" => state.store.create(uid),
        found => found,
    }
}
