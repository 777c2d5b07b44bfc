//! Each request, seen from outside of all that serves it: its line in the log, its measures, its trace. It is told by its
//! route, never by its path or query string, which are the client's words.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures::{Stream, StreamExt, stream::BoxStream};
use tracing::{Instrument, Span, field::Empty};

use super::{Door, GRAPHQL_PATH, REQUEST_ID, answer::Media, lists, socket};
use crate::{
    document,
    telemetry::{
        self, meters,
        record::{Kind, Outcome, Record},
        traces,
    },
};

/// Before it is known who asks.
const UNIDENTIFIED: &str = "UNIDENTIFIED";
/// The longest request id that is taken from a client.
const ID_LIMIT: usize = 64;

/// Takes a client's `x-request-id` only if it is one: it is logged, and answered. Of the codings it takes, ours.
pub fn tame(mut request: Request) -> std::future::Ready<Request> {
    let is_id = |id: &HeaderValue| {
        let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=ID_LIMIT).contains(&id.len()) && id.as_bytes().iter().all(letter)
    };
    if !request.headers().get(REQUEST_ID).is_some_and(is_id) {
        request.headers_mut().remove(REQUEST_ID);
    }
    // Without another coding the answer is sent as it is, whatever was said of that (RFC 9110 §12.5.3): what was done is
    // told. Were it refused, it would be too late.
    let gzip = lists::taken(request.headers(), header::ACCEPT_ENCODING)
        .any(|(coding, _)| coding.eq_ignore_ascii_case("gzip"));
    match gzip {
        true => request
            .headers_mut()
            .insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        false => request.headers_mut().remove(header::ACCEPT_ENCODING),
    };
    std::future::ready(request)
}

/// Serves a request and tells of it. While the process ends it is refused.
pub async fn observe(request: Request, next: Next) -> Response {
    let (route, kind) = route(request.uri().path(), request.headers());
    let door = request.extensions().get::<Door>().cloned();
    let id = id(request.headers()).to_owned();
    let method = method(request.method());
    let span = tracing::info_span!("request", id, method, route, otel.kind = Empty);
    traces::continued(&span, request.headers());
    let mut seen = Seen {
        record: Record::new(kind, UNIDENTIFIED),
        span: span.clone(),
        id,
        method,
        route,
        status: None,
        _in_flight: meters::in_flight(),
    };
    let _entered = door.as_ref().map(Door::enter);
    let closing = kind != Kind::Health && door.is_some_and(|door| door.is_closing());
    let record = seen.record.clone();
    let answer = async {
        let response = match closing {
            true => going_away(),
            false => next.run(request).await,
        };
        // That something is missing is a good answer to whether something is.
        if kind != Kind::Health {
            explain(response.status());
        }
        response
    };
    let response = record.scope(answer).instrument(span).await;
    seen.status = Some(response.status().as_u16());
    response
}

/// A method by its name; what is none that we know is the client's word (as OpenTelemetry has it).
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

/// The route of a path, and what kind of request that is.
fn route(path: &str, headers: &HeaderMap) -> (&'static str, Kind) {
    match path {
        GRAPHQL_PATH if socket::is_asked_for(headers) => (GRAPHQL_PATH, Kind::Socket),
        GRAPHQL_PATH => (GRAPHQL_PATH, Kind::Graphql),
        "/health/live" => ("/health/live", Kind::Health),
        "/health/ready" => ("/health/ready", Kind::Health),
        "/" => ("/", Kind::Other),
        document::PATH => (document::PATH, Kind::Document),
        path if path.starts_with(document::PATH) => ("/documents/{id}", Kind::Document),
        _ => ("other", Kind::Other),
    }
}

fn id(headers: &HeaderMap) -> &str {
    let id = headers.get(REQUEST_ID);
    id.and_then(|id| id.to_str().ok()).unwrap_or_default()
}

/// The process ends: on a connection that was kept, or one made in the last moment.
fn going_away() -> Response {
    let message = "The server restarts. Send the request again.";
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let mut response = Media::Json.refusal(status, "SHUTTING_DOWN", message);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A failure that nobody gave a code has one in the log and the measures.
fn explain(status: StatusCode) {
    let code = match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => "TIMEOUT",
        StatusCode::SERVICE_UNAVAILABLE => "TIMEOUT",
        status if status.is_server_error() => "INTERNAL",
        _ => return,
    };
    telemetry::record::refused_otherwise(code);
}

/// Notes the codes of an answer's errors.
pub fn errors(errors: &[ServerError]) {
    let mut codes: Vec<&str> = errors.iter().map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().for_each(telemetry::refused);
}

/// An error's code; one without is the library's.
fn code(error: &ServerError) -> &str {
    let extensions = error.extensions.as_ref();
    match extensions.and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code,
        _ if error.path.is_empty() => "VALIDATION_FAILED",
        _ => "BAD_INPUT",
    }
}

/// A request that is being served; told of when this is dropped, which a client that goes away does too.
struct Seen {
    record: Record,
    span: Span,
    id: String,
    method: &'static str,
    route: &'static str,
    status: Option<u16>,
    _in_flight: meters::Held,
}

impl Drop for Seen {
    fn drop(&mut self) {
        let told = self.record.told();
        let outcome = told.outcome(self.status);
        meters::request(&told, outcome);
        let method = self.method;
        traces::ended(&self.span, &told, method, self.route, self.status);
        let (operation, codes) = (told.operation.as_deref(), told.codes.join(" "));
        let (ms, status) = (milliseconds(told.duration), self.status);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "torg::request",
                    id = self.id,
                    method,
                    route = self.route,
                    kind = told.kind.as_str(),
                    operation,
                    actor = told.actor,
                    status,
                    outcome = outcome.as_str(),
                    codes = (!codes.is_empty()).then_some(codes.as_str()),
                    ms,
                    "finished"
                )
            };
        }
        match told.kind {
            // Asked for every few seconds, by machines.
            Kind::Health => line!(debug),
            _ => line!(info),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1e5).round() / 1e2
}

/// The answers of a subscription, which is told of when it ends.
pub struct Subscription {
    answers: BoxStream<'static, GraphqlResponse>,
    record: Record,
    id: String,
    events: u64,
    completed: bool,
    _running: meters::Held,
}

/// Watches over a subscription, on the socket that was upgraded by a request with these headers.
pub fn subscription(
    actor: &'static str,
    upgrade: &HeaderMap,
    answers: BoxStream<'static, GraphqlResponse>,
) -> Subscription {
    Subscription {
        answers,
        record: Record::new(Kind::Subscription, actor),
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
        let answers = &mut this.answers;
        let answer = this.record.within(|| answers.poll_next_unpin(context));
        let answer = ready!(answer);
        match &answer {
            None => this.completed = true,
            Some(answer) => {
                this.record.within(|| errors(&answer.errors));
                if answer.data != Value::Null {
                    this.events += 1;
                    meters::delivered();
                }
            }
        }
        Poll::Ready(answer)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let told = self.record.told();
        // Most end because their client has heard enough, or its connection does.
        let outcome = match told.outcome(Some(200)) {
            Outcome::Ok if !self.completed => Outcome::Cancelled,
            outcome => outcome,
        };
        meters::subscription(&told, outcome);
        let (operation, codes) = (told.operation.as_deref(), told.codes.join(" "));
        tracing::info!(
            target: "torg::request",
            id = self.id,
            kind = told.kind.as_str(),
            operation,
            actor = told.actor,
            outcome = outcome.as_str(),
            codes = (!codes.is_empty()).then_some(codes.as_str()),
            events = self.events,
            ms = milliseconds(told.duration),
            "finished"
        );
    }
}
