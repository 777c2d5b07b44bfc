//! What is counted and timed. Where no metrics are served all of it does nothing. What is told often has its handle from the
//! first time on.

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use ::metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{
    operations,
    record::{Kind, Outcome, Told},
};

/// A gauge that is one higher while this lives.
pub struct Held(&'static Gauge);

impl Held {
    fn new(gauge: &'static Gauge) -> Self {
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// A request is being served while this lives.
pub fn in_flight() -> Held {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_requests_in_flight"));
    Held::new(&GAUGE)
}

/// A request waits for its turn while this lives.
pub fn queued() -> Held {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_requests_queued"));
    Held::new(&GAUGE)
}

/// A subscription runs while this lives.
pub fn subscribed() -> Held {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_subscriptions"));
    Held::new(&GAUGE)
}

/// Events were delivered to one who listens.
pub fn delivered() {
    static COUNTER: LazyLock<Counter> = LazyLock::new(|| counter!("torg_events_delivered_total"));
    COUNTER.increment(1);
}

/// Handles by operation, kind and outcome, each made when it is first needed.
struct Table {
    handles: Vec<OnceLock<Histogram>>,
    name: &'static str,
}

impl Table {
    fn new(name: &'static str) -> Self {
        let size = (operations::KNOWN.len() + 1) * Kind::ALL.len() * Outcome::ALL.len();
        let handles = (0..size).map(|_| OnceLock::new()).collect();
        Self { handles, name }
    }

    fn time(&self, told: &Told, outcome: Outcome) {
        let operation = operations::place(told.operation.as_deref());
        let place = (operation * Kind::ALL.len() + told.kind as usize) * Outcome::ALL.len()
            + outcome as usize;
        let make = || {
            let (operation, kind) = (operations::name(operation), told.kind.as_str());
            histogram!(self.name, "operation" => operation, "kind" => kind, "outcome" => outcome.as_str())
        };
        if let Some(handle) = self.handles.get(place) {
            handle.get_or_init(make).record(told.duration.as_secs_f64());
        }
    }
}

/// A request was answered, or its client went away.
pub fn request(told: &Told, outcome: Outcome) {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new("torg_request_duration_seconds"));
    TABLE.time(told, outcome);
}

/// A subscription ended.
pub fn subscription(told: &Told, outcome: Outcome) {
    static TABLE: LazyLock<Table> =
        LazyLock::new(|| Table::new("torg_subscription_duration_seconds"));
    TABLE.time(told, outcome);
}

/// The different codes that refusals are counted by. They are ours, and fewer; this holds should one ever be a client's.
const REASONS: usize = 200;

/// Something was refused or failed.
pub fn refused(code: &str) {
    static COUNTERS: LazyLock<RwLock<HashMap<String, Counter>>> = LazyLock::new(RwLock::default);
    const NAME: &str = "torg_refusals_total";
    let counters = COUNTERS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(counter) = counters.get(code) {
        return counter.increment(1);
    }
    let full = counters.len() >= REASONS;
    drop(counters);
    if full {
        return counter!(NAME, "reason" => "other").increment(1);
    }
    let mut counters = COUNTERS.write().unwrap_or_else(PoisonError::into_inner);
    let make = || counter!(NAME, "reason" => code.to_owned());
    counters
        .entry(code.to_owned())
        .or_insert_with(make)
        .increment(1);
}

/// A connection to the database was waited for.
pub fn waited_for_connection(seconds: f64) {
    static HISTOGRAM: LazyLock<Histogram> =
        LazyLock::new(|| histogram!("torg_database_wait_seconds"));
    HISTOGRAM.record(seconds);
}

/// No connection to the database was free in time.
pub fn no_connection() {
    static COUNTER: LazyLock<Counter> =
        LazyLock::new(|| counter!("torg_database_wait_timeouts_total"));
    COUNTER.increment(1);
}

/// What the search engine is asked.
#[derive(Clone, Copy, Debug)]
pub enum SearchRequest {
    /// A search.
    Search,
    /// A change of documents.
    Documents,
    /// Anything else: settings, tasks, its health.
    Other,
}

impl SearchRequest {
    /// By the address that is asked.
    pub fn of(url: &str) -> Self {
        let path = url.split_once('?').map_or(url, |(path, _)| path);
        if path.ends_with("/search") || path.ends_with("/multi-search") {
            return Self::Search;
        }
        match path.contains("/documents") {
            true => Self::Documents,
            false => Self::Other,
        }
    }

    /// Its name in metrics and traces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Documents => "documents",
            Self::Other => "other",
        }
    }
}

/// The search engine answered, or failed to.
pub fn searched(request: SearchRequest, worked: bool, took: Duration) {
    static HANDLES: LazyLock<[OnceLock<Histogram>; 6]> = LazyLock::new(Default::default);
    let handle = HANDLES.get(request as usize * 2 + usize::from(worked));
    let outcome = if worked { Outcome::Ok } else { Outcome::Failed };
    let make = || {
        let (request, outcome) = (request.as_str(), outcome.as_str());
        histogram!("torg_search_duration_seconds", "request" => request, "outcome" => outcome)
    };
    if let Some(handle) = handle {
        handle.get_or_init(make).record(took.as_secs_f64());
    }
}

/// Runs a job, which is timed and traced. One that is dropped before its end was interrupted.
pub async fn job(
    task: &'static str,
    work: impl Future<Output = Result<(), String>>,
) -> Result<(), String> {
    let mut run = Run {
        task,
        begun: Instant::now(),
        outcome: Outcome::Cancelled,
    };
    let result = super::traces::job(task, work).await;
    run.outcome = match result {
        Ok(()) => Outcome::Ok,
        Err(_) => Outcome::Failed,
    };
    result
}

struct Run {
    task: &'static str,
    begun: Instant,
    outcome: Outcome,
}

impl Drop for Run {
    fn drop(&mut self) {
        let (task, outcome) = (self.task, self.outcome.as_str());
        // Jobs take milliseconds: finding the handle is nothing beside.
        histogram!("torg_job_duration_seconds", "task" => task, "outcome" => outcome)
            .record(self.begun.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_search_is_asked_is_told_by_its_address() {
        for (url, expected) in [
            ("http://a/indexes/procurements/search", "search"),
            ("http://a/multi-search", "search"),
            ("http://a/indexes/procurements/documents", "documents"),
            ("http://a/indexes/p/documents?primaryKey=id", "documents"),
            ("http://a/health", "other"),
            ("http://a/tasks/1?q=/search", "other"),
        ] {
            assert_eq!(SearchRequest::of(url).as_str(), expected, "{url}");
        }
    }
}
