//! A client of subscriptions: a WebSocket that speaks `graphql-transport-ws`.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderName, Response},
    },
};

/// Maximum time to wait for a message.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message of the server, or the end of the connection.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Message(Value),
    Closed(u16, String),
    /// The connection ended without a close frame.
    Lost,
}

/// A WebSocket connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    subscriptions: u32,
}

impl Socket {
    /// Opens a WebSocket at `http://…/graphql` with these headers; returns the response when
    /// refused.
    pub async fn upgrade(
        address: &str,
        headers: &[(&str, &str)],
    ) -> Result<Self, Box<Response<Option<Vec<u8>>>>> {
        let url = format!("{}/graphql", address.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self {
                stream,
                subscriptions: 0,
            }),
            Err(Error::Http(response)) => Err(response),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a WebSocket with the subprotocol and sends no message.
    pub async fn connect(address: &str) -> Self {
        let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
        Self::upgrade(address, &protocol).await.ok().unwrap()
    }

    /// Opens a WebSocket and waits for `connection_ack`.
    pub async fn open(address: &str, payload: Value) -> Self {
        let mut socket = Self::connect(address).await;
        let init = json!({ "type": "connection_init", "payload": payload });
        socket.send(init).await;
        assert_eq!(
            socket.hear().await,
            Heard::Message(json!({ "type": "connection_ack" }))
        );
        socket
    }

    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// Returns whether a message arrives before the connection ends. The message is not parsed.
    pub async fn hears(&mut self) -> bool {
        let message = timeout(PATIENCE, self.stream.next()).await;
        matches!(message.expect("nothing came"), Some(Ok(_)))
    }

    /// Returns the next message, or how the connection ended.
    pub async fn hear(&mut self) -> Heard {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await;
            match message.expect("nothing came") {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Message(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Heard::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Lost,
            }
        }
    }

    /// Returns the next message.
    pub async fn message(&mut self) -> Value {
        match self.hear().await {
            Heard::Message(message) => message,
            other => panic!("{other:?}"),
        }
    }

    /// Skips messages and returns the code that the connection is closed with.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.hear().await {
                Heard::Message(_) => {}
                Heard::Closed(code, _) => return code,
                Heard::Lost => panic!("closed without a word"),
            }
        }
    }

    /// Subscribes; returns the operation's ID.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        self.subscriptions += 1;
        let id = self.subscriptions.to_string();
        let payload = json!({ "query": query, "variables": variables });
        let message = json!({ "type": "subscribe", "id": id, "payload": payload });
        self.send(message).await;
        id
    }

    /// Returns the data of the next event of the only subscription; panics when it has errors.
    pub async fn next(&mut self) -> Value {
        let mut message = self.message().await;
        assert_eq!(message["type"], "next", "{message}");
        assert_eq!(message["payload"].get("errors"), None, "{message}");
        message["payload"]["data"].take()
    }

    /// Returns the code of the error that ends the only subscription.
    pub async fn refused(&mut self) -> String {
        let message = self.message().await;
        assert_eq!(message["type"], "error", "{message}");
        let code = &message["payload"][0]["extensions"]["code"];
        code.as_str().unwrap().to_owned()
    }
}
