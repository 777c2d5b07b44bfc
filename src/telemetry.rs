//! How a running Torg is seen: its log, its metrics, its traces. Never what people write, ask for or prove themselves
//! with: a request is told by its id, its operation's name, the kind of its actor, how it ended and how long it took.
//!
//! - [`record`]: what is noted of a request while it runs; anything that serves it may note something.
//! - [`meters`]: what is counted and timed; [`prometheus`] describes and renders it.
//! - [`traces`]: OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` says to whom.

pub mod meters;
pub mod operations;
pub mod prometheus;
pub mod record;
pub mod traces;

use std::{fmt, str::FromStr};

use tracing::{Event, Subscriber, field};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{LevelFilter, Targets},
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

pub use record::{actor, refused};

/// What the log's lines are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line, for programs.
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

/// How the process is seen.
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// What the log's lines are.
    pub format: LogFormat,
    /// Where metrics are served: a host and a port; `None`: nowhere, and nothing is counted.
    pub metrics: Option<String>,
}

/// It could not be begun.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TelemetryError(String);

impl TelemetryError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Begins log, metrics and traces of this process, within its runtime. `TORG_LOG` says what is logged, else `filter`.
pub fn start(telemetry: &Telemetry, filter: &str) -> Result<(), TelemetryError> {
    if telemetry.metrics.is_some() {
        prometheus::install()?;
    }
    let waits = telemetry.metrics.as_ref().map(|_| {
        let acquired = Targets::new().with_target(ACQUIRED, LevelFilter::DEBUG);
        Waits.with_filter(acquired)
    });
    let filter = EnvFilter::try_from_env("TORG_LOG").unwrap_or_else(|_| EnvFilter::new(filter));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
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

/// What the pool of connections logs under, and the field that says how long one waited.
const ACQUIRED: &str = "sqlx::pool::acquire";
const ACQUIRED_AFTER: &str = "acquired_after_secs";

/// Times how long connections are waited for: the pool says so in its log only.
struct Waits;

impl<S: Subscriber> Layer<S> for Waits {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Seconds;
        impl field::Visit for Seconds {
            fn record_f64(&mut self, field: &field::Field, value: f64) {
                if field.name() == ACQUIRED_AFTER {
                    meters::waited_for_connection(value);
                }
            }
            fn record_debug(&mut self, _: &field::Field, _: &dyn fmt::Debug) {}
        }
        event.record(&mut Seconds);
    }
}
