//! The one thread that changes indexes: it applies the tasks in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use milli_core::Index;
use serde_json::{Map, Value, json};

use super::Shared;
use super::error::{ApiError, Outcome};
use super::indexing::Indexer;
use super::tasks::{DocumentWork, Done, Taken, Work};

/// Tasks that may share a transaction: more of them gain nothing, and hold the first one's result back.
const BATCH_TASKS: usize = 100;
/// Bytes of documents that may share a transaction: they are in memory until it is committed.
const BATCH_BYTES: usize = 8 << 20;

/// Starts the writer. It ends when the tasks are stopped.
pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<JoinHandle<()>> {
    let stopping = Arc::clone(&shared);
    let must_stop = Box::new(move || stopping.tasks.is_stopping());
    let indexer = Indexer::new(must_stop).map_err(std::io::Error::other)?;
    std::thread::Builder::new()
        .name("search-writer".to_owned())
        .spawn(move || {
            while let Some(batch) = shared.tasks.take(may_join) {
                let done = apply(&shared, &indexer, &batch);
                shared.tasks.finish(done);
            }
        })
}

/// Whether `next` may be applied in the transaction of the batch before it: changes of documents of the same index.
fn may_join(batch: &[Taken], next: &Taken) -> bool {
    let Some(first) = batch.first() else {
        return false;
    };
    let alike = match (&first.work, &next.work) {
        (
            Work::Documents(DocumentWork::Add {
                primary_key: one, ..
            }),
            Work::Documents(DocumentWork::Add {
                primary_key: other, ..
            }),
        ) => one == other,
        (Work::Documents(DocumentWork::Delete(_)), Work::Documents(DocumentWork::Delete(_))) => {
            true
        }
        _ => false,
    };
    let bytes: usize = batch.iter().map(|taken| bytes_of(&taken.work)).sum();
    alike
        && first.index_uid == next.index_uid
        && batch.len() < BATCH_TASKS
        && bytes + bytes_of(&next.work) <= BATCH_BYTES
}

fn bytes_of(work: &Work) -> usize {
    match work {
        Work::Documents(DocumentWork::Add { payload, .. }) => payload.len(),
        Work::Documents(DocumentWork::Delete(ids)) => ids.iter().map(String::len).sum(),
        _ => 0,
    }
}

fn apply(shared: &Shared, indexer: &Indexer, batch: &[Taken]) -> Vec<Done> {
    let documents: Vec<&DocumentWork> = batch
        .iter()
        .filter_map(|taken| match &taken.work {
            Work::Documents(work) => Some(work),
            _ => None,
        })
        .collect();
    let Some(first) = batch.first() else {
        return Vec::new();
    };
    if documents.is_empty() {
        return batch
            .iter()
            .map(|taken| done(taken.uid, guarded(|| apply_one(shared, indexer, taken))))
            .collect();
    }
    match guarded(|| apply_documents(shared, indexer, &first.index_uid, &documents)) {
        Ok(outcomes) => batch
            .iter()
            .zip(outcomes)
            .map(|(taken, outcome)| done(taken.uid, outcome))
            .collect(),
        // One document that the engine refuses late fails the transaction of all: find out whose it was.
        Err(_) if documents.len() > 1 => batch
            .chunks(1)
            .flat_map(|single| apply(shared, indexer, single))
            .collect(),
        Err(error) => vec![done(first.uid, Err(error))],
    }
}

/// Turns a panic of the engine into a failure of the task.
fn guarded<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(ApiError::internal("a task panicked")))
}

fn done(uid: u32, outcome: Outcome<Value>) -> Done {
    let (details, error) = match outcome {
        Ok(Value::Object(details)) => (details, None),
        Ok(_) => (Map::new(), None),
        Err(error) => (Map::new(), Some(error)),
    };
    Done {
        uid,
        details,
        error,
    }
}

fn apply_documents(
    shared: &Shared,
    indexer: &Indexer,
    uid: &str,
    works: &[&DocumentWork],
) -> Outcome<Vec<Outcome<Value>>> {
    let adds = works
        .iter()
        .any(|work| matches!(work, DocumentWork::Add { .. }));
    let index = if adds {
        get_or_create(shared, uid)?
    } else {
        shared.store.get(uid)?
    };
    let counts = indexer
        .change_documents(&index, works)
        .map_err(|error| ApiError::about_index(uid, error))?;
    let details = |(work, count): (&&DocumentWork, Result<u64, _>)| match (work, count) {
        (_, Err(error)) => Err(ApiError::from(error)),
        (DocumentWork::Add { .. }, Ok(count)) => Ok(json!({ "indexedDocuments": count })),
        (DocumentWork::Delete(_), Ok(count)) => Ok(json!({ "deletedDocuments": count })),
    };
    Ok(works.iter().zip(counts).map(details).collect())
}

/// Applies a task that has a transaction of its own.
fn apply_one(shared: &Shared, indexer: &Indexer, taken: &Taken) -> Outcome<Value> {
    let uid = taken.index_uid.as_str();
    let about = |error| ApiError::about_index(uid, error);
    match &taken.work {
        Work::CreateIndex { primary_key } => {
            let index = shared.store.create(uid)?;
            let set = |key: &String| indexer.set_primary_key(&index, key).map_err(about);
            primary_key.as_ref().map_or(Ok(()), set)?;
        }
        Work::UpdateIndex {
            primary_key,
            new_uid,
        } => {
            let index = shared.store.get(uid)?;
            let set = |key: &String| indexer.set_primary_key(&index, key).map_err(about);
            primary_key.as_ref().map_or(Ok(()), set)?;
            new_uid
                .as_ref()
                .map_or(Ok(()), |new_uid| shared.store.rename(uid, new_uid))?;
        }
        Work::Swap(pairs) => {
            shared.store.swap(pairs)?;
            shared.tasks.follow_swap(taken.uid, pairs);
        }
        Work::Settings(changes) => {
            indexer
                .change_settings(&get_or_create(shared, uid)?, changes)
                .map_err(about)?;
        }
        Work::CancelTasks(uids) => {
            return Ok(json!({ "canceledTasks": shared.tasks.cancel(uids, taken.uid) }));
        }
        Work::DeleteTasks(uids) => return Ok(json!({ "deletedTasks": shared.tasks.delete(uids) })),
        work => return Ok(json!({ "deletedDocuments": delete(shared, indexer, uid, work)? })),
    }
    Ok(json!({}))
}

/// Applies a task that deletes; gives how many documents are gone.
fn delete(shared: &Shared, indexer: &Indexer, uid: &str, work: &Work) -> Outcome<u64> {
    let about = |error| ApiError::about_index(uid, error);
    let index = shared.store.get(uid)?;
    match work {
        Work::DeleteIndex => {
            let reading = index.read_txn()?;
            let documents = index.number_of_documents(&reading)?;
            drop(reading);
            shared.store.delete(uid)?;
            Ok(documents)
        }
        Work::ClearDocuments => indexer.clear(&index).map_err(about),
        Work::DeleteByFilter(filter) => {
            let deleted = indexer.delete_by_filter(&index, filter).map_err(about);
            deleted.map_err(ApiError::about_documents)
        }
        _ => Err(ApiError::internal(
            "a task that does not delete was taken for one that does",
        )),
    }
}

/// The index that a task writes to, made where it is not there.
fn get_or_create(shared: &Shared, uid: &str) -> Outcome<Index> {
    match shared.store.get(uid) {
        Err(error) if error.code == "index_not_found" => shared.store.create(uid),
        found => found,
    }
}
