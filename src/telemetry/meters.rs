//! The counters, gauges and histograms. They do nothing in a process that serves no metrics.
//! Frequently used ones are looked up once.

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use ::metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use super::{
    operations,
    request::{Completion, RequestKind, RequestSummary},
};

/// Increments a gauge until it is dropped.
pub struct GaugeGuard(&'static Gauge);

impl GaugeGuard {
    fn new(gauge: &'static Gauge) -> Self {
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// Counts a request as running until the guard is dropped.
pub fn in_flight() -> GaugeGuard {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_requests_in_flight"));
    GaugeGuard::new(&GAUGE)
}

/// Counts a request as waiting until the guard is dropped.
pub fn queued() -> GaugeGuard {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_requests_queued"));
    GaugeGuard::new(&GAUGE)
}

/// Counts a subscription as running until the guard is dropped.
pub fn subscribed() -> GaugeGuard {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_subscriptions"));
    GaugeGuard::new(&GAUGE)
}

/// Counts an event that was delivered to a subscriber.
pub fn delivered() {
    static COUNTER: LazyLock<Counter> = LazyLock::new(|| counter!("torg_events_delivered_total"));
    COUNTER.increment(1);
}

/// Histograms by operation, kind and completion; each is created when it is first needed.
struct DurationTable {
    histograms: Vec<OnceLock<Histogram>>,
    name: &'static str,
}

impl DurationTable {
    fn new(name: &'static str) -> Self {
        let operations = operations::KNOWN.len() + 1;
        let size = operations * RequestKind::ALL.len() * Completion::ALL.len();
        let histograms = (0..size).map(|_| OnceLock::new()).collect();
        Self { histograms, name }
    }

    fn record(&self, request: &RequestSummary, completion: Completion) {
        let operation = operations::index(request.operation.as_deref());
        let index = (operation * RequestKind::ALL.len() + request.kind as usize)
            * Completion::ALL.len()
            + completion as usize;
        let create = || {
            let (operation, kind) = (operations::name(operation), request.kind.as_str());
            let outcome = completion.as_str();
            histogram!(self.name, "operation" => operation, "kind" => kind, "outcome" => outcome)
        };
        if let Some(histogram) = self.histograms.get(index) {
            let seconds = request.duration.as_secs_f64();
            histogram.get_or_init(create).record(seconds);
        }
    }
}

/// Records the duration of a completed request.
pub fn request(request: &RequestSummary, completion: Completion) {
    static TABLE: LazyLock<DurationTable> =
        LazyLock::new(|| DurationTable::new("torg_request_duration_seconds"));
    TABLE.record(request, completion);
}

/// Records the duration of a completed subscription.
pub fn subscription(subscription: &RequestSummary, completion: Completion) {
    static TABLE: LazyLock<DurationTable> =
        LazyLock::new(|| DurationTable::new("torg_subscription_duration_seconds"));
    TABLE.record(subscription, completion);
}

/// Maximum number of distinct codes that errors are counted by; further codes count as `other`.
/// Torg has fewer codes. The limit protects the metrics if a code ever came from a client.
const REASONS: usize = 200;

/// Counts an error by its code.
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
    counters
        .entry(code.to_owned())
        .or_insert_with(|| counter!(NAME, "reason" => code.to_owned()))
        .increment(1);
}

/// Records how long a request waited for a connection to the database.
pub fn waited_for_connection(seconds: f64) {
    static HISTOGRAM: LazyLock<Histogram> =
        LazyLock::new(|| histogram!("torg_database_wait_seconds"));
    HISTOGRAM.record(seconds);
}

/// Counts a request that got no connection to the database in time.
pub fn no_connection() {
    static COUNTER: LazyLock<Counter> =
        LazyLock::new(|| counter!("torg_database_wait_timeouts_total"));
    COUNTER.increment(1);
}

/// Sets how far the machine's clock is ahead of the database's, in seconds.
pub fn clock_skew(seconds: f64) {
    static GAUGE: LazyLock<Gauge> = LazyLock::new(|| gauge!("torg_clock_skew_seconds"));
    GAUGE.set(seconds);
}

/// The kind of a request to the search engine.
#[derive(Clone, Copy, Debug)]
pub enum SearchRequest {
    /// A search.
    Search,
    /// A change of documents.
    Documents,
    /// Any other request: settings, tasks, health.
    Other,
}

impl SearchRequest {
    /// Returns the kind of a request to this URL.
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

    /// Returns the kind's name in metrics and traces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Documents => "documents",
            Self::Other => "other",
        }
    }
}

/// Records the duration of a request to the search engine.
pub fn searched(request: SearchRequest, succeeded: bool, duration: Duration) {
    static HISTOGRAMS: LazyLock<[OnceLock<Histogram>; 6]> = LazyLock::new(Default::default);
    let histogram = HISTOGRAMS.get(request as usize * 2 + usize::from(succeeded));
    let completion = match succeeded {
        true => Completion::Ok,
        false => Completion::Failed,
    };
    let create = || {
        let (request, outcome) = (request.as_str(), completion.as_str());
        histogram!("torg_search_duration_seconds", "request" => request, "outcome" => outcome)
    };
    if let Some(histogram) = histogram {
        let seconds = duration.as_secs_f64();
        histogram.get_or_init(create).record(seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_request_is_classified_by_its_url() {
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
