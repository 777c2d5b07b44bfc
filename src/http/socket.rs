//! GraphQL over WebSocket, for subscriptions: the protocol `graphql-transport-ws` as specified in
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>, at the path of the queries.
//!
//! Back-pressure: the server computes the next response of a socket only when the client has
//! received the previous one.

mod delivery;
mod protocol;
mod session;

use std::{net::IpAddr, num::NonZero, sync::Arc, time::Duration};

use axum::{
    extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time,
};
use tracing::Instrument;

use super::{
    AppState, Origins, REQUEST_ID,
    address::{self, Peer},
    concurrency::{ConcurrencyLimiter, Slot},
    identity,
    rate_limit::RateLimitKey,
    response::Media,
};
use protocol::SUBPROTOCOL;
use session::Session;

/// Limits on WebSockets.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Maximum number of sockets of the process. At most half of them, rounded up, are anonymous.
    pub sockets: NonZero<u32>,
    /// Maximum number of sockets of one person, or of the API keys of one organisation.
    pub per_person: NonZero<u32>,
    /// Maximum number of sockets from one network (an IPv4 address or an IPv6 /64).
    pub per_network: NonZero<u32>,
    /// Maximum number of subscriptions that run on one socket at a time.
    pub subscriptions: NonZero<u32>,
    /// Maximum number of bytes of a client's message.
    pub message: NonZero<u32>,
    /// The longest time until the client sends `connection_init`.
    pub init_timeout: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            sockets: number(5_000),
            per_person: number(50),
            per_network: number(500),
            subscriptions: number(20),
            message: number(64 * 1024),
            init_timeout: Duration::from_secs(10),
        }
    }
}

/// The open sockets of this process. Cheap to clone.
#[derive(Clone)]
pub struct Sockets {
    limits: SocketLimits,
    free: Arc<Semaphore>,
    /// Free slots of anonymous sockets.
    anonymous: Arc<Semaphore>,
    clients: ConcurrencyLimiter,
    closing: Arc<watch::Sender<bool>>,
}

impl Sockets {
    /// Returns an empty set of sockets.
    pub fn new(limits: SocketLimits) -> Self {
        Self {
            limits,
            free: Arc::new(Semaphore::new(limits.sockets.get() as usize)),
            anonymous: Arc::new(Semaphore::new(limits.sockets.get().div_ceil(2) as usize)),
            clients: ConcurrencyLimiter::default(),
            closing: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Returns the number of open sockets.
    pub fn open(&self) -> usize {
        let limit = self.limits.sockets.get() as usize;
        limit.saturating_sub(self.free.available_permits())
    }

    /// Takes a slot for a socket; returns `None` when the client has as many as it may.
    fn slot(&self, key: RateLimitKey) -> Option<Slot> {
        let limit = match key {
            RateLimitKey::Person(_) | RateLimitKey::ApiKeys(_) | RateLimitKey::FoundersKeys(_) => {
                self.limits.per_person
            }
            RateLimitKey::Network(_) => self.limits.per_network,
        };
        self.clients.acquire(key, limit)
    }

    /// Takes one of the slots for anonymous sockets, which leave the other slots to people who sign
    /// in; returns `None` when all are taken.
    fn anonymous_slot(&self) -> Option<OwnedSemaphorePermit> {
        self.anonymous.clone().try_acquire_owned().ok()
    }

    /// Accepts no more sockets, closes the open ones with 1001 "going away", and returns when all
    /// are closed.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        // The semaphore is never closed, so there is no error.
        let _ = self.free.acquire_many(self.limits.sockets.get()).await;
    }
}

/// Handles `GET /graphql` with an upgrade to WebSocket.
pub fn open(
    state: Arc<AppState>,
    headers: HeaderMap,
    peer: Peer,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => {
            let message = "The WebSocket handshake is not valid (RFC 6455 §4.1).";
            let status = rejection.into_response().status();
            return Media::Json.refusal(status, "BAD_REQUEST", message);
        }
    };
    if upgrade.selected_protocol().is_none() {
        let message = "Request the subprotocol `graphql-transport-ws`.";
        let code = "SUBPROTOCOL_NOT_ACCEPTABLE";
        return Media::Json.refusal(StatusCode::BAD_REQUEST, code, message);
    }
    if let (Some(origin), Origins::Only(allowed)) =
        (headers.get(header::ORIGIN), &state.settings.origins)
        && !allowed.contains(origin)
    {
        let message = "Web pages of this origin may not connect. Ask the operator to allow it.";
        return Media::Json.refusal(StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", message);
    }
    let network = address::client_network(peer, &headers, state.settings.proxies);
    if let Err(refused) = identity::count_network(&state, &headers, peer) {
        return refused.response(Media::Json);
    }
    let Some(slot) = state.sockets.slot(RateLimitKey::Network(network)) else {
        let message = "Your network has too many WebSockets. Close one, then connect again.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        return retry_later(Media::Json.refusal(status, "TOO_MANY_SOCKETS", message));
    };
    let permit = state.sockets.free.clone().try_acquire_owned();
    let (Ok(permit), false) = (permit, *state.sockets.closing.borrow()) else {
        let message = "The server has too many WebSockets. Try again in a moment.";
        let code = "TOO_MANY_SOCKETS";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return retry_later(Media::Json.refusal(status, code, message));
    };
    let limits = state.sockets.limits;
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let span = tracing::info_span!("socket", id);
    upgrade
        // Each socket allocates its buffers when it opens; most messages are short.
        .read_buffer_size(4 * 1024)
        .write_buffer_size(4 * 1024)
        .max_message_size(limits.message.get() as usize)
        .max_frame_size(limits.message.get() as usize)
        .on_upgrade(move |socket| {
            serve(state, (headers, network), socket, (permit, slot)).instrument(span)
        })
}

fn retry_later(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

async fn serve(
    state: Arc<AppState>,
    (headers, network): (HeaderMap, IpAddr),
    socket: axum::extract::ws::WebSocket,
    _permits: (OwnedSemaphorePermit, Slot),
) {
    let mut closing = state.sockets.closing.subscribe();
    let shutdown = async move {
        // An error means that the process is shutting down, too.
        let _ = closing.wait_for(|closing| *closing).await;
    };
    Session::new(state, headers, network, socket)
        .run(shutdown)
        .await;
}

/// Waits for the client to receive a message, at most 10 seconds.
async fn with_send_timeout<T>(work: impl Future<Output = T>) -> Option<T> {
    const SEND_TIMEOUT: Duration = Duration::from_secs(10);
    time::timeout(SEND_TIMEOUT, work).await.ok()
}
