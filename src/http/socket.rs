//! GraphQL over WebSocket, for subscriptions: the protocol `graphql-transport-ws`, as
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md> has it, at the path of the queries.
//!
//! A socket takes as much as its client does: what is to be delivered is made when the client has taken what was before.

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
    Origins, REQUEST_ID, Shared,
    address::{self, Peer},
    answer::Media,
    identity,
    places::{Place, Places},
    rates::Who,
};
use protocol::SUBPROTOCOL;
use session::Session;

/// What sockets are held to.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// How many a process has at most.
    pub sockets: NonZero<u32>,
    /// How many of them one person has at most.
    pub of_person: NonZero<u32>,
    /// How many of them come from one network (an IPv4 address, an IPv6 /64) at most.
    pub of_network: NonZero<u32>,
    /// How many subscriptions each has at most at a time.
    pub subscriptions: NonZero<u32>,
    /// The bytes of a client's message at most.
    pub message: NonZero<u32>,
    /// How long a client may take until `connection_init`.
    pub init: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            sockets: number(5_000),
            of_person: number(50),
            of_network: number(500),
            subscriptions: number(20),
            message: number(64 * 1024),
            init: Duration::from_secs(10),
        }
    }
}

/// All sockets of this process. Cheap to clone.
#[derive(Clone)]
pub struct Sockets {
    limits: SocketLimits,
    free: Arc<Semaphore>,
    places: Places,
    closing: Arc<watch::Sender<bool>>,
}

impl Sockets {
    /// None is open yet.
    pub fn new(limits: SocketLimits) -> Self {
        Self {
            limits,
            free: Arc::new(Semaphore::new(limits.sockets.get() as usize)),
            places: Places::default(),
            closing: Arc::new(watch::Sender::new(false)),
        }
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        let most = self.limits.sockets.get() as usize;
        most.saturating_sub(self.free.available_permits())
    }

    /// A place for one more; none if there are as many of theirs as are allowed.
    fn place(&self, who: Who) -> Option<Place> {
        let most = match who {
            Who::Person(_) | Who::Keys(_) => self.limits.of_person,
            Who::Network(_) => self.limits.of_network,
        };
        self.places.take(who, most)
    }

    /// Closes all that are open ("going away") and takes no more; done when they are closed.
    pub async fn close(&self) {
        self.closing.send_replace(true);
        // An error would mean that the semaphore is closed, which nobody does.
        let _ = self.free.acquire_many(self.limits.sockets.get()).await;
    }
}

/// Was a WebSocket asked for?
pub fn is_asked_for(headers: &HeaderMap) -> bool {
    let upgrade = headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// `GET /graphql` with an upgrade to WebSocket.
pub fn open(
    shared: Arc<Shared>,
    headers: HeaderMap,
    peer: Peer,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.protocols([SUBPROTOCOL]),
        Err(rejection) => {
            let message = "This is no WebSocket handshake (RFC 6455 §4.1).";
            let status = rejection.into_response().status();
            return Media::Json.refusal(status, "BAD_REQUEST", message);
        }
    };
    if upgrade.selected_protocol().is_none() {
        let message = "Ask for the subprotocol graphql-transport-ws.";
        let code = "SUBPROTOCOL_NOT_ACCEPTABLE";
        return Media::Json.refusal(StatusCode::BAD_REQUEST, code, message);
    }
    if let (Some(origin), Origins::These(sites)) =
        (headers.get(header::ORIGIN), &shared.settings.origins)
        && !sites.contains(origin)
    {
        let message = "Web pages of this site may not connect here.";
        return Media::Json.refusal(StatusCode::FORBIDDEN, "ORIGIN_NOT_ALLOWED", message);
    }
    let network = address::client(peer, &headers, shared.settings.proxies);
    if let Err(refused) = identity::count_network(&shared, &headers, peer) {
        return refused.answer(Media::Json);
    }
    let Some(place) = shared.sockets.place(Who::Network(network)) else {
        let message = "There are too many connections from your network. Close some.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        return retry_later(Media::Json.refusal(status, "TOO_MANY_SOCKETS", message));
    };
    let permit = shared.sockets.free.clone().try_acquire_owned();
    let (Ok(permit), false) = (permit, *shared.sockets.closing.borrow()) else {
        let message = "There are too many connections. Try again in a moment.";
        let code = "TOO_MANY_SOCKETS";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return retry_later(Media::Json.refusal(status, code, message));
    };
    let limits = shared.sockets.limits;
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let span = tracing::info_span!("socket", id);
    upgrade
        // The buffers are made at once, for each socket; most messages are short.
        .read_buffer_size(4 * 1024)
        .write_buffer_size(4 * 1024)
        .max_message_size(limits.message.get() as usize)
        .max_frame_size(limits.message.get() as usize)
        .on_upgrade(move |socket| {
            serve(shared, (headers, network), socket, (permit, place)).instrument(span)
        })
}

fn retry_later(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

async fn serve(
    shared: Arc<Shared>,
    (headers, network): (HeaderMap, IpAddr),
    socket: axum::extract::ws::WebSocket,
    _held: (OwnedSemaphorePermit, Place),
) {
    let mut closing = shared.sockets.closing.subscribe();
    let ended = async move {
        // An error means that the process is ending, too.
        let _ = closing.wait_for(|closing| *closing).await;
    };
    Session::new(shared, headers, network, socket)
        .run(ended)
        .await;
}

/// Waits for a peer that may not answer.
async fn patiently<T>(work: impl Future<Output = T>) -> Option<T> {
    /// How long a client may take to receive a message.
    const PATIENCE: Duration = Duration::from_secs(10);
    time::timeout(PATIENCE, work).await.ok()
}
