//! A WebSocket client with little memory of its own, because the memory of the server is measured.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::CommandError;

/// Opcodes of frames (RFC 6455 §5.2).
const TEXT: u8 = 1;
const PING: u8 = 9;
const PONG: u8 = 10;
/// Bit of a frame that is a whole message.
const WHOLE: u8 = 0x80;
const MASKED: u8 = 0x80;
/// Mask that does not change the payload. Masks protect intermediaries, and there are none here.
const MASK: [u8; 4] = [0; 4];

/// A WebSocket of the subprotocol `graphql-transport-ws`.
pub struct Listener(BufReader<TcpStream>);

impl Listener {
    /// Connects to a server (`host:port`) and subscribes.
    pub async fn subscribe(
        server: &str,
        query: &str,
        variables: Value,
    ) -> Result<Self, CommandError> {
        let stream = TcpStream::connect(server).await?;
        let mut listener = Self(BufReader::with_capacity(1024, stream));
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n",
            torg::http::GRAPHQL_PATH
        );
        listener.0.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        while !answer.ends_with("\r\n\r\n") {
            if listener.0.read_line(&mut answer).await? == 0 {
                break;
            }
        }
        if !answer.starts_with("HTTP/1.1 101 ") {
            return Err(format!("no WebSocket: {answer}").into());
        }
        listener
            .send(TEXT, &json!({ "type": "connection_init" }).to_string())
            .await?;
        let acknowledged = listener.next().await?;
        let payload = json!({ "query": query, "variables": variables });
        let subscribe = json!({ "type": "subscribe", "id": "1", "payload": payload });
        listener.send(TEXT, &subscribe.to_string()).await?;
        match acknowledged["type"] == "connection_ack" {
            true => Ok(listener),
            false => Err(format!("not acknowledged: {acknowledged}").into()),
        }
    }

    /// Waits for the next message.
    pub async fn next(&mut self) -> Result<Value, CommandError> {
        loop {
            let kind = self.0.read_u8().await? & 0x0F;
            let length = match self.0.read_u8().await? {
                126 => u64::from(self.0.read_u16().await?),
                127 => self.0.read_u64().await?,
                length => u64::from(length),
            };
            let mut payload = vec![0; usize::try_from(length)?];
            self.0.read_exact(&mut payload).await?;
            match kind {
                TEXT => return Ok(serde_json::from_slice(&payload)?),
                PING => self.send(PONG, &String::from_utf8(payload)?).await?,
                _ => return Err(format!("the server closed the connection ({kind})").into()),
            }
        }
    }

    async fn send(&mut self, kind: u8, text: &str) -> Result<(), CommandError> {
        let mut frame = vec![WHOLE | kind];
        match text.len() {
            length @ 0..126 => frame.push(MASKED | u8::try_from(length)?),
            length => {
                frame.push(MASKED | 126);
                frame.extend(u16::try_from(length)?.to_be_bytes());
            }
        }
        frame.extend(MASK);
        frame.extend(text.as_bytes());
        Ok(self.0.write_all(&frame).await?)
    }
}
