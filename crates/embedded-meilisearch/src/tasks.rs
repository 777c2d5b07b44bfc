//! The queue of tasks and the history of finished tasks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::error::{ApiError, ApiResult};
use super::payload::Payload;
use super::settings::Change;

/// Maximum number of tasks in the history. The oldest finished tasks are removed first.
const MAX_HISTORY: usize = 10_000;

/// The `type` of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKind {
    DocumentAdditionOrUpdate,
    DocumentDeletion,
    SettingsUpdate,
    IndexCreation,
    IndexDeletion,
    IndexSwap,
}

impl TaskKind {
    pub fn name(self) -> &'static str {
        match self {
            TaskKind::DocumentAdditionOrUpdate => "documentAdditionOrUpdate",
            TaskKind::DocumentDeletion => "documentDeletion",
            TaskKind::SettingsUpdate => "settingsUpdate",
            TaskKind::IndexCreation => "indexCreation",
            TaskKind::IndexDeletion => "indexDeletion",
            TaskKind::IndexSwap => "indexSwap",
        }
    }
}

/// The `status` of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskStatus {
    Enqueued,
    Processing,
    Succeeded,
    Failed,
}

impl TaskStatus {
    pub const ALL: [TaskStatus; 4] = [
        TaskStatus::Enqueued,
        TaskStatus::Processing,
        TaskStatus::Succeeded,
        TaskStatus::Failed,
    ];

    pub fn name(self) -> &'static str {
        match self {
            TaskStatus::Enqueued => "enqueued",
            TaskStatus::Processing => "processing",
            TaskStatus::Succeeded => "succeeded",
            TaskStatus::Failed => "failed",
        }
    }

    pub fn is_finished(self) -> bool {
        !matches!(self, TaskStatus::Enqueued | TaskStatus::Processing)
    }
}

/// The work that the writer does for a task.
pub(super) enum TaskWork {
    CreateIndex {
        primary_key: Option<String>,
    },
    DeleteIndex,
    /// Pairs of index uids.
    Swap(Vec<(String, String)>),
    /// A change of documents, which can share a transaction with its neighbours in the queue.
    Documents(DocumentChange),
    DeleteByFilter(Value),
    Settings(Vec<Change>),
}

impl TaskWork {
    /// Returns the uids of the indexes that the work changes; `own` is the index it is enqueued
    /// for.
    fn indexes(&self, own: Option<&str>) -> Vec<String> {
        match self {
            TaskWork::Swap(pairs) => pairs
                .iter()
                .flat_map(|(left, right)| [left.clone(), right.clone()])
                .collect(),
            _ => own.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A change of documents that are given one by one.
pub(super) enum DocumentChange {
    /// Adds documents. Existing documents are replaced or, with `merge`, merged field by field.
    Add {
        payload: Payload,
        primary_key: Option<String>,
        merge: bool,
    },
    /// Deletes by document id.
    Delete(Vec<String>),
}

/// A task as `GET /tasks/N` shows it.
#[derive(Clone)]
pub(super) struct Task {
    pub uid: u32,
    pub batch: Option<u32>,
    pub index_uid: Option<String>,
    /// Uids of all indexes that the task changes, including those of a swap.
    pub indexes: Vec<String>,
    pub kind: TaskKind,
    pub status: TaskStatus,
    pub details: Map<String, Value>,
    pub error: Option<ApiError>,
    pub enqueued_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Task {
    /// Returns the task as `GET /tasks/UID` shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "uid": self.uid,
            "batchUid": self.batch,
            "indexUid": self.index_uid,
            "status": self.status.name(),
            "type": self.kind.name(),
            "canceledBy": null,
            "details": self.details,
            "error": self.error.as_ref().map(ApiError::to_json),
            "duration": self.started_at.zip(self.finished_at).map(|(start, end)| iso_duration(end - start)),
            "enqueuedAt": timestamp(self.enqueued_at),
            "startedAt": self.started_at.map(timestamp),
            "finishedAt": self.finished_at.map(timestamp),
        })
    }

    /// Returns the short form that answers the request which enqueued the task.
    fn summary(&self) -> Value {
        json!({
            "taskUid": self.uid,
            "indexUid": self.index_uid,
            "status": self.status.name(),
            "type": self.kind.name(),
            "enqueuedAt": timestamp(self.enqueued_at),
        })
    }
}

/// Formats a time by RFC 3339, in UTC with nanoseconds.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

fn iso_duration(span: chrono::TimeDelta) -> String {
    format!("PT{}.{:09}S", span.num_seconds(), span.subsec_nanos())
}

/// The outcome of one task: additions to its details, or its failure.
pub(super) struct TaskOutcome {
    pub uid: u32,
    pub details: Map<String, Value>,
    pub error: Option<ApiError>,
}

/// A task in the queue.
pub(super) struct QueuedTask {
    pub uid: u32,
    pub index_uid: String,
    pub work: TaskWork,
}

/// The queue and the history.
pub(super) struct Tasks {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next_uid: u32,
    next_batch: u32,
    all: BTreeMap<u32, Task>,
    queue: VecDeque<QueuedTask>,
    stopping: bool,
}

impl Tasks {
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        }
    }

    /// Puts a task into the queue and returns its summary. `details` are those known beforehand.
    pub fn enqueue(
        &self,
        kind: TaskKind,
        index_uid: Option<&str>,
        details: Value,
        work: TaskWork,
    ) -> Value {
        let mut state = self.lock();
        let uid = state.next_uid;
        state.next_uid += 1;
        let task = Task {
            uid,
            batch: None,
            index_uid: index_uid.map(str::to_owned),
            indexes: work.indexes(index_uid),
            kind,
            status: TaskStatus::Enqueued,
            details: match details {
                Value::Object(details) => details,
                _ => Map::new(),
            },
            error: None,
            enqueued_at: Utc::now(),
            started_at: None,
            finished_at: None,
        };
        let summary = task.summary();
        state.all.insert(uid, task);
        state.queue.push_back(QueuedTask {
            uid,
            index_uid: index_uid.unwrap_or_default().to_owned(),
            work,
        });
        self.changed.notify_one();
        summary
    }

    /// Waits for a task and returns it, together with the following tasks that can share its
    /// transaction: `joins` decides this for each. Returns `None` when the engine is closing.
    pub fn take(
        &self,
        joins: impl Fn(&[QueuedTask], &QueuedTask) -> bool,
    ) -> Option<Vec<QueuedTask>> {
        let mut state = self.lock();
        while state.queue.is_empty() && !state.stopping {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.stopping {
            return None;
        }
        let mut batch: Vec<QueuedTask> = state.queue.pop_front().into_iter().collect();
        while state.queue.front().is_some_and(|next| joins(&batch, next)) {
            batch.extend(state.queue.pop_front());
        }
        let batch_uid = state.next_batch;
        state.next_batch += 1;
        let now = Utc::now();
        for task in &batch {
            if let Some(task) = state.all.get_mut(&task.uid) {
                task.batch = Some(batch_uid);
                task.status = TaskStatus::Processing;
                task.started_at = Some(now);
            }
        }
        Some(batch)
    }

    /// Records the outcomes of tasks.
    pub fn finish(&self, outcomes: Vec<TaskOutcome>) {
        let mut state = self.lock();
        let now = Utc::now();
        for TaskOutcome {
            uid,
            details,
            error,
        } in outcomes
        {
            if let Some(task) = state.all.get_mut(&uid) {
                task.details.extend(details);
                if error.is_some() {
                    zero_counts(&mut task.details);
                }
                task.status = if error.is_some() {
                    TaskStatus::Failed
                } else {
                    TaskStatus::Succeeded
                };
                task.error = error;
                task.finished_at = Some(now);
            }
        }
        state.remove_oldest();
    }

    /// Renames the indexes of tasks before `swap`, so that each stays with its index after the
    /// swap.
    pub fn follow_swap(&self, swap: u32, pairs: &[(String, String)]) {
        let exchange = |uid: &mut String| {
            if let Some((left, right)) = pairs
                .iter()
                .find(|(left, right)| uid == left || uid == right)
            {
                *uid = if uid == left {
                    right.clone()
                } else {
                    left.clone()
                };
            }
        };
        for task in self.lock().all.range_mut(..swap).map(|(_, task)| task) {
            task.indexes
                .iter_mut()
                .chain(&mut task.index_uid)
                .for_each(exchange);
        }
    }

    pub fn get(&self, uid: u32) -> ApiResult<Task> {
        let found = self.lock().all.get(&uid).cloned();
        found.ok_or_else(|| ApiError::new("task_not_found", format!("Task `{uid}` not found.")))
    }

    /// Returns the tasks that `wanted` accepts, the newest first.
    pub fn list(&self, wanted: impl Fn(&Task) -> bool) -> Vec<Task> {
        self.lock()
            .all
            .values()
            .rev()
            .filter(|task| wanted(task))
            .cloned()
            .collect()
    }

    /// Returns whether a task of this index is being applied.
    pub fn is_indexing(&self, uid: &str) -> bool {
        let busy = |task: &Task| {
            task.status == TaskStatus::Processing && task.index_uid.as_deref() == Some(uid)
        };
        self.lock().all.values().rev().any(busy)
    }

    /// Makes the writer end after its current batch.
    pub fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    // A poisoned lock is safe to use: no change of the state can panic halfway.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove_oldest(&mut self) {
        let surplus = self.all.len().saturating_sub(MAX_HISTORY);
        let oldest: Vec<u32> = self
            .all
            .values()
            .filter(|task| task.status.is_finished())
            .map(|task| task.uid)
            .take(surplus)
            .collect();
        for uid in oldest {
            self.all.remove(&uid);
        }
    }
}

/// Sets the missing counts of a failed task to zero, because it changed nothing.
fn zero_counts(details: &mut Map<String, Value>) {
    for count in ["indexedDocuments", "deletedDocuments"] {
        if let Some(value) = details.get_mut(count)
            && value.is_null()
        {
            *value = json!(0);
        }
    }
}
