//! Traces, sent by OTLP over HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says; nothing without it. The standard's other
//! variables (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_…`) hold too.
//!
//! A collector that does not answer costs nothing but its own traces: they wait in a queue of bounded length, and are
//! dropped when it is full.

use std::{
    env,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::http::HeaderMap;
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tokio::runtime::Handle;
use tracing::{Instrument, Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use super::{
    TelemetryError,
    record::{Told, operation_name},
};

/// How long the last traces may take to be sent.
const FLUSH: Duration = Duration::from_secs(1);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Is anything traced?
pub fn are_on() -> bool {
    PROVIDER.get().is_some()
}

/// Turns spans into traces, if they are wanted.
pub(super) fn layer<S>() -> Result<Option<impl Layer<S>>, TelemetryError>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    if !is_wanted() {
        return Ok(None);
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .build()
        .map_err(|error| TelemetryError::new(format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}")))?;
    let exporter = Sender {
        exporter: Arc::new(exporter),
        runtime: Handle::current(),
        failing: AtomicBool::new(false),
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource())
        .build();
    let tracer = provider.tracer("torg");
    PROVIDER.get_or_init(|| provider);
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false);
    Ok(Some(layer.with_filter(filter_fn(is_traced))))
}

/// By the standard's variables.
fn is_wanted() -> bool {
    let said = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let somewhere = said("OTEL_EXPORTER_OTLP_ENDPOINT")
        .or_else(|| said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
        .is_some();
    let off = said("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || said("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    somewhere && !off
}

/// Our own spans, and the database's statements (their text, which has no values in it, and how long they took).
fn is_traced(what: &Metadata<'_>) -> bool {
    match what.is_span() {
        true => what.target().starts_with("torg"),
        false => what.target() == "sqlx::query",
    }
}

fn resource() -> Resource {
    let named = env::var("OTEL_SERVICE_NAME").is_ok_and(|name| !name.is_empty())
        || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|all| all.contains("service.name="));
    let resource = Resource::builder();
    match named {
        true => resource.build(),
        false => resource.with_service_name("torg").build(),
    }
}

/// Sends in the process's own runtime: the batches are handed over in a thread that has none, which the HTTP client needs.
#[derive(Debug)]
struct Sender {
    exporter: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
    failing: AtomicBool,
}

impl SpanExporter for Sender {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let exporter = self.exporter.clone();
        let sent = self
            .runtime
            .spawn(async move { exporter.export(batch).await });
        let sent = sent
            .await
            .unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string())));
        let failed = sent.is_err();
        if failed && !self.failing.swap(failed, Ordering::Relaxed) {
            tracing::warn!(
                "traces cannot be sent to OTEL_EXPORTER_OTLP_ENDPOINT; they are dropped until they can"
            );
        }
        self.failing.store(failed, Ordering::Relaxed);
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        // Nothing is sent yet, so that nobody else has it.
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}

/// Sends what is left, for a moment at most.
pub async fn finish() {
    let Some(provider) = PROVIDER.get() else {
        return;
    };
    let flushed = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(FLUSH));
    // Whether it went well or not, the process ends.
    let _ = tokio::time::timeout(FLUSH, flushed).await;
}

/// The trace that a request belongs to, as its `traceparent` says (W3C Trace Context).
pub fn continued(span: &Span, headers: &HeaderMap) {
    struct Headers<'a>(&'a HeaderMap);
    impl Extractor for Headers<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.get(key).and_then(|value| value.to_str().ok())
        }
        fn keys(&self) -> Vec<&str> {
            self.0.keys().map(|name| name.as_str()).collect()
        }
    }
    if are_on() {
        let parent = TraceContextPropagator::new().extract(&Headers(headers));
        // An error means that the span is not recorded.
        let _ = span.set_parent(parent);
        span.record("otel.kind", "server");
    }
}

/// Says in a request's trace how it ended.
pub fn ended(span: &Span, told: &Told, method: &str, route: &'static str, status: Option<u16>) {
    if !are_on() {
        return;
    }
    let name = match &told.operation {
        Some(operation) => format!("{} {operation}", told.kind.as_str()),
        None => format!("{method} {route}"),
    };
    span.context().span().update_name(name);
    span.set_attribute("http.request.method", method.to_owned());
    span.set_attribute("http.route", route);
    if let Some(status) = status {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
    span.set_attribute("torg.actor", told.actor);
    if !told.codes.is_empty() {
        span.set_attribute("error.type", told.codes.join(" "));
    }
}

/// Runs a GraphQL operation in a span of its own.
pub async fn operation<T>(work: impl Future<Output = T>) -> T {
    if !are_on() {
        return work.await;
    }
    let name = operation_name();
    let span = tracing::info_span!(
        "operation",
        graphql.operation.name = name.as_deref().unwrap_or_default()
    );
    work.instrument(span).await
}

/// Runs a request to the search engine in a span of its own.
pub async fn search<T>(request: &'static str, work: impl Future<Output = T>) -> T {
    if !are_on() {
        return work.await;
    }
    work.instrument(tracing::info_span!("search", request))
        .await
}

/// Runs a job in a trace of its own.
pub(super) async fn job<T>(task: &'static str, work: impl Future<Output = T>) -> T {
    if !are_on() {
        return work.await;
    }
    work.instrument(tracing::info_span!(parent: None, "job", task))
        .await
}
