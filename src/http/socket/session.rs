//! One WebSocket, from its upgrade until it closes.

use std::{collections::HashMap, net::IpAddr, pin::pin, sync::Arc};

use async_graphql::{Request, Response, ServerError, Value};
use axum::{
    extract::ws::{CloseFrame, Message, WebSocket},
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use chrono::{DateTime, Utc};
use futures::{
    StreamExt,
    future::AbortHandle,
    stream::{self, BoxStream, SelectAll, abortable},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{self, Duration, Instant, MissedTickBehavior},
};

use super::{
    super::{
        ACTING_FOR, AppState, REQUEST_ID,
        concurrency::Slot,
        error_codes,
        identity::{self, Identity, IdentityError},
        rate_limit::RateLimitKey,
        request_log,
        response::finish_errors,
    },
    delivery::{self, Deliveries, Demand},
    protocol::{Close, Incoming, Outgoing, Payload},
    with_send_timeout,
};
use crate::{
    graphql::live::{Listener, Subscriber, subscribe},
    kernel::{
        ids::{OrganisationId, PersonId},
        reader_languages::ReaderLanguages,
    },
    telemetry::request_record,
};

/// The time between two checks of the timeouts.
const TICK: Duration = Duration::from_secs(1);
/// The time without a message from the client after which the server sends a ping.
const PING_AFTER: Duration = Duration::from_secs(20);
/// The time without a message from the client after which the server drops the connection.
const DROP_AFTER: Duration = Duration::from_secs(50);
/// The longest time that the server waits for the client's close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The next response of an operation with its ID and its demand; the response is `None` when the
/// operation is complete.
type Responses = BoxStream<'static, (String, Option<Response>, Option<Demand>)>;

/// The authenticated client.
struct Client {
    person: Option<PersonId>,
    /// The key of the rate limit; `None` for the public.
    rate_limit_key: Option<RateLimitKey>,
    /// The kind of actor, for the log.
    actor: &'static str,
    acting_for: Option<OrganisationId>,
    languages: ReaderLanguages,
    /// When the credential expires, by the marketplace's clock.
    expires_at: Option<DateTime<Utc>>,
    /// The slot among the sockets of the person, or among the anonymous sockets.
    _slot: ClientSlot,
}

enum ClientSlot {
    Person(#[expect(dead_code, reason = "held, not read")] Slot),
    Anonymous(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit),
}

/// A socket with its running operations.
pub struct Session {
    state: Arc<AppState>,
    /// Headers of the upgrade request.
    headers: HeaderMap,
    /// The client's network.
    network: IpAddr,
    socket: WebSocket,
    /// `None` until the connection is acknowledged.
    client: Option<Client>,
    responses: SelectAll<stream::Abortable<Responses>>,
    running: HashMap<String, AbortHandle>,
    /// The demand for the next response: one at a time.
    demand: Arc<Semaphore>,
    opened_at: Instant,
    last_received: Instant,
    last_ping: Instant,
}

/// Something that the session has to handle.
#[expect(
    clippy::large_enum_variant,
    reason = "one value at a time, which is handled at once"
)]
enum SessionEvent {
    Received(Message),
    Response(String, Option<Response>, Option<Demand>),
    Tick,
    Close(Close),
    Disconnected,
}

impl Session {
    /// Returns a session on an upgraded socket.
    pub fn new(
        state: Arc<AppState>,
        headers: HeaderMap,
        network: IpAddr,
        socket: WebSocket,
    ) -> Self {
        let now = Instant::now();
        Self {
            state,
            headers,
            network,
            socket,
            client: None,
            responses: SelectAll::new(),
            running: HashMap::new(),
            demand: Arc::new(Semaphore::new(1)),
            opened_at: now,
            last_received: now,
            last_ping: now,
        }
    }

    /// Serves the socket until the client disconnects, a close is needed, or `shutdown` is ready.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut ticks = time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let close = loop {
            let event = tokio::select! {
                biased;
                () = &mut shutdown => SessionEvent::Close(Close::going_away()),
                _ = ticks.tick() => SessionEvent::Tick,
                message = self.socket.recv() => received(message),
                Some((id, response, demand)) = self.responses.next(), if !self.responses.is_empty() => {
                    SessionEvent::Response(id, response, demand)
                }
            };
            match self.handle(event).await {
                Ok(()) => {}
                Err(close) => break close,
            }
        };
        if let Some(close) = close {
            self.close(close).await;
        }
    }

    /// Handles an event. An error ends the session: with a close frame, or with `None` when the
    /// client is gone.
    async fn handle(&mut self, event: SessionEvent) -> Result<(), Option<Close>> {
        match event {
            SessionEvent::Close(close) => Err(Some(close)),
            SessionEvent::Disconnected => Err(None),
            SessionEvent::Tick => self.check_timeouts().await,
            // The demand is returned when the client has received the response.
            SessionEvent::Response(id, response, _demand) => self.respond(&id, response).await,
            SessionEvent::Received(message) => {
                self.last_received = Instant::now();
                match message {
                    Message::Text(text) => self.message(Incoming::read(&text)?).await,
                    Message::Binary(_) => Err(Some(Close::bad_request("Messages must be text"))),
                    // The library answers pings.
                    Message::Ping(_) | Message::Pong(_) => Ok(()),
                    Message::Close(_) => {
                        // The library has prepared the close frame of the reply (RFC 6455
                        // §5.5.1) and sends it during the next read.
                        let _ = with_send_timeout(self.socket.recv()).await;
                        Err(None)
                    }
                }
            }
        }
    }

    async fn message(&mut self, message: Incoming) -> Result<(), Option<Close>> {
        match message {
            Incoming::Init(_) if self.client.is_some() => Err(Some(Close::initialised())),
            Incoming::Init(payload) => {
                self.client = Some(identify(&self.state, &self.headers, &payload).await?);
                self.send(&Outgoing::ConnectionAck).await
            }
            Incoming::Subscribe(id, request) => self.subscribe(id, *request).await,
            Incoming::Complete(id) => {
                if let Some(running) = self.running.remove(&id) {
                    running.abort();
                }
                Ok(())
            }
            Incoming::Ping(payload) => self.send(&Outgoing::Pong { payload }).await,
            Incoming::Pong => Ok(()),
        }
    }

    async fn subscribe(&mut self, id: String, request: Request) -> Result<(), Option<Close>> {
        let Some(client) = &self.client else {
            return Err(Some(Close::unauthorized()));
        };
        if self.running.contains_key(&id) {
            return Err(Some(Close::exists(&id)));
        }
        let network = RateLimitKey::Network(self.network);
        let key = client.rate_limit_key.unwrap_or(network);
        let rates = self.state.rates.as_ref();
        if rates.is_some_and(|rates| rates.count(key).is_err()) {
            let message = "You exceed the rate limit. Try again in a minute.".to_owned();
            return self.refuse(&id, "RATE_LIMITED", message).await;
        }
        let limit = self.state.sockets.limits.subscriptions.get();
        if self.running.len() >= limit as usize {
            let message = format!(
                "A WebSocket can run at most {limit} subscriptions at a time. Complete one first."
            );
            return self.refuse(&id, "TOO_MANY_SUBSCRIPTIONS", message).await;
        }
        let deliveries = Deliveries::new(self.state.clone(), key, self.demand.clone());
        let subscriber = Subscriber {
            person: client.person,
            acting_for: client.acting_for,
            languages: client.languages.clone(),
        };
        let limits = self.state.settings.subscriptions.cost;
        let listener = Listener::new(subscriber, limits, deliveries.clone());
        let (response_id, complete_id) = (id.clone(), id.clone());
        let responses = subscribe(&self.state.schema, listener, request);
        let responses = request_log::log_subscription(client.actor, &self.headers, responses);
        let responses = delivery::run(responses, deliveries)
            .map(move |(response, demand)| (response_id.clone(), Some(response), demand))
            .chain(stream::once(async move { (complete_id, None, None) }));
        let (responses, handle) = abortable(responses.boxed());
        self.responses.push(responses);
        self.running.insert(id, handle);
        Ok(())
    }

    /// Sends the refusal of an operation.
    async fn refuse(&mut self, id: &str, code: &str, message: String) -> Result<(), Option<Close>> {
        let mut error = ServerError::new(message, None);
        error.extensions.get_or_insert_default().set("code", code);
        let payload = &[error];
        error_codes::record(payload);
        self.send(&Outgoing::Error { id, payload }).await
    }

    /// Sends a response of an operation. A response with errors and no data ends the operation,
    /// unless the errors are of fields inside an event: then the event itself is null.
    async fn respond(&mut self, id: &str, response: Option<Response>) -> Result<(), Option<Close>> {
        let Some(mut response) = response else {
            self.running.remove(id);
            return self.send(&Outgoing::Complete { id }).await;
        };
        finish_errors(&mut response, self.headers.get(REQUEST_ID));
        let is_event = response.errors.iter().any(|error| error.path.len() > 1);
        if response.data != Value::Null || response.errors.is_empty() || is_event {
            let payload = &response;
            return self.send(&Outgoing::Next { id, payload }).await;
        }
        if let Some(running) = self.running.remove(id) {
            running.abort();
        }
        let payload = &response.errors;
        self.send(&Outgoing::Error { id, payload }).await
    }

    /// Closes the socket when the credential has expired or the client is silent; sends pings.
    async fn check_timeouts(&mut self) -> Result<(), Option<Close>> {
        let expires_at = match &self.client {
            Some(client) => client.expires_at,
            None if self.opened_at.elapsed() >= self.state.sockets.limits.init_timeout => {
                return Err(Some(Close::init_timeout()));
            }
            None => None,
        };
        if expires_at.is_some_and(|at| at <= self.state.backend.database.clock.now()) {
            let reason = "TOKEN_EXPIRED: connect again with a new token";
            return Err(Some(Close::forbidden(reason)));
        }
        if self.last_received.elapsed() >= DROP_AFTER {
            return Err(None);
        }
        if self.last_received.elapsed() >= PING_AFTER && self.last_ping.elapsed() >= PING_AFTER {
            self.last_ping = Instant::now();
            return self.deliver(Message::Ping(Default::default())).await;
        }
        Ok(())
    }

    async fn send(&mut self, message: &Outgoing<'_>) -> Result<(), Option<Close>> {
        self.deliver(Message::Text(message.text().into())).await
    }

    async fn deliver(&mut self, message: Message) -> Result<(), Option<Close>> {
        match with_send_timeout(self.socket.send(message)).await {
            Some(Ok(())) => Ok(()),
            // The client disconnected, or does not read.
            Some(Err(_)) | None => Err(None),
        }
    }

    /// Sends a close frame and waits at most 1 second for the client's. Dropping a connection with
    /// unread data resets it, and the client would not receive the reason.
    async fn close(mut self, close: Close) {
        tracing::debug!(
            code = close.code,
            reason = close.reason,
            "closing a WebSocket"
        );
        let frame = CloseFrame {
            code: close.code,
            reason: close.reason.into(),
        };
        if self.deliver(Message::Close(Some(frame))).await.is_ok() {
            let closed = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _ = time::timeout(CLOSE_TIMEOUT, closed).await;
        }
    }
}

/// Authenticates the client by the payload of `connection_init`. Its fields `Authorization`,
/// `Torg-Acting-For` and `Accept-Language` replace the headers of the upgrade request.
async fn identify(
    state: &AppState,
    upgrade: &HeaderMap,
    payload: &Payload,
) -> Result<Client, Close> {
    let mut headers = upgrade.clone();
    for (name, value) in payload {
        let name = HeaderName::from_bytes(name.as_bytes()).ok();
        let known = [header::AUTHORIZATION, ACTING_FOR, header::ACCEPT_LANGUAGE];
        let Some(name) = name.filter(|name| known.contains(name)) else {
            continue;
        };
        let value = match value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        let invalid = || Close::forbidden(format!("`{name}` must be a valid header value"));
        let value: HeaderValue = value.ok_or_else(invalid)?;
        headers.insert(name, value);
    }
    let identity = identity::identify(state, &headers).await;
    let Identity {
        actor,
        acting_for,
        valid_for,
    } = identity.map_err(|error| refuse(&error))?;
    let now = state.backend.database.clock.now();
    let person = actor.person().map(|person| person.id);
    let rate_limit_key = match actor.person() {
        Some(person) => Some(identity::rate_limit_key(state, person).await),
        None => None,
    };
    let slot = match rate_limit_key {
        Some(key) => state.sockets.slot(key).map(ClientSlot::Person),
        None => state.sockets.anonymous_slot().map(ClientSlot::Anonymous),
    };
    let slot = slot.ok_or_else(|| {
        request_record::record_error("TOO_MANY_SOCKETS");
        match rate_limit_key {
            Some(_) => Close::too_many(),
            None => Close::too_many_anonymous(),
        }
    });
    Ok(Client {
        person,
        rate_limit_key,
        actor: actor.kind(),
        _slot: slot?,
        acting_for,
        languages: identity::languages(&headers),
        expires_at: valid_for.map(|valid_for| now + valid_for),
    })
}

fn received(message: Option<Result<Message, axum::Error>>) -> SessionEvent {
    match message {
        Some(Ok(message)) => SessionEvent::Received(message),
        Some(Err(error)) if is_too_long(&error) => {
            SessionEvent::Close(Close::new(1009, "The message is too long"))
        }
        Some(Err(_)) | None => SessionEvent::Disconnected,
    }
}

/// Returns whether a message exceeded the limit. The library reports this only in the text.
fn is_too_long(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}

fn refuse(error: &IdentityError) -> Close {
    let (code, retryable) = (error.code(), error.is_retryable());
    request_record::record_error(code);
    match retryable {
        true => Close::try_again(code),
        false => Close::forbidden(format!("{code}: {}", error.message())),
    }
}
