//! What the outside meets over HTTP: the GraphQL endpoint (requests, and sockets for subscriptions), documents, the explorer,
//! health; and, elsewhere, metrics.

mod address;
mod answer;
mod bodies;
mod caching;
mod connections;
mod documents;
mod door;
pub mod explorer;
mod graphql;
mod health;
mod identity;
mod lists;
mod metrics;
mod observe;
mod places;
mod queue;
mod rates;
mod settings;
mod socket;

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
    auth::token::Verifier,
    graphql::{Backend, Documents, LimitsExtension, Schema, schema},
};

use address::Peer;
use bodies::Bodies;

pub use crate::graphql::Limits as OperationLimits;
pub use connections::{ConnectionLimits, Service, serve};
pub use door::Door;
pub use explorer::ExplorerTab;
use identity::Callers;
pub use metrics::{Measured, metrics_router};
pub use queue::{Queue, QueueLimits};
pub use rates::Rate;
use rates::Rates;
pub use settings::{Origins, Settings, SettingsError};
pub use socket::{SocketLimits, Sockets};

/// Where GraphQL is served.
pub const GRAPHQL_PATH: &str = "/graphql";
/// The header that says for which of their organisations a person acts: an organisation's ID.
pub const ACTING_FOR: HeaderName = HeaderName::from_static("torg-acting-for");
/// The header that names a request in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who is believed, and what the door is set to.
pub struct Front {
    /// Checks tokens.
    pub verifier: Verifier,
    /// Tokens' issuer: with the subject it names a person.
    pub issuer: String,
    /// What the explorer opens with; without any there is no explorer.
    pub tabs: Vec<ExplorerTab>,
    /// Those that are open. Whoever ends the process closes them.
    pub sockets: Sockets,
    /// The rest.
    pub settings: Settings,
}

/// What every request needs.
pub(crate) struct Shared {
    pub schema: Schema,
    pub backend: Backend,
    pub verifier: Verifier,
    pub issuer: String,
    pub sockets: Sockets,
    pub settings: Settings,
    pub documents: Documents,
    pub queue: Queue,
    /// None: everyone may ask as often as they like.
    pub rates: Option<Rates>,
    pub callers: Callers,
    large_bodies: Bodies,
    readiness: health::Readiness,
}

impl Shared {
    fn new(backend: Backend, front: Front) -> Result<(Arc<Self>, Vec<ExplorerTab>), SettingsError> {
        let settings = front.settings;
        let documents = settings.documents()?;
        let limits = LimitsExtension {
            limits: settings.operations,
            documents: documents.clone(),
            introspection: settings.introspection,
        };
        let shared = Self {
            schema: schema(backend.clone(), limits),
            readiness: health::Readiness::new(&backend.database.pool),
            backend,
            verifier: front.verifier,
            issuer: front.issuer,
            sockets: front.sockets,
            documents,
            queue: Queue::new(settings.queue),
            rates: settings.rate.map(Rates::new),
            callers: Callers::default(),
            large_bodies: Bodies::new(settings.large_bodies),
            settings,
        };
        Ok((Arc::new(shared), front.tabs))
    }
}

/// Everything Torg serves.
pub fn service(backend: Backend, front: Front) -> Result<Service, SettingsError> {
    service_behind(&Door::default(), backend, front)
}

/// The same, behind a door that is closed when the process is to end.
pub fn service_behind(
    door: &Door,
    backend: Backend,
    front: Front,
) -> Result<Service, SettingsError> {
    let router = door.before(router(backend, front)?);
    Ok(router.into_make_service_with_connect_info())
}

fn router(backend: Backend, front: Front) -> Result<Router, SettingsError> {
    let (shared, tabs) = Shared::new(backend, front)?;
    let graphql = Router::new()
        .route(GRAPHQL_PATH, get(graphql::get).post(graphql::post))
        .layer(DefaultBodyLimit::max(shared.settings.body_limit))
        .layer(middleware::from_fn_with_state(shared.clone(), shed));
    let cors = cors(&shared.settings);
    Ok(Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .merge(graphql)
        .with_state(shared.clone())
        .merge(explorer::router(tabs, GRAPHQL_PATH))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(
            shared.settings.timeout,
            bounded,
        ))
        .merge(documents::router(shared))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn(observe::observe))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(map_request(observe::tame))
        .layer(cors))
}

/// Ends what takes too long.
async fn bounded(State(bound): State<Duration>, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(bound, next.run(request)).await;
    answered.unwrap_or_else(|_| answer::timed_out())
}

/// Refuses what could only wait in vain, or is too large by its own word, before its body is read; and lets so many large
/// bodies take memory at a time, so that those who send them slowly hold up no others.
async fn shed(
    State(shared): State<Arc<Shared>>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let socket = request.method() == Method::GET && socket::is_asked_for(headers);
    if shared.queue.is_full() && !socket {
        return answer::overloaded();
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > shared.settings.body_limit as u64) {
        return answer::too_large(shared.settings.body_limit);
    }
    let large =
        request.method() == Method::POST && length.is_none_or(|length| length > bodies::LARGE);
    let network = address::client(peer, headers, shared.settings.proxies);
    let room = large.then(|| shared.large_bodies.take(network));
    if let Some(None) = room {
        return answer::overloaded();
    }
    let response = next.run(request).await;
    drop(room);
    response
}

/// Whose web pages may ask. By default any: who acts is said by a bearer token, which no browser adds by itself.
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
            rates::LEFT,
            rates::POLICY,
            REQUEST_ID,
        ])
}
