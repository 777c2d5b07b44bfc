//! Connections: how many there are, and how long one may take to say what it wants and to take its answer. (`axum::serve`
//! bounds none of it: who never ends a request's headers, or never reads, would keep a connection for ever.)

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

use super::{address, places::Places, rates::Who};

/// What is served, with each request's peer noted.
pub type Service = IntoMakeServiceWithConnectInfo<Router, SocketAddr>;

/// Bytes of a request's head at most, and of what is read at a time.
const BUFFER: usize = 128 << 10;

/// What connections are held to. Sockets are counted by themselves, once they are open.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How many requests' connections there are at most; others wait until one ends.
    pub connections: NonZero<u32>,
    /// How many come from one network (an IPv4 address, an IPv6 /64) at most; others are told so, and closed. None where
    /// a proxy stands in front, from which all come.
    pub of_network: Option<NonZero<u32>>,
    /// How long a request's headers may take to arrive, and how long a connection may be idle between requests.
    pub headers: Duration,
    /// How long a client may take nothing of its answer.
    pub unread: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            connections: number(4_096),
            of_network: Some(number(1_024)),
            headers: Duration::from_secs(30),
            unread: Duration::from_secs(30),
        }
    }
}

/// Serves until `ended`. Then no more are taken, and those there are end with their answer; done when they have.
pub async fn serve(
    listener: TcpListener,
    mut service: Service,
    limits: ConnectionLimits,
    ended: impl Future<Output = ()>,
) {
    let mut protocol = Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_buf_size(BUFFER);
    let free = Arc::new(Semaphore::new(limits.connections.get() as usize));
    let places = Places::default();
    let ending = watch::Sender::new(false);
    let mut ended = pin!(ended);
    loop {
        let next = async {
            let permit = free.clone().acquire_owned().await;
            (permit, accept(&listener).await)
        };
        let (permit, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut ended => break,
        };
        let network = Who::Network(address::network(peer.ip()));
        let place = limits.of_network.map(|most| places.take(network, most));
        if let Some(None) = place {
            refuse(&stream);
            continue;
        }
        let Ok(answering): Result<_, Infallible> = service.call(peer).await;
        let answering = TowerToHyperService::new(answering);
        let connection = protocol.serve_connection(bounded(stream, limits.unread), answering);
        let mut ending = ending.subscribe();
        tokio::spawn(async move {
            let mut connection = pin!(connection.with_upgrades());
            // That a client goes away, or says what is no HTTP, is its own affair.
            tokio::select! {
                _ = &mut connection => return,
                _ = ending.wait_for(|ending| *ending) => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
            drop((permit, place));
        });
    }
    drop(listener);
    ending.send_replace(true);
    // An error would mean that the semaphore is closed, which nobody does.
    let _ = free.acquire_many(limits.connections.get()).await;
}

/// The next connection. That one fails is no reason to take no more; where there is no room for it, some will end.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    const PAUSE: Duration = Duration::from_millis(100);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole: there is nothing to wait for.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                time::sleep(PAUSE).await;
            }
        }
    }
}

/// Fails once a client has taken nothing for so long.
fn bounded(stream: TcpStream, unread: Duration) -> TokioIo<Pin<Box<TimeoutStream<TcpStream>>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(unread));
    TokioIo::new(Box::pin(stream))
}

/// Says that there are too many. What does not fit into an empty buffer is not waited for: it costs nothing.
fn refuse(stream: &TcpStream) {
    const ANSWER: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\n\
        connection: close\r\ncontent-length: 0\r\n\r\n";
    let _ = stream.try_write(ANSWER);
}
