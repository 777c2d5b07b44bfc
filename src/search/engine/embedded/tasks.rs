//! The queue of tasks and the history of those that were done.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::error::{ApiError, Outcome};
use super::payload::Payload;
use super::settings::Change;

/// Finished tasks that are remembered; the oldest are forgotten first.
const REMEMBERED: usize = 10_000;

/// What a task does, as its `type` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    DocumentAdditionOrUpdate,
    DocumentDeletion,
    SettingsUpdate,
    IndexCreation,
    IndexDeletion,
    IndexUpdate,
    IndexSwap,
    TaskCancelation,
    TaskDeletion,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::DocumentAdditionOrUpdate,
        Kind::DocumentDeletion,
        Kind::SettingsUpdate,
        Kind::IndexCreation,
        Kind::IndexDeletion,
        Kind::IndexUpdate,
        Kind::IndexSwap,
        Kind::TaskCancelation,
        Kind::TaskDeletion,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::DocumentAdditionOrUpdate => "documentAdditionOrUpdate",
            Kind::DocumentDeletion => "documentDeletion",
            Kind::SettingsUpdate => "settingsUpdate",
            Kind::IndexCreation => "indexCreation",
            Kind::IndexDeletion => "indexDeletion",
            Kind::IndexUpdate => "indexUpdate",
            Kind::IndexSwap => "indexSwap",
            Kind::TaskCancelation => "taskCancelation",
            Kind::TaskDeletion => "taskDeletion",
        }
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Enqueued,
    Processing,
    Succeeded,
    Failed,
    Canceled,
}

impl Status {
    pub const ALL: [Status; 5] = [
        Status::Enqueued,
        Status::Processing,
        Status::Succeeded,
        Status::Failed,
        Status::Canceled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Status::Enqueued => "enqueued",
            Status::Processing => "processing",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::Canceled => "canceled",
        }
    }

    pub fn is_finished(self) -> bool {
        !matches!(self, Status::Enqueued | Status::Processing)
    }
}

/// The work of a task, for the writer.
pub(super) enum Work {
    CreateIndex {
        primary_key: Option<String>,
    },
    UpdateIndex {
        primary_key: Option<String>,
        new_uid: Option<String>,
    },
    DeleteIndex,
    /// Pairs of index uids.
    Swap(Vec<(String, String)>),
    /// Changes of documents that may share a transaction with their neighbours.
    Documents(DocumentWork),
    DeleteByFilter(Value),
    ClearDocuments,
    Settings(Vec<Change>),
    CancelTasks(Vec<u32>),
    DeleteTasks(Vec<u32>),
}

impl Work {
    /// Uids of the indexes the work is about, `own` being the one it is enqueued for.
    fn indexes(&self, own: Option<&str>) -> Vec<String> {
        match self {
            Work::Swap(pairs) => pairs
                .iter()
                .flat_map(|(left, right)| [left.clone(), right.clone()])
                .collect(),
            _ => own.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// A change of documents that are named one by one.
pub(super) enum DocumentWork {
    /// Adds documents; those that exist are replaced or, when `partial`, merged field by field.
    Add {
        payload: Payload,
        primary_key: Option<String>,
        partial: bool,
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
    /// Uids of all indexes the task is about: those of a swap too.
    pub indexes: Vec<String>,
    pub kind: Kind,
    pub status: Status,
    pub canceled_by: Option<u32>,
    pub details: Map<String, Value>,
    pub error: Option<ApiError>,
    pub enqueued_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Task {
    /// The task's JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "uid": self.uid,
            "batchUid": self.batch,
            "indexUid": self.index_uid,
            "status": self.status.name(),
            "type": self.kind.name(),
            "canceledBy": self.canceled_by,
            "details": self.details,
            "error": self.error.as_ref().map(ApiError::to_json),
            "duration": self.started_at.zip(self.finished_at).map(|(start, end)| iso_duration(end - start)),
            "enqueuedAt": timestamp(self.enqueued_at),
            "startedAt": self.started_at.map(timestamp),
            "finishedAt": self.finished_at.map(timestamp),
        })
    }

    /// The short form with which a request that enqueued the task is answered.
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

/// RFC 3339 in UTC with nanoseconds.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

fn iso_duration(span: chrono::TimeDelta) -> String {
    format!("PT{}.{:09}S", span.num_seconds(), span.subsec_nanos())
}

/// The outcome of one task: what it adds to the details, or why it failed.
pub(super) struct Done {
    pub uid: u32,
    pub details: Map<String, Value>,
    pub error: Option<ApiError>,
}

/// A task the writer took from the queue.
pub(super) struct Taken {
    pub uid: u32,
    pub index_uid: String,
    pub work: Work,
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
    queue: VecDeque<Taken>,
    stopping: bool,
}

impl Tasks {
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
        }
    }

    /// Puts a task into the queue and gives its summary. `details` is what is known of it beforehand.
    pub fn enqueue(
        &self,
        kind: Kind,
        index_uid: Option<&str>,
        details: Value,
        work: Work,
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
            status: Status::Enqueued,
            canceled_by: None,
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
        state.queue.push_back(Taken {
            uid,
            index_uid: index_uid.unwrap_or_default().to_owned(),
            work,
        });
        self.changed.notify_one();
        summary
    }

    /// Waits for work: the next task, and behind it the following ones for which `joins` says that they may share
    /// its transaction. `None` when the engine is closing.
    pub fn take(&self, joins: impl Fn(&[Taken], &Taken) -> bool) -> Option<Vec<Taken>> {
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
        let mut batch: Vec<Taken> = state.queue.pop_front().into_iter().collect();
        while state.queue.front().is_some_and(|next| joins(&batch, next)) {
            batch.extend(state.queue.pop_front());
        }
        let batch_uid = state.next_batch;
        state.next_batch += 1;
        let now = Utc::now();
        for taken in &batch {
            if let Some(task) = state.all.get_mut(&taken.uid) {
                task.batch = Some(batch_uid);
                task.status = Status::Processing;
                task.started_at = Some(now);
            }
        }
        Some(batch)
    }

    /// Records how tasks ended.
    pub fn finish(&self, outcomes: Vec<Done>) {
        let mut state = self.lock();
        let now = Utc::now();
        for Done {
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
                    Status::Failed
                } else {
                    Status::Succeeded
                };
                task.error = error;
                task.finished_at = Some(now);
            }
        }
        state.forget_oldest();
    }

    /// After a swap, the earlier tasks of an index are found under the uid it has now.
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

    /// Takes those of the tasks that still wait out of the queue; gives how many.
    pub fn cancel(&self, uids: &[u32], canceled_by: u32) -> usize {
        let mut state = self.lock();
        let before = state.queue.len();
        state.queue.retain(|taken| !uids.contains(&taken.uid));
        let canceled = before - state.queue.len();
        let now = Utc::now();
        for uid in uids {
            if let Some(task) = state
                .all
                .get_mut(uid)
                .filter(|task| task.status == Status::Enqueued)
            {
                task.status = Status::Canceled;
                task.canceled_by = Some(canceled_by);
                task.finished_at = Some(now);
                zero_counts(&mut task.details);
            }
        }
        canceled
    }

    /// Forgets those of the tasks that are finished; gives how many.
    pub fn delete(&self, uids: &[u32]) -> usize {
        let mut state = self.lock();
        let before = state.all.len();
        state
            .all
            .retain(|uid, task| !(uids.contains(uid) && task.status.is_finished()));
        before - state.all.len()
    }

    pub fn get(&self, uid: u32) -> Outcome<Task> {
        let found = self.lock().all.get(&uid).cloned();
        found.ok_or_else(|| ApiError::new("task_not_found", format!("Task `{uid}` not found.")))
    }

    /// The tasks that `wanted` lets through, the newest first.
    pub fn list(&self, wanted: impl Fn(&Task) -> bool) -> Vec<Task> {
        self.lock()
            .all
            .values()
            .rev()
            .filter(|task| wanted(task))
            .cloned()
            .collect()
    }

    /// Whether a task of this index is being applied.
    pub fn is_indexing(&self, uid: &str) -> bool {
        let busy = |task: &Task| {
            task.status == Status::Processing && task.index_uid.as_deref() == Some(uid)
        };
        self.lock().all.values().rev().any(busy)
    }

    /// Lets the writer end after what it is doing.
    pub fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    pub fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    // Each change of the state is complete before anything in it can panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_oldest(&mut self) {
        let surplus = self.all.len().saturating_sub(REMEMBERED);
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

/// A task that was not applied has changed nothing: the counts it would have filled in are zero.
fn zero_counts(details: &mut Map<String, Value>) {
    for count in [
        "indexedDocuments",
        "deletedDocuments",
        "canceledTasks",
        "deletedTasks",
    ] {
        if let Some(value) = details.get_mut(count)
            && value.is_null()
        {
            *value = json!(0);
        }
    }
}
