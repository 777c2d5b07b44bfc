//! One socket, from its upgrade to its end.

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
use tokio::time::{self, Duration, Instant, MissedTickBehavior};

use super::{
    super::{
        ACTING_FOR, REQUEST_ID, Shared,
        answer::finish_errors,
        identity::{self, Identity, Unidentified},
        observe,
        places::Place,
        rates::Who,
    },
    patiently,
    protocol::{Close, Incoming, Outgoing, Payload},
};
use crate::{
    graphql::live::{Listener, subscribe},
    kernel::ids::{OrganisationId, PersonId},
    telemetry,
};

/// How often a socket looks at the time.
const TICK: Duration = Duration::from_secs(1);
/// How long a socket is silent before it is asked whether it is there, and before it is given up.
const ASKED: Duration = Duration::from_secs(20);
const GIVEN_UP: Duration = Duration::from_secs(50);
/// How long a client that was told goodbye may take to answer.
const GOODBYE: Duration = Duration::from_secs(1);

/// What an operation answers next, by its ID; none at its end.
type Answers = BoxStream<'static, (String, Option<Response>)>;

/// Who is at the other end.
struct Reader {
    person: Option<PersonId>,
    /// The kind of who it is.
    /// As whom they are counted.
    who: Option<Who>,
    actor: &'static str,
    acting_for: Option<OrganisationId>,
    languages: Arc<[String]>,
    /// When the token ends, by the marketplace's clock.
    until: Option<DateTime<Utc>>,
    /// Among the person's sockets.
    _place: Option<Place>,
}

/// A socket and what runs on it.
pub struct Session {
    shared: Arc<Shared>,
    /// Of the upgrade.
    headers: HeaderMap,
    /// Where it comes from.
    network: IpAddr,
    socket: WebSocket,
    /// Known once the connection is acknowledged.
    reader: Option<Reader>,
    answers: SelectAll<stream::Abortable<Answers>>,
    running: HashMap<String, AbortHandle>,
    begun: Instant,
    /// When anything came last, and when the other end was asked whether it is there.
    heard: Instant,
    asked: Instant,
}

/// What the socket has to do next.
enum Step {
    Received(Message),
    Answer(String, Option<Response>),
    Tick,
    Close(Close),
    /// The client is gone.
    Gone,
}

impl Session {
    /// An upgraded socket.
    pub fn new(
        shared: Arc<Shared>,
        headers: HeaderMap,
        network: IpAddr,
        socket: WebSocket,
    ) -> Self {
        let now = Instant::now();
        Self {
            shared,
            headers,
            network,
            socket,
            reader: None,
            answers: SelectAll::new(),
            running: HashMap::new(),
            begun: now,
            heard: now,
            asked: now,
        }
    }

    /// Serves it until it ends, or until `ended`.
    pub async fn run(mut self, ended: impl Future<Output = ()>) {
        let mut ended = pin!(ended);
        let mut ticks = time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let close = loop {
            let step = tokio::select! {
                biased;
                () = &mut ended => Step::Close(Close::going_away()),
                _ = ticks.tick() => Step::Tick,
                message = self.socket.recv() => received(message),
                Some((id, answer)) = self.answers.next(), if !self.answers.is_empty() => Step::Answer(id, answer),
            };
            match self.take(step).await {
                Ok(()) => {}
                Err(close) => break close,
            }
        };
        if let Some(close) = close {
            self.close(close).await;
        }
    }

    /// Does a step; an error ends the socket, with a word if there is one to say it to.
    async fn take(&mut self, step: Step) -> Result<(), Option<Close>> {
        match step {
            Step::Close(close) => Err(Some(close)),
            Step::Gone => Err(None),
            Step::Tick => self.look_at_the_time().await,
            Step::Answer(id, answer) => self.answer(&id, answer).await,
            Step::Received(message) => {
                self.heard = Instant::now();
                match message {
                    Message::Text(text) => self.message(Incoming::read(&text)?).await,
                    Message::Binary(_) => Err(Some(Close::bad_request("Messages are text"))),
                    // Pings are answered by the library.
                    Message::Ping(_) | Message::Pong(_) => Ok(()),
                    Message::Close(_) => {
                        // The answer to it (RFC 6455 §5.5.1) is ready, and sent as more is waited for.
                        let _ = patiently(self.socket.recv()).await;
                        Err(None)
                    }
                }
            }
        }
    }

    async fn message(&mut self, message: Incoming) -> Result<(), Option<Close>> {
        match message {
            Incoming::Init(_) if self.reader.is_some() => Err(Some(Close::initialised())),
            Incoming::Init(payload) => {
                self.reader = Some(identify(&self.shared, &self.headers, &payload).await?);
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
        let Some(reader) = &self.reader else {
            return Err(Some(Close::unauthorized()));
        };
        if self.running.contains_key(&id) {
            return Err(Some(Close::exists(&id)));
        }
        let network = Who::Network(self.network);
        let who = reader.who.unwrap_or(network);
        let rates = self.shared.rates.as_ref();
        if rates.is_some_and(|rates| rates.count(who).is_err()) {
            let message = "You ask more often than is allowed. Try again in a minute.".to_owned();
            return self.refuse(&id, "RATE_LIMITED", message).await;
        }
        let most = self.shared.sockets.limits.subscriptions.get();
        if self.running.len() >= most as usize {
            let message = format!("A connection has at most {most} subscriptions at a time.");
            return self.refuse(&id, "TOO_MANY_SUBSCRIPTIONS", message).await;
        }
        let languages = reader.languages.clone();
        let listener = Listener::new(reader.person, reader.acting_for, languages);
        let (of_answers, of_end) = (id.clone(), id.clone());
        let answers = subscribe(&self.shared.schema, listener, request);
        let answers = observe::subscription(reader.actor, &self.headers, answers)
            .map(move |response| (of_answers.clone(), Some(response)))
            .chain(stream::once(async move { (of_end, None) }));
        let (answers, handle) = abortable(answers.boxed());
        self.answers.push(answers);
        self.running.insert(id, handle);
        Ok(())
    }

    /// An operation is not begun.
    async fn refuse(&mut self, id: &str, code: &str, message: String) -> Result<(), Option<Close>> {
        let mut error = ServerError::new(message, None);
        error.extensions.get_or_insert_default().set("code", code);
        let payload = &[error];
        observe::errors(payload);
        self.send(&Outgoing::Error { id, payload }).await
    }

    /// Sends what an operation answers. One that has only errors is its last.
    async fn answer(&mut self, id: &str, answer: Option<Response>) -> Result<(), Option<Close>> {
        let Some(mut response) = answer else {
            self.running.remove(id);
            return self.send(&Outgoing::Complete { id }).await;
        };
        finish_errors(&mut response, self.headers.get(REQUEST_ID));
        if response.data != Value::Null || response.errors.is_empty() {
            let payload = &response;
            return self.send(&Outgoing::Next { id, payload }).await;
        }
        if let Some(running) = self.running.remove(id) {
            running.abort();
        }
        let payload = &response.errors;
        self.send(&Outgoing::Error { id, payload }).await
    }

    /// What follows from the time: the token's end, and that nothing was heard.
    async fn look_at_the_time(&mut self) -> Result<(), Option<Close>> {
        let until = match &self.reader {
            Some(reader) => reader.until,
            None if self.begun.elapsed() >= self.shared.sockets.limits.init => {
                return Err(Some(Close::init_timeout()));
            }
            None => None,
        };
        if until.is_some_and(|until| until <= self.shared.backend.database.clock.now()) {
            let reason = "TOKEN_EXPIRED: connect again with a new token";
            return Err(Some(Close::forbidden(reason)));
        }
        if self.heard.elapsed() >= GIVEN_UP {
            return Err(None);
        }
        if self.heard.elapsed() >= ASKED && self.asked.elapsed() >= ASKED {
            self.asked = Instant::now();
            return self.deliver(Message::Ping(Default::default())).await;
        }
        Ok(())
    }

    async fn send(&mut self, message: &Outgoing<'_>) -> Result<(), Option<Close>> {
        self.deliver(Message::Text(message.text().into())).await
    }

    async fn deliver(&mut self, message: Message) -> Result<(), Option<Close>> {
        match patiently(self.socket.send(message)).await {
            Some(Ok(())) => Ok(()),
            // It is gone, or takes nothing.
            Some(Err(_)) | None => Err(None),
        }
    }

    /// Says goodbye, and waits a moment for the answer: a connection that is dropped with something unread in it is reset,
    /// and the client would not hear why.
    async fn close(mut self, close: Close) {
        tracing::debug!(code = close.code, reason = close.reason, "closing a socket");
        let frame = CloseFrame {
            code: close.code,
            reason: close.reason.into(),
        };
        if self.deliver(Message::Close(Some(frame))).await.is_ok() {
            let answered = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _ = time::timeout(GOODBYE, answered).await;
        }
    }
}

/// Who connects: by the payload's fields, which are read as a request's headers are, else by the upgrade's headers.
async fn identify(
    shared: &Shared,
    upgrade: &HeaderMap,
    payload: &Payload,
) -> Result<Reader, Close> {
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
        let unreadable = || Close::forbidden(format!("`{name}` is not readable"));
        let value: HeaderValue = value.ok_or_else(unreadable)?;
        headers.insert(name, value);
    }
    let identity = identity::identify(shared, &headers).await;
    let Identity {
        actor,
        acting_for,
        token_left,
    } = identity.map_err(|unidentified| refuse(&unidentified))?;
    let now = shared.backend.database.clock.now();
    let person = actor.person().map(|person| person.id);
    let who = actor.person().map(Who::of);
    let place = who.map(|who| {
        let place = shared.sockets.place(who);
        place.ok_or_else(|| {
            telemetry::refused("TOO_MANY_SOCKETS");
            Close::too_many()
        })
    });
    Ok(Reader {
        person,
        who,
        actor: actor.kind(),
        _place: place.transpose()?,
        acting_for,
        languages: identity::languages(&headers).into(),
        until: token_left.map(|left| now + left),
    })
}

fn received(message: Option<Result<Message, axum::Error>>) -> Step {
    match message {
        Some(Ok(message)) => Step::Received(message),
        Some(Err(error)) if is_too_long(&error) => {
            Step::Close(Close::new(1009, "The message is too long"))
        }
        Some(Err(_)) | None => Step::Gone,
    }
}

/// The library says so in words only.
fn is_too_long(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}

fn refuse(unidentified: &Unidentified) -> Close {
    let (code, retryable) = (unidentified.code(), unidentified.is_retryable());
    telemetry::refused(code);
    match retryable {
        true => Close::try_again(code),
        false => Close::forbidden(format!("{code}: {}", unidentified.message())),
    }
}
