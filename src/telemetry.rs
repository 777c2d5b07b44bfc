//! Observability: the log, the metrics and the traces.
//!
//! They contain a request's id, operation name, kind of actor, result and duration. They never
//! contain content, search terms or credentials.
//!
//! - [`request_record`]: what is recorded about a request while it runs; [`request`] has its types.
//! - [`meters`]: counters, gauges and histograms; [`prometheus`] describes and renders them.
//! - [`job_run`]: the metrics and the trace of a job.
//! - [`traces`]: OpenTelemetry traces, sent to `OTEL_EXPORTER_OTLP_ENDPOINT`.

pub mod job_run;
pub mod meters;
pub mod operations;
pub mod prometheus;
pub mod request;
pub mod request_record;
pub mod traces;

use std::{fmt, io::IsTerminal as _, str::FromStr};

use tracing::{Event, Subscriber, field};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    #[default]
    Text,
    /// One JSON object per line, for programs.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("give `text` or `json`".to_owned()),
        }
    }
}

/// Settings of the log and the metrics.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// The format of the log.
    pub format: LogFormat,
    /// Host and port where metrics are served; `None` when the process records no metrics.
    pub metrics: Option<String>,
}

/// The telemetry cannot start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TelemetryError(String);

impl TelemetryError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Starts the log, the metrics and the traces of this process. It must run within the runtime.
/// The variable `TORG_LOG` filters the log; without it `filter` does.
pub fn start(telemetry: &Telemetry, filter: &str) -> Result<(), TelemetryError> {
    if telemetry.metrics.is_some() {
        prometheus::install()?;
    }
    let waits = telemetry.metrics.as_ref().map(|_| {
        let acquired = Targets::new().with_target(ACQUIRE_TARGET, LevelFilter::DEBUG);
        ConnectionWaits.with_filter(acquired)
    });
    let filter = EnvFilter::try_from_env("TORG_LOG").unwrap_or_else(|_| EnvFilter::new(filter));
    // Colours are for a terminal only (https://no-color.org).
    let colours = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(colours)
        .with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match telemetry.format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_span_list(false);
            lines.with_filter(filter).boxed()
        }
    };
    tracing_subscriber::registry()
        .with(lines)
        .with(waits)
        .with(traces::layer()?)
        .try_init()
        .map_err(TelemetryError::new)
}

/// The log target of the connection pool.
const ACQUIRE_TARGET: &str = "sqlx::pool::acquire";
/// The log field with the seconds that a request waited for a connection.
const WAIT_FIELD: &str = "acquired_after_secs";

/// Records how long requests wait for a connection. The pool reports this only in its log.
struct ConnectionWaits;

impl<S: Subscriber> Layer<S> for ConnectionWaits {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Seconds;
        impl field::Visit for Seconds {
            fn record_f64(&mut self, field: &field::Field, value: f64) {
                if field.name() == WAIT_FIELD {
                    meters::waited_for_connection(value);
                }
            }
            fn record_debug(&mut self, _: &field::Field, _: &dyn fmt::Debug) {}
        }
        event.record(&mut Seconds);
    }
}
