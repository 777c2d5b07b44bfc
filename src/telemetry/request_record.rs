//! What is recorded about a request, or a subscription, while it runs.
//!
//! The record belongs to the task that serves the request, so that any code on the way can add to
//! it without a parameter. Outside of a request the functions of this module do nothing, except
//! that errors are counted.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tracing::Instrument;

use super::{
    meters,
    request::{RequestKind, RequestSummary},
};

/// Maximum number of characters of an operation's name in the log. The grammar allows only
/// letters, digits and `_`.
const NAME_LIMIT: usize = 64;
/// Maximum number of distinct error codes that are recorded for one response.
const CODE_LIMIT: usize = 8;

/// What is recorded about one request. Cheap to clone.
#[derive(Clone)]
pub struct RequestRecord {
    begun: Instant,
    fields: Arc<Mutex<Fields>>,
}

struct Fields {
    operation: Option<String>,
    kind: RequestKind,
    actor: &'static str,
    codes: Vec<String>,
}

tokio::task_local! {
    static CURRENT: RequestRecord;
}

impl RequestRecord {
    /// Returns the record of a request that begins now. `actor` holds until the actor is known.
    pub fn new(kind: RequestKind, actor: &'static str) -> Self {
        let fields = Fields {
            operation: None,
            kind,
            actor,
            codes: Vec::new(),
        };
        Self {
            begun: Instant::now(),
            fields: Arc::new(Mutex::new(fields)),
        }
    }

    /// Runs a future with this as the current record.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// Runs a function with this as the current record.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self.clone(), work)
    }

    /// Returns what is recorded so far.
    pub fn summary(&self) -> RequestSummary {
        let fields = self.fields();
        RequestSummary {
            operation: fields.operation.clone(),
            kind: fields.kind,
            actor: fields.actor,
            codes: fields.codes.clone(),
            duration: self.begun.elapsed(),
        }
    }

    fn fields(&self) -> MutexGuard<'_, Fields> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn update_current(update: impl FnOnce(&mut Fields)) {
    // An error means that no request is served.
    let _ = CURRENT.try_with(|record| update(&mut record.fields()));
}

/// Records the operation: the first 64 characters of its name, and its kind.
pub fn record_operation(name: Option<&str>, kind: RequestKind) {
    update_current(|fields| {
        fields.operation = name.map(|name| name.chars().take(NAME_LIMIT).collect());
        fields.kind = kind;
    });
}

/// Returns the recorded name of the operation.
pub fn operation_name() -> Option<String> {
    CURRENT
        .try_with(|record| record.fields().operation.clone())
        .ok()
        .flatten()
}

/// Records the kind of actor.
pub fn record_actor(kind: &'static str) {
    update_current(|fields| fields.actor = kind);
}

/// Records and counts an error by the code that the client receives.
pub fn record_error(code: &str) {
    meters::refused(code);
    update_current(|fields| {
        if fields.codes.len() < CODE_LIMIT && !fields.codes.iter().any(|one| one == code) {
            fields.codes.push(code.to_owned());
        }
    });
}

/// Records and counts an error, unless the request already has one.
pub fn record_error_unless_any(code: &str) {
    let recorded = CURRENT.try_with(|record| !record.fields().codes.is_empty());
    if !recorded.unwrap_or_default() {
        record_error(code);
    }
}

/// Returns a future that keeps the current record and span, for a task of its own.
pub fn in_current_record<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let record = CURRENT.try_with(RequestRecord::clone).ok();
    let work = async move {
        match record {
            Some(record) => CURRENT.scope(record, work).await,
            None => work.await,
        }
    };
    work.in_current_span()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn code_that_serves_a_request_adds_to_its_record() {
        let record = RequestRecord::new(RequestKind::Graphql, "UNIDENTIFIED");
        record_error("OUTSIDE_OF_THE_REQUEST");
        let spawned = record
            .scope(async {
                record_operation(Some(&"Ö".repeat(500)), RequestKind::Query);
                record_actor("BUYER");
                record_error("FIRST");
                record_error("FIRST");
                tokio::spawn(in_current_record(async { record_error("SECOND") })).await
            })
            .await;
        assert!(spawned.is_ok());
        let summary = record.summary();
        assert_eq!(summary.operation, Some("Ö".repeat(NAME_LIMIT)));
        assert_eq!((summary.kind, summary.actor), (RequestKind::Query, "BUYER"));
        assert_eq!(summary.codes, ["FIRST", "SECOND"]);
    }
}
