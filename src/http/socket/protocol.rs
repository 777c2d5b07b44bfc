//! The messages and close codes of `graphql-transport-ws`.

use async_graphql::{Name, Request, Response, ServerError, Value, indexmap::IndexMap};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::value::RawValue;

use crate::{graphql::read_variables, kernel::json::count_values};

/// The protocol's name.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";
/// Maximum number of bytes of an operation's ID.
const ID_LIMIT: usize = 128;
/// Maximum number of values in a message. They stay in memory while the operation runs.
const VALUE_LIMIT: usize = 1_000;
/// Maximum number of bytes of a close reason (RFC 6455 §5.5).
const REASON_LIMIT: usize = 123;

/// The payload of `connection_init`. It is a GraphQL value and not a `serde_json::Value`, because
/// `serde_json` with `arbitrary_precision` parses the text inside a certain object as JSON again,
/// to any depth.
pub type Payload = IndexMap<Name, Value>;

/// Why a connection is closed.
#[derive(Debug)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

impl Close {
    /// Returns a close with a reason, which is cut to 123 bytes.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(REASON_LIMIT));
        Self { code, reason }
    }

    /// Returns the close at shutdown.
    pub fn going_away() -> Self {
        Self::new(1001, "The server is restarting; connect again.")
    }

    /// Returns the close after a temporary failure.
    pub fn try_again(reason: &str) -> Self {
        Self::new(1013, reason)
    }

    /// Returns the close after a message that is not part of the protocol.
    pub fn bad_request(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    /// Returns the close after an operation before the connection was acknowledged.
    pub fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized: send connection_init first")
    }

    /// Returns the close for a credential that is invalid or has expired.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(4403, reason)
    }

    /// Returns the close when the client does not send `connection_init` in time.
    pub fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// Returns the close after an operation with the ID of a running one.
    pub fn exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// Returns the close when the client has as many sockets as it may.
    pub fn too_many() -> Self {
        Self::new(
            4429,
            "TOO_MANY_SOCKETS: you have too many WebSockets; close one",
        )
    }

    /// Returns the close when all slots for anonymous sockets are taken.
    pub fn too_many_anonymous() -> Self {
        Self::new(
            4429,
            "TOO_MANY_SOCKETS: too many anonymous WebSockets; sign in, or try again later",
        )
    }

    /// Returns the close after a second `connection_init`.
    pub fn initialised() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }
}

/// A client's message, as JSON.
#[derive(Deserialize)]
struct IncomingJson<'t> {
    #[serde(rename = "type")]
    kind: Kind,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'t RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    ConnectionInit,
    Subscribe,
    Complete,
    Ping,
    Pong,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'t> {
    query: String,
    operation_name: Option<String>,
    #[serde(borrow)]
    variables: Option<&'t RawValue>,
    #[serde(rename = "extensions")]
    _extensions: Option<IgnoredAny>,
}

/// A client's message.
pub enum Incoming {
    /// The first message; its payload has the headers that a request would have.
    Init(Payload),
    Subscribe(String, Box<Request>),
    Complete(String),
    Ping(Option<Value>),
    Pong,
}

impl Incoming {
    /// Parses a message; returns an error with the close to send.
    pub fn read(text: &str) -> Result<Self, Close> {
        if count_values(text) > VALUE_LIMIT {
            let reason = format!("A message must have at most {VALUE_LIMIT} values");
            return Err(Close::bad_request(&reason));
        }
        let outside = || Close::bad_request("Not a message of graphql-transport-ws");
        let IncomingJson { kind, id, payload } =
            serde_json::from_str(text).map_err(|_| outside())?;
        Ok(match kind {
            Kind::ConnectionInit => match value(payload).ok_or_else(outside)? {
                None => Self::Init(Payload::new()),
                Some(Value::Object(payload)) => Self::Init(payload),
                Some(_) => return Err(Close::bad_request("The payload must be an object")),
            },
            Kind::Subscribe => {
                let id = id.ok_or_else(outside)?;
                if id.is_empty() || id.len() > ID_LIMIT {
                    return Err(Close::bad_request("The id must have 1 to 128 bytes"));
                }
                let request = payload.and_then(request).ok_or_else(outside)?;
                Self::Subscribe(id, Box::new(request))
            }
            Kind::Complete => Self::Complete(id.ok_or_else(outside)?),
            Kind::Ping => Self::Ping(value(payload).ok_or_else(outside)?),
            Kind::Pong => Self::Pong,
        })
    }
}

/// Reads a payload; an omitted one and null are `Some(None)`, one that is not readable is `None`.
fn value(payload: Option<&RawValue>) -> Option<Option<Value>> {
    payload.map_or(Some(None), |payload| {
        serde_json::from_str(payload.get()).ok()
    })
}

/// Reads the payload of an operation.
fn request(payload: &RawValue) -> Option<Request> {
    let parameters: Parameters<'_> = serde_json::from_str(payload.get()).ok()?;
    let variables = parameters.variables.map(|json| read_variables(json.get()));
    let variables = variables.transpose().ok()?.unwrap_or_default();
    let request = Request::new(parameters.query).variables(variables);
    Some(match parameters.operation_name {
        Some(name) => request.operation_name(name),
        None => request,
    })
}

/// A message to the client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outgoing<'a> {
    ConnectionAck,
    Next {
        id: &'a str,
        payload: &'a Response,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
}

impl Outgoing<'_> {
    /// Returns the message as JSON. It consists of JSON values, so it always serialises.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_outside_the_protocol_are_refused() {
        for (text, accepted) in [
            (r#"{"type":"connection_init"}"#, true),
            (r#"{"type":"connection_init","payload":null}"#, true),
            (r#"{"type":"connection_init","payload":{"a":1}}"#, true),
            (r#"{"type":"connection_init","payload":[]}"#, false),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"subscription{a}"}}"#,
                true,
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{"b":1},"operationName":null,"extensions":{}}}"#,
                true,
            ),
            (r#"{"type":"subscribe","id":"1","payload":{}}"#, false),
            (r#"{"type":"subscribe","id":"1"}"#, false),
            (
                r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
                false,
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[1]}}"#,
                false,
            ),
            (r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, false),
            (r#"{"type":"complete","id":"1"}"#, true),
            (r#"{"type":"complete"}"#, false),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{"b":1E400}}}"#,
                true,
            ),
            (r#"{"type":"ping"}"#, true),
            (r#"{"type":"pong","payload":{"a":1}}"#, true),
            (r#"{"type":"next","id":"1","payload":{}}"#, false),
            (
                r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
                false,
            ),
            (r#"{"id":"1"}"#, false),
            ("[]", false),
            ("", false),
        ] {
            let read = Incoming::read(text);
            assert_eq!(read.is_ok(), accepted, "{text}");
            if let Err(close) = read {
                assert_eq!(close.code, 4400, "{text}");
            }
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let close = Close::exists(&"ö".repeat(100));
        assert!(close.reason.len() <= REASON_LIMIT);
        assert!(close.reason.ends_with('ö'));
    }
}
