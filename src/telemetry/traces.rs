//! OpenTelemetry traces, sent by OTLP over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`. Without this
//! variable there are no traces. The other standard variables (`OTEL_SERVICE_NAME`,
//! `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_…`) have their usual effect.
//!
//! When the collector does not answer, traces wait in a queue of limited length and are dropped
//! when it is full; requests are not affected.

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

use super::{TelemetryError, request::RequestSummary, request_record::operation_name};

/// The longest time to send the remaining traces at shutdown.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Returns whether this process sends traces.
pub fn are_on() -> bool {
    PROVIDER.get().is_some()
}

/// Returns the layer that turns spans into traces; `None` when no traces are sent.
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
    let exporter = RuntimeExporter {
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

/// Returns whether the standard variables turn traces on.
fn is_wanted() -> bool {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let has_endpoint = variable("OTEL_EXPORTER_OTLP_ENDPOINT")
        .or_else(|| variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
        .is_some();
    let disabled = variable("OTEL_SDK_DISABLED")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || variable("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    has_endpoint && !disabled
}

/// Selects Torg's own spans, and the events of SQL statements, which have the text without values
/// and the duration.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    match metadata.is_span() {
        true => metadata.target().starts_with("torg"),
        false => metadata.target() == "sqlx::query",
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

/// An exporter that sends in the process's runtime. The SDK calls it in a thread without a
/// runtime, which the HTTP client needs.
#[derive(Debug)]
struct RuntimeExporter {
    exporter: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
    failing: AtomicBool,
}

impl SpanExporter for RuntimeExporter {
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
                "cannot send traces to OTEL_EXPORTER_OTLP_ENDPOINT; traces are dropped until it answers"
            );
        }
        self.failing.store(failed, Ordering::Relaxed);
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        // There is no other reference yet: nothing has been sent.
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}

/// Sends the remaining traces at shutdown, for at most 1 second.
pub async fn flush() {
    let Some(provider) = PROVIDER.get() else {
        return;
    };
    let flushed = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(FLUSH_TIMEOUT));
    // The process exits even when the traces could not be sent.
    let _ = tokio::time::timeout(FLUSH_TIMEOUT, flushed).await;
}

/// Makes a request's span part of the trace in its `traceparent` header (W3C Trace Context).
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
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

/// Adds the result of a completed request to its span.
pub fn end_request(
    span: &Span,
    request: &RequestSummary,
    method: &str,
    route: &'static str,
    status: Option<u16>,
) {
    if !are_on() {
        return;
    }
    let name = match &request.operation {
        Some(operation) => format!("{} {operation}", request.kind.as_str()),
        None => format!("{method} {route}"),
    };
    span.context().span().update_name(name);
    span.set_attribute("http.request.method", method.to_owned());
    span.set_attribute("http.route", route);
    if let Some(status) = status {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
    span.set_attribute("torg.actor", request.actor);
    if !request.codes.is_empty() {
        span.set_attribute("error.type", request.codes.join(" "));
    }
}

/// Runs a GraphQL operation in its own span.
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

/// Runs a request to the search engine in its own span.
pub async fn search<T>(request: &'static str, work: impl Future<Output = T>) -> T {
    if !are_on() {
        return work.await;
    }
    work.instrument(tracing::info_span!("search", request))
        .await
}

/// Runs a job in its own trace.
pub(super) async fn job<T>(task: &'static str, work: impl Future<Output = T>) -> T {
    if !are_on() {
        return work.await;
    }
    work.instrument(tracing::info_span!(parent: None, "job", task))
        .await
}
