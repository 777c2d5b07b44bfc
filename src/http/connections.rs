//! Connections: how many there are, and how long one may take to say what it wants. (`axum::serve` bounds neither: who
//! never ends a request's headers would keep a connection for ever.)

use std::{
    convert::Infallible, net::SocketAddr, num::NonZero, pin::pin, sync::Arc, time::Duration,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time,
};
use tower::Service as _;

use super::Service;

/// What connections are held to.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// How many requests' connections there are at most; others wait until one ends. Sockets are counted by themselves.
    pub connections: NonZero<u32>,
    /// How long a request's headers may take to arrive, and how long a connection may be idle between requests.
    pub headers: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: NonZero::new(4_096).unwrap_or(NonZero::<u32>::MIN),
            headers: Duration::from_secs(30),
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
    let mut protocol = Builder::new(TokioExecutor::new()).http1_only();
    protocol
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers);
    let places = Arc::new(Semaphore::new(limits.connections.get() as usize));
    let open = GracefulShutdown::new();
    let mut ended = pin!(ended);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut ended => break,
        };
        let answering: Result<_, Infallible> = service.call(peer).await;
        let Ok(answering) = answering;
        let answering = TowerToHyperService::new(answering);
        let connection = protocol.serve_connection_with_upgrades(TokioIo::new(stream), answering);
        let connection = open.watch(connection.into_owned());
        tokio::spawn(async move {
            // That a client goes away, or says what is no HTTP, is its own affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    open.shutdown().await;
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
