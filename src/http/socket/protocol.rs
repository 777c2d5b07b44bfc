//! The messages of `graphql-transport-ws`, and the codes that a connection is closed with.

use async_graphql::{Name, Request, Response, ServerError, Value, Variables, indexmap::IndexMap};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::kernel::json::count_values;

/// The protocol's name.
pub const SUBPROTOCOL: &str = "graphql-transport-ws";
/// The most bytes of an operation's ID.
const ID_LIMIT: usize = 128;
/// The most values of a message: what is made of them stays for as long as the operation runs.
const VALUES: usize = 1_000;
/// The most bytes of a reason (RFC 6455 §5.5).
const REASON_LIMIT: usize = 123;

/// What is said with the first message. It is GraphQL's kind of value that is read from clients, not `serde_json`'s: that one
/// reads text within a certain object as JSON again, without an end to how deep.
pub type Payload = IndexMap<Name, Value>;

/// Why a connection is closed.
#[derive(Debug)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

impl Close {
    /// With a reason, as much of it as there is room for.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(REASON_LIMIT));
        Self { code, reason }
    }

    /// The process ends.
    pub fn going_away() -> Self {
        Self::new(1001, "The server restarts; connect again.")
    }

    /// Something does not work right now.
    pub fn try_again(reason: &str) -> Self {
        Self::new(1013, reason)
    }

    /// The message is none of the protocol's.
    pub fn bad_request(reason: &str) -> Self {
        Self::new(4400, reason)
    }

    /// Something was asked before the connection was acknowledged.
    pub fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized: send connection_init first")
    }

    /// The token is not good, or no longer.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(4403, reason)
    }

    /// `connection_init` did not come.
    pub fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// An operation with this ID is running.
    pub fn exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// The person has as many connections as are allowed.
    pub fn too_many() -> Self {
        Self::new(
            4429,
            "TOO_MANY_SOCKETS: you have too many connections; close some",
        )
    }

    /// `connection_init` came twice.
    pub fn initialised() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }
}

/// What a client sends.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Received {
    ConnectionInit { payload: Option<Value> },
    Subscribe { id: String, payload: Parameters },
    Complete { id: String },
    Ping { payload: Option<Value> },
    Pong {},
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    #[serde(rename = "extensions")]
    _extensions: Option<IgnoredAny>,
}

/// The same, read.
pub enum Incoming {
    /// The first message, with what would be headers of a request.
    Init(Payload),
    Subscribe(String, Box<Request>),
    Complete(String),
    Ping(Option<Value>),
    Pong,
}

impl Incoming {
    /// Reads a message.
    pub fn read(text: &str) -> Result<Self, Close> {
        if count_values(text) > VALUES {
            let reason = format!("A message has at most {VALUES} values");
            return Err(Close::bad_request(&reason));
        }
        let received = serde_json::from_str(text)
            .map_err(|_| Close::bad_request("Not a message of graphql-transport-ws"))?;
        Ok(match received {
            Received::ConnectionInit { payload } => match payload {
                None | Some(Value::Null) => Self::Init(Payload::new()),
                Some(Value::Object(payload)) => Self::Init(payload),
                Some(_) => return Err(Close::bad_request("The payload is an object")),
            },
            Received::Subscribe { id, payload } => {
                if id.is_empty() || id.len() > ID_LIMIT {
                    return Err(Close::bad_request("The id has 1 to 128 bytes"));
                }
                Self::Subscribe(id, Box::new(payload.request()))
            }
            Received::Complete { id } => Self::Complete(id),
            Received::Ping { payload } => Self::Ping(payload),
            Received::Pong {} => Self::Pong,
        })
    }
}

impl Parameters {
    fn request(self) -> Request {
        let request = Request::new(self.query).variables(self.variables);
        match self.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

/// What a client is sent.
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
    /// As text. Messages are made of JSON values; they always serialise.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_refused() {
        for (text, taken) in [
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
            assert_eq!(read.is_ok(), taken, "{text}");
            if let Err(close) = read {
                assert_eq!(close.code, 4400, "{text}");
            }
        }
    }

    #[test]
    fn a_reason_fits_and_is_never_cut_within_a_character() {
        let close = Close::exists(&"ö".repeat(100));
        assert!(close.reason.len() <= REASON_LIMIT);
        assert!(close.reason.ends_with('ö'));
    }
}
