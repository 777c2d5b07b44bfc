//! The descriptions of all metrics, and their rendering in Prometheus' text format 0.0.4.

use std::{sync::OnceLock, time::Duration};

use ::metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::TelemetryError;

/// The media type of [`render`]'s result.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];
/// The time between two aggregations of the recorded values. Without them the values of a process
/// whose metrics are never read would fill the memory.
const UPKEEP: Duration = Duration::from_secs(5);

static RENDERER: OnceLock<PrometheusHandle> = OnceLock::new();

/// The type of a metric.
#[derive(Clone, Copy, Debug)]
pub enum MetricType {
    /// A number that only grows.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Durations, counted in buckets.
    Histogram,
}

use MetricType::{Counter, Gauge, Histogram};

/// All metrics: name, type and help text.
pub const METRICS: &[(&str, MetricType, &str)] = &[
    (
        "torg_build_info",
        Gauge,
        "Always 1; the label `version` is the running version.",
    ),
    (
        "torg_request_duration_seconds",
        Histogram,
        "Duration of HTTP requests by operation (its name in schema/operations, else `other`), \
         kind and outcome.",
    ),
    (
        "torg_requests_in_flight",
        Gauge,
        "HTTP requests that are running.",
    ),
    (
        "torg_requests_queued",
        Gauge,
        "HTTP requests that wait for admission.",
    ),
    (
        "torg_refusals_total",
        Counter,
        "Errors by the code that the client received: limits, tokens, timeouts, failures.",
    ),
    ("torg_sockets", Gauge, "Open WebSockets."),
    ("torg_subscriptions", Gauge, "Running subscriptions."),
    (
        "torg_subscription_duration_seconds",
        Histogram,
        "Duration of completed subscriptions by operation, kind and outcome.",
    ),
    (
        "torg_events_delivered_total",
        Counter,
        "Events delivered to subscribers.",
    ),
    (
        "torg_database_connections",
        Gauge,
        "Database connections by pool (`serving`: requests; `beside`: background work) and state \
         (idle, used).",
    ),
    (
        "torg_database_connections_limit",
        Gauge,
        "Maximum number of connections of a pool.",
    ),
    (
        "torg_database_wait_seconds",
        Histogram,
        "Waits of more than a millisecond until a database connection is free or opened.",
    ),
    (
        "torg_database_wait_timeouts_total",
        Counter,
        "Requests that got no database connection in time.",
    ),
    (
        "torg_clock_skew_seconds",
        Gauge,
        "How far the process's clock is ahead of the database's, which decides; negative if behind.",
    ),
    (
        "torg_search_duration_seconds",
        Histogram,
        "Duration of requests to the search engine by kind (search, documents, other) and outcome.",
    ),
    (
        "torg_jobs",
        Gauge,
        "Jobs in the queue by task and state: waiting, scheduled, taken (running), failed \
         (permanently).",
    ),
    (
        "torg_jobs_oldest_seconds",
        Gauge,
        "Time in seconds for which the oldest due job has waited.",
    ),
    (
        "torg_openings_overdue",
        Gauge,
        "Openings of tenders that were requested more than 5 minutes ago and are not done.",
    ),
    (
        "torg_job_duration_seconds",
        Histogram,
        "Duration of job runs by task and outcome.",
    ),
    (
        "process_resident_memory_bytes",
        Gauge,
        "Resident memory of the process in bytes.",
    ),
    (
        "process_open_fds",
        Gauge,
        "Open files and sockets of the process.",
    ),
];

/// Installs the recorder of this process; describes all metrics.
pub(super) fn install() -> Result<(), TelemetryError> {
    let durations = Matcher::Suffix("_seconds".to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(durations, &BUCKETS)
        .map_err(TelemetryError::new)?
        .build_recorder();
    let renderer = recorder.handle();
    ::metrics::set_global_recorder(recorder).map_err(TelemetryError::new)?;
    for (name, metric_type, help) in METRICS {
        match metric_type {
            Counter => describe_counter!(*name, *help),
            Gauge => describe_gauge!(*name, *help),
            Histogram => describe_histogram!(*name, *help),
        }
    }
    gauge!("torg_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    let upkeep = renderer.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    RENDERER.get_or_init(|| renderer);
    Ok(())
}

/// Returns whether this process serves metrics.
pub fn is_on() -> bool {
    RENDERER.get().is_some()
}

/// Returns all metrics as text; an empty text in a process that serves none.
pub fn render() -> String {
    let Some(renderer) = RENDERER.get() else {
        return String::new();
    };
    measure_process();
    renderer.render()
}

/// Sets the gauges of the process from `/proc`, which exists on Linux only.
fn measure_process() {
    if let Some(kilobytes) = resident_kilobytes() {
        gauge!("process_resident_memory_bytes").set(kilobytes * 1024.0);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(open.count() as f64);
    }
}

fn resident_kilobytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
