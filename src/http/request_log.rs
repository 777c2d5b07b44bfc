//! Observability of each request: its log line, its metrics and its trace.
//!
//! A request is identified by its route, never by its path or query string, which the client
//! chooses.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use async_graphql::{Response as GraphqlResponse, Value};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use tracing::{Instrument, Span, field::Empty};

use super::{
    GRAPHQL_PATH, REQUEST_ID, ShutdownGate, chain_keys, error_codes, headers, response::Media,
    schema_document,
};
use crate::{
    document,
    telemetry::{
        meters,
        request::{Completion, RequestKind},
        request_record::{self, RequestRecord},
        traces,
    },
    tender,
};

/// The actor of a request that is not authenticated yet.
const UNIDENTIFIED: &str = "UNIDENTIFIED";
/// Maximum number of bytes of a request id that a client sends.
const ID_LIMIT: usize = 64;

/// Removes an `x-request-id` that is not a valid id, because the id is logged and returned; and
/// reduces `Accept-Encoding` to gzip, the only coding that the server uses.
pub fn normalize_headers(mut request: Request) -> std::future::Ready<Request> {
    let is_id = |id: &HeaderValue| {
        let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=ID_LIMIT).contains(&id.len()) && id.as_bytes().iter().all(letter)
    };
    if !request.headers().get(REQUEST_ID).is_some_and(is_id) {
        request.headers_mut().remove(REQUEST_ID);
    }
    // A client that refuses the identity coding receives it anyway (allowed by RFC 9110 §12.5.3):
    // a refusal after a mutation ran would hide its result.
    match headers::accepts_gzip(request.headers()) {
        true => request
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        false => request.headers_mut().remove(header::ACCEPT_ENCODING),
    };
    std::future::ready(request)
}

/// Serves a request and reports it. During shutdown every request but a health check is refused.
pub async fn log_request(request: Request, next: Next) -> Response {
    let (route, kind) = route(request.uri().path(), request.headers());
    let gate = request.extensions().get::<ShutdownGate>().cloned();
    let id = id(request.headers()).to_owned();
    let method = method(request.method());
    let span = tracing::info_span!("request", id, method, route, otel.kind = Empty);
    traces::continue_trace(&span, request.headers());
    let mut served = ServedRequest {
        record: RequestRecord::new(kind, UNIDENTIFIED),
        span: span.clone(),
        id,
        method,
        route,
        status: None,
        _in_flight: meters::in_flight(),
    };
    let _in_flight = gate.as_ref().map(ShutdownGate::enter);
    let draining = kind != RequestKind::Health && gate.is_some_and(|gate| gate.is_draining());
    let record = served.record.clone();
    let work = async {
        let response = match draining {
            true => shutting_down(),
            false => next.run(request).await,
        };
        // A health check that reports a failure is itself no failure.
        if kind != RequestKind::Health {
            record_missing_code(response.status());
        }
        response
    };
    let response = record.scope(work).instrument(span).await;
    served.status = Some(response.status().as_u16());
    response
}

/// Returns the name of a method; an unknown method, which the client chooses, is `_OTHER` (as in
/// OpenTelemetry's conventions).
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "_OTHER",
    }
}

/// Returns the route of a path, and the kind of request.
fn route(path: &str, headers: &HeaderMap) -> (&'static str, RequestKind) {
    match path {
        GRAPHQL_PATH if headers::is_websocket_upgrade(headers) => {
            (GRAPHQL_PATH, RequestKind::Socket)
        }
        GRAPHQL_PATH => (GRAPHQL_PATH, RequestKind::Graphql),
        "/health/live" => ("/health/live", RequestKind::Health),
        "/health/ready" => ("/health/ready", RequestKind::Health),
        "/" => ("/", RequestKind::Other),
        schema_document::PATH => (schema_document::PATH, RequestKind::Other),
        chain_keys::PATH => (chain_keys::PATH, RequestKind::Other),
        document::PATH => (document::PATH, RequestKind::Document),
        tender::document::PATH => (tender::document::PATH, RequestKind::Document),
        path if path.starts_with(document::PATH) => ("/documents/{id}", RequestKind::Document),
        _ => ("other", RequestKind::Other),
    }
}

fn id(headers: &HeaderMap) -> &str {
    let id = headers.get(REQUEST_ID);
    id.and_then(|id| id.to_str().ok()).unwrap_or_default()
}

/// Returns the refusal of a request that arrives during shutdown.
fn shutting_down() -> Response {
    let message = "The server is restarting. Send the request again.";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut response = Media::Json.refusal(status, "SHUTTING_DOWN", message);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Notes a code for a failed response that has none.
fn record_missing_code(status: StatusCode) {
    let code = match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => "TIMEOUT",
        StatusCode::SERVICE_UNAVAILABLE => "TIMEOUT",
        status if status.is_server_error() => "INTERNAL",
        _ => return,
    };
    request_record::record_error_unless_any(code);
}

/// A request that is being served. It is reported when this value is dropped, which also happens
/// when the client disconnects.
struct ServedRequest {
    record: RequestRecord,
    span: Span,
    id: String,
    method: &'static str,
    route: &'static str,
    status: Option<u16>,
    _in_flight: meters::GaugeGuard,
}

impl Drop for ServedRequest {
    fn drop(&mut self) {
        let summary = self.record.summary();
        let completion = summary.completion(self.status);
        meters::request(&summary, completion);
        let method = self.method;
        traces::end_request(&self.span, &summary, method, self.route, self.status);
        let (operation, codes) = (summary.operation.as_deref(), summary.codes.join(" "));
        let (ms, status) = (milliseconds(summary.duration), self.status);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "torg::request",
                    id = self.id,
                    method,
                    route = self.route,
                    kind = summary.kind.as_str(),
                    operation,
                    actor = summary.actor,
                    status,
                    outcome = completion.as_str(),
                    codes = (!codes.is_empty()).then_some(codes.as_str()),
                    ms,
                    "finished"
                )
            };
        }
        match summary.kind {
            // Load balancers send health checks every few seconds.
            RequestKind::Health => line!(debug),
            _ => line!(info),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1e5).round() / 1e2
}

/// The responses of a subscription. The subscription is reported when this value is dropped.
pub struct Subscription {
    responses: BoxStream<'static, GraphqlResponse>,
    record: RequestRecord,
    id: String,
    events: u64,
    completed: bool,
    _running: meters::GaugeGuard,
}

/// Wraps the responses of a subscription. `upgrade` has the headers of the request that opened the
/// socket.
pub fn log_subscription(
    actor: &'static str,
    upgrade: &HeaderMap,
    responses: BoxStream<'static, GraphqlResponse>,
) -> Subscription {
    Subscription {
        responses,
        record: RequestRecord::new(RequestKind::Subscription, actor),
        id: id(upgrade).to_owned(),
        events: 0,
        completed: false,
        _running: meters::subscribed(),
    }
}

impl Stream for Subscription {
    type Item = GraphqlResponse;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<GraphqlResponse>> {
        let this = self.get_mut();
        let responses = &mut this.responses;
        let response = this.record.within(|| responses.poll_next_unpin(context));
        let response = ready!(response);
        match &response {
            None => this.completed = true,
            Some(response) => {
                this.record.within(|| error_codes::record(&response.errors));
                if response.data != Value::Null {
                    this.events += 1;
                    meters::delivered();
                }
            }
        }
        Poll::Ready(response)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let summary = self.record.summary();
        // Most subscriptions end because the client completes them or disconnects.
        let completion = match summary.completion(Some(200)) {
            Completion::Ok if !self.completed => Completion::Cancelled,
            completion => completion,
        };
        meters::subscription(&summary, completion);
        let (operation, codes) = (summary.operation.as_deref(), summary.codes.join(" "));
        tracing::info!(
            target: "torg::request",
            id = self.id,
            kind = summary.kind.as_str(),
            operation,
            actor = summary.actor,
            outcome = completion.as_str(),
            codes = (!codes.is_empty()).then_some(codes.as_str()),
            events = self.events,
            ms = milliseconds(summary.duration),
            "finished"
        );
    }
}
