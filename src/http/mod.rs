//! What the outside meets over HTTP: the GraphQL endpoint (requests, and sockets for subscriptions), documents, the explorer, health.

mod documents;
pub mod explorer;
mod graphql;
mod health;
mod identity;
mod socket;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, Method, StatusCode, header},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{Any, CorsLayer},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use crate::{
    auth::token::Verifier,
    graphql::{Backend, Schema, schema},
};

pub use explorer::ExplorerTab;
pub use socket::{SocketLimits, Sockets};

/// Where GraphQL is served.
pub const GRAPHQL_PATH: &str = "/graphql";
/// The header that says for which of their organisations a person acts: an organisation's ID.
pub const ACTING_FOR: HeaderName = HeaderName::from_static("torg-acting-for");
/// The header that names a request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The largest request body, in bytes; a document may be larger.
pub const BODY_LIMIT: usize = 1 << 20;
/// The longest a request may take; up- and downloads have limits of their own.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What every request needs.
pub(crate) struct Shared {
    pub schema: Schema,
    pub backend: Backend,
    pub verifier: Verifier,
    /// Tokens' issuer: with the subject it names a person.
    pub issuer: String,
    /// Those that are open.
    pub sockets: Sockets,
}

/// Everything Torg serves. Whoever ends the process closes the sockets.
pub fn router(
    backend: Backend,
    verifier: Verifier,
    issuer: String,
    tabs: Vec<ExplorerTab>,
    sockets: Sockets,
) -> Router {
    let shared = Arc::new(Shared {
        schema: schema(backend.clone()),
        backend,
        verifier,
        issuer,
        sockets,
    });
    // Any web page may ask: who acts is said by a bearer token, which no browser adds by itself.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT_LANGUAGE,
            ACTING_FOR,
        ]);
    let graphql = Router::new()
        .route(GRAPHQL_PATH, get(graphql::get).post(graphql::post))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(cors);
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .merge(graphql)
        .with_state(shared.clone())
        .merge(explorer::router(tabs, GRAPHQL_PATH))
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .merge(documents::router(shared))
        .layer(CatchPanicLayer::new())
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

/// A request's span: its method, path and id; never its query string, headers or body.
fn span(request: &axum::http::Request<axum::body::Body>) -> tracing::Span {
    let id = request
        .headers()
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}
