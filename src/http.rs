//! The HTTP API: GraphQL over HTTP and WebSocket, documents, the GraphQL explorer, the schema
//! document, health checks and, on an address of its own, metrics.

mod address;
mod admission;
mod caching;
mod chain_keys;
mod concurrency;
mod connections;
mod documents;
mod error_codes;
pub mod explorer;
mod graphql;
mod headers;
mod health;
mod identity;
mod large_bodies;
mod metrics;
mod rate_limit;
mod repeat;
mod request_log;
mod response;
mod schema_document;
mod settings;
mod shutdown;
mod socket;
mod tender_write;
mod unread_body;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, Method, header},
    middleware::{self, Next, from_fn, map_request},
    response::Response,
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::CorsLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
};

use crate::{
    auth::identity_key::IdentityKey,
    auth::token::Verifier,
    graphql::{Backend, Documents, ExecutionSettings, Schema, schema},
    search::lease::LeaseStatus,
};

use address::Peer;
use identity::RateLimitKeyCache;
use large_bodies::LargeBodyLimiter;
use rate_limit::RateLimiter;

pub use crate::graphql::{Limits as OperationLimits, live::CostLimits};
pub use admission::{AdmissionLimits, AdmissionQueue};
pub use connections::{ConnectionLimits, Service, serve};
pub use explorer::ExplorerStep;
pub use health::{HealthSources, REPORTS};
pub use metrics::{MetricsSources, metrics_router};
pub use rate_limit::RateLimit;
pub use settings::{Origins, Settings, SettingsError, SubscriptionSettings};
pub use shutdown::ShutdownGate;
pub use socket::{SocketLimits, Sockets};

/// The path of the GraphQL endpoint.
pub const GRAPHQL_PATH: &str = "/graphql";
/// The request header with the global ID of the organisation that a person acts for.
pub const ACTING_FOR: HeaderName = HeaderName::from_static("torg-acting-for");
/// The header with the request's id in the log; the server takes it from the client or makes one.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What [`service`] needs in addition to the backend.
pub struct ServerOptions {
    /// Verifies access tokens.
    pub verifier: Verifier,
    /// Issuer of the access tokens; a person is identified by issuer and subject.
    pub issuer: String,
    /// Key of the hashes that recognise a person after an erasure.
    pub identity_key: IdentityKey,
    /// Steps that the explorer offers; without steps it opens an empty editor.
    pub steps: Vec<ExplorerStep>,
    /// The open WebSockets. The caller closes them at shutdown.
    pub sockets: Sockets,
    /// Whether the process holds the lease on the search of its database; `None` without a lease.
    pub lease: Option<LeaseStatus>,
    /// Limits and other settings.
    pub settings: Settings,
}

/// The state that all request handlers share.
pub(crate) struct AppState {
    pub schema: Schema,
    pub backend: Backend,
    pub verifier: Arc<Verifier>,
    pub issuer: String,
    pub identity_key: IdentityKey,
    pub sockets: Sockets,
    pub settings: Settings,
    pub documents: Documents,
    pub queue: AdmissionQueue,
    /// The rate limiter; `None` when requests are not limited.
    pub rates: Option<RateLimiter>,
    /// The rate limiter of the events of subscriptions; `None` when requests are not limited.
    pub events: Option<RateLimiter>,
    pub rate_limit_keys: RateLimitKeyCache,
    large_bodies: LargeBodyLimiter,
    lease: Option<LeaseStatus>,
    /// The running uploads of documents.
    pub uploads: documents::UploadShares,
}

impl AppState {
    fn new(
        backend: Backend,
        options: ServerOptions,
    ) -> Result<(Arc<Self>, Vec<ExplorerStep>), SettingsError> {
        let settings = options.settings;
        let documents = settings.documents()?;
        let execution = ExecutionSettings {
            limits: settings.operations,
            documents: documents.clone(),
            introspection: settings.introspection,
        };
        let state = Self {
            schema: schema(backend.clone(), execution),
            backend,
            verifier: Arc::new(options.verifier),
            issuer: options.issuer,
            identity_key: options.identity_key,
            sockets: options.sockets,
            lease: options.lease,
            documents,
            queue: AdmissionQueue::new(settings.queue),
            rates: settings.rate.map(RateLimiter::new),
            events: settings
                .rate
                .map(|_| RateLimiter::new(settings.subscriptions.events)),
            rate_limit_keys: RateLimitKeyCache::default(),
            large_bodies: LargeBodyLimiter::new(settings.large_bodies),
            uploads: documents::UploadShares::new(settings.upload_bytes.get()),
            settings,
        };
        let state = Arc::new(state);
        rate_limit::sharing::start(&state);
        Ok((state, options.steps))
    }

    fn health_sources(&self) -> HealthSources {
        HealthSources {
            verifier: Some(self.verifier.clone()),
            lease: self.lease.clone(),
            ..HealthSources::of_backend(&self.backend)
        }
    }
}

/// Returns the service with all routes.
pub fn service(backend: Backend, options: ServerOptions) -> Result<Service, SettingsError> {
    service_with_shutdown(&ShutdownGate::default(), backend, options)
}

/// Returns the same service, which refuses requests once `gate` is draining.
pub fn service_with_shutdown(
    gate: &ShutdownGate,
    backend: Backend,
    options: ServerOptions,
) -> Result<Service, SettingsError> {
    let router = gate.attach_to(router(backend, options)?);
    Ok(router.into_make_service_with_connect_info())
}

fn router(backend: Backend, options: ServerOptions) -> Result<Router, SettingsError> {
    let (state, steps) = AppState::new(backend, options)?;
    let graphql = Router::new()
        .route(GRAPHQL_PATH, get(graphql::get).post(graphql::post))
        .layer(DefaultBodyLimit::max(state.settings.body_limit))
        .layer(middleware::from_fn_with_state(state.clone(), shed_load));
    let cors = cors(&state.settings);
    Ok(Router::new()
        .route(schema_document::PATH, get(schema_document::get))
        .route(chain_keys::PATH, get(chain_keys::get))
        .merge(graphql)
        .with_state(state.clone())
        .merge(health::router(state.health_sources()))
        .merge(explorer::router(steps, GRAPHQL_PATH))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(
            state.settings.timeout,
            limit_time,
        ))
        .merge(documents::router(state))
        .layer(CatchPanicLayer::custom(response::panicked))
        .layer(from_fn(request_log::log_request))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request(request_log::normalize_headers))
        .layer(map_request(unread_body::discard_rest))
        .layer(cors))
}

/// Answers with `TIMEOUT` when a request takes longer than `limit`.
async fn limit_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let response = tokio::time::timeout(limit, next.run(request)).await;
    response.unwrap_or_else(|_| response::timed_out())
}

/// Sheds load before a request's body is read: refuses the request when the queue is full, when
/// its `Content-Length` exceeds the limit, or when too many large bodies are in memory.
async fn shed_load(
    State(state): State<Arc<AppState>>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let socket = request.method() == Method::GET && headers::is_websocket_upgrade(headers);
    if state.queue.is_full() && !socket {
        return response::overloaded();
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > state.settings.body_limit as u64) {
        return response::too_large(state.settings.body_limit);
    }
    let large = request.method() == Method::POST
        && length.is_none_or(|length| length > large_bodies::THRESHOLD);
    let network = address::client_network(peer, headers, state.settings.proxies);
    let mut permit = large.then(|| state.large_bodies.try_acquire(network));
    if let Some(None) = permit {
        let client = identity::signed_in(&state, headers, peer).await;
        let reserved = client.and_then(|client| state.large_bodies.try_acquire_reserved(client));
        if reserved.is_none() {
            return response::overloaded();
        }
        permit = Some(reserved);
    }
    let response = next.run(request).await;
    drop(permit);
    response
}

/// Returns the CORS rules. By default pages of any origin may call the API: a request is
/// authenticated by a bearer token, which a browser never adds by itself.
fn cors(settings: &Settings) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(settings.origins.clone())
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT_LANGUAGE,
            header::RANGE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            header::IF_RANGE,
            ACTING_FOR,
        ])
        .expose_headers([
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_RANGE,
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            documents::REPR_DIGEST,
            rate_limit::LIMIT_HEADER,
            rate_limit::POLICY_HEADER,
            REQUEST_ID,
        ])
}
