//! The metrics, described and rendered: Prometheus' text format 0.0.4.

use std::{sync::OnceLock, time::Duration};

use ::metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::TelemetryError;

/// The media type of what [`render`] gives.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Seconds between which durations are told apart.
const SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];
/// What was counted is gathered as often, whether or not anybody asks for it.
const UPKEEP: Duration = Duration::from_secs(5);

static RENDERER: OnceLock<PrometheusHandle> = OnceLock::new();

/// What a metric is.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Durations, in buckets.
    Histogram,
}

use Form::{Counter, Gauge, Histogram};

/// All metrics, with their help.
pub const METRICS: &[(&str, Form, &str)] = &[
    (
        "torg_build_info",
        Gauge,
        "1, labelled with the version that runs.",
    ),
    (
        "torg_request_duration_seconds",
        Histogram,
        "HTTP requests by operation (its name if schema/operations has it, else `other`), kind and outcome.",
    ),
    (
        "torg_requests_in_flight",
        Gauge,
        "HTTP requests that are being served.",
    ),
    (
        "torg_requests_queued",
        Gauge,
        "HTTP requests that wait for their turn.",
    ),
    (
        "torg_refusals_total",
        Counter,
        "Errors by the code that clients were told: limits, tokens, timeouts, failures.",
    ),
    ("torg_sockets", Gauge, "WebSockets that are open."),
    ("torg_subscriptions", Gauge, "Subscriptions that run."),
    (
        "torg_subscription_duration_seconds",
        Histogram,
        "Subscriptions that ended, by operation, kind and outcome.",
    ),
    (
        "torg_events_delivered_total",
        Counter,
        "Events delivered to those who listen.",
    ),
    (
        "torg_database_connections",
        Gauge,
        "Connections by pool (what serves, what works beside) and state (idle, used).",
    ),
    (
        "torg_database_connections_limit",
        Gauge,
        "Connections that a pool may have.",
    ),
    (
        "torg_database_wait_seconds",
        Histogram,
        "Waits of more than a millisecond for a connection, until one is free or opened.",
    ),
    (
        "torg_database_wait_timeouts_total",
        Counter,
        "Requests that got no connection in time.",
    ),
    (
        "torg_search_duration_seconds",
        Histogram,
        "Requests to the search engine, by what was asked (search, documents, other) and outcome.",
    ),
    (
        "torg_jobs",
        Gauge,
        "Jobs in the queue by state: waiting, scheduled, taken, failed (for good).",
    ),
    (
        "torg_jobs_oldest_seconds",
        Gauge,
        "How long the job that is due longest has waited.",
    ),
    (
        "torg_job_duration_seconds",
        Histogram,
        "Runs of jobs by task and outcome.",
    ),
    (
        "process_resident_memory_bytes",
        Gauge,
        "Memory of the process.",
    ),
    (
        "process_open_fds",
        Gauge,
        "Files and sockets that the process has open.",
    ),
];

/// From here on it is counted, for this process.
pub(super) fn install() -> Result<(), TelemetryError> {
    let durations = Matcher::Suffix("_seconds".to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(durations, &SECONDS)
        .map_err(TelemetryError::new)?
        .build_recorder();
    let renderer = recorder.handle();
    ::metrics::set_global_recorder(recorder).map_err(TelemetryError::new)?;
    for (name, form, help) in METRICS {
        match form {
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

/// Is anything counted?
pub fn is_on() -> bool {
    RENDERER.get().is_some()
}

/// All metrics as they are now; nothing where nothing is counted.
pub fn render() -> String {
    let Some(renderer) = RENDERER.get() else {
        return String::new();
    };
    process();
    renderer.render()
}

/// What the system says of this process; nothing where it does not say it as Linux does.
fn process() {
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
