//! Accepting TCP connections, with limits on their number and on the time for headers and reads.
//!
//! This replaces `axum::serve`, which has none of these limits: a client that never finishes its
//! headers, or never reads the response, would occupy a connection forever.

use std::{
    convert::Infallible,
    net::SocketAddr,
    num::NonZero,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::connect_info::IntoMakeServiceWithConnectInfo};
use hyper::server::conn::http1::Builder;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time,
};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use super::{address, concurrency::ConcurrencyLimiter, rate_limit::RateLimitKey};

/// The router with all routes; it records the peer's address of each request.
pub type Service = IntoMakeServiceWithConnectInfo<Router, SocketAddr>;

/// Maximum number of bytes of a request's head, and of one read.
const BUFFER: usize = 128 << 10;

/// Limits on connections. An upgraded WebSocket counts towards
/// [`SocketLimits`](super::SocketLimits) instead.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Maximum number of connections; further clients wait until a connection closes.
    pub connections: NonZero<u32>,
    /// Maximum number of connections from one network (an IPv4 address or an IPv6 /64); further
    /// connections are answered with 429 and closed. `None` behind a proxy, from which all
    /// connections come.
    pub per_network: Option<NonZero<u32>>,
    /// The longest time for a request's headers to arrive, and for a connection to be idle between
    /// requests.
    pub header_timeout: Duration,
    /// The longest time in which a client reads nothing of its response.
    pub write_timeout: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            connections: number(4_096),
            per_network: Some(number(1_024)),
            header_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
        }
    }
}

/// Serves connections until `shutdown` is ready. Then it accepts no more, closes each connection
/// after its current response, and returns when all are closed.
pub async fn serve(
    listener: TcpListener,
    mut service: Service,
    limits: ConnectionLimits,
    shutdown: impl Future<Output = ()>,
) {
    let mut protocol = Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_buf_size(BUFFER);
    let free = Arc::new(Semaphore::new(limits.connections.get() as usize));
    let networks = ConcurrencyLimiter::default();
    let closing = watch::Sender::new(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let permit = free.clone().acquire_owned().await;
            (permit, accept(&listener).await)
        };
        let (permit, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        let network = RateLimitKey::Network(address::network(peer.ip()));
        let slot = limits
            .per_network
            .map(|limit| networks.acquire(network, limit));
        if let Some(None) = slot {
            refuse(&stream);
            continue;
        }
        let Ok(handler): Result<_, Infallible> = service.call(peer).await;
        let handler = TowerToHyperService::new(handler);
        let stream = with_write_timeout(stream, limits.write_timeout);
        let connection = protocol.serve_connection(stream, handler);
        let mut closing = closing.subscribe();
        tokio::spawn(async move {
            let mut connection = pin!(connection.with_upgrades());
            // Errors are ignored: the client disconnected or does not speak HTTP.
            tokio::select! {
                _ = &mut connection => return,
                _ = closing.wait_for(|closing| *closing) => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
            drop((permit, slot));
        });
    }
    drop(listener);
    closing.send_replace(true);
    // The semaphore is never closed, so there is no error.
    let _ = free.acquire_many(limits.connections.get()).await;
}

/// Accepts the next connection. After an error (mostly: too many open files) it waits and tries
/// again.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Responses are written in one piece, so Nagle's algorithm would only delay them.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                time::sleep(PAUSE).await;
            }
        }
    }
}

/// Returns the stream with a timeout: a write fails when the client reads nothing for `timeout`.
fn with_write_timeout(
    stream: TcpStream,
    timeout: Duration,
) -> TokioIo<Pin<Box<TimeoutStream<TcpStream>>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(timeout));
    TokioIo::new(Box::pin(stream))
}

/// Answers 429 without waiting: the response fits into the socket's empty send buffer.
fn refuse(stream: &TcpStream) {
    const RESPONSE: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\n\
        connection: close\r\ncontent-length: 0\r\n\r\n";
    let _ = stream.try_write(RESPONSE);
}
