//! Limits on connections: their number, their timeouts, and shutdown.

use std::{net::SocketAddr, num::NonZero, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::timeout,
};
use torg::http::{self, ConnectionLimits};

use crate::support::app::eventually;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: torg\r\n\r\n";
const SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nHost: torg\r\n\r\n";
/// Bytes of a response that exceeds the system's send and receive buffers.
const LARGE: usize = 64 << 20;
/// The longest wait for an expected event.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The time in which an unexpected event must not happen; also the short timeout of the servers.
const MOMENT: Duration = Duration::from_millis(200);

struct Server {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    running: JoinHandle<()>,
    /// Notified when a request for `/slow` arrives.
    entered: Arc<Notify>,
    /// Lets `/slow` answer.
    answer: Arc<Notify>,
}

/// Starts a server for at most `connections` connections.
async fn server(connections: u32, header_timeout: Duration) -> Server {
    let standard = ConnectionLimits::default();
    serve(ConnectionLimits {
        connections: NonZero::new(connections).unwrap(),
        header_timeout,
        ..standard
    })
    .await
}

async fn serve(limits: ConnectionLimits) -> Server {
    let answer = Arc::new(Notify::new());
    let (waited, entered) = (answer.clone(), Arc::new(Notify::new()));
    let arrived = entered.clone();
    let slow = move || async move {
        arrived.notify_one();
        waited.notified().await;
        "at last"
    };
    let router = Router::new()
        .route("/", get(async || "here"))
        .route("/large", get(async || vec![b'a'; LARGE]))
        .route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel();
    let service = router.into_make_service_with_connect_info();
    let running = tokio::spawn(http::serve(listener, service, limits, async {
        let _ = ended.await;
    }));
    Server {
        address,
        end,
        running,
        entered,
        answer,
    }
}

async fn connect(server: &Server, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Returns the response's first bytes; an empty text when the connection is closed.
async fn read(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 1024];
    let length = timeout(TIMEOUT, stream.read(&mut buffer)).await;
    let length = length.expect("a response or a close").unwrap_or(0);
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn unfinished_headers_and_idle_connections_time_out() {
    let server = server(10, MOMENT).await;
    let mut unended = connect(&server, &REQUEST[..20]).await;
    let mut silent = connect(&server, b"").await;
    let mut idle = connect(&server, REQUEST).await;
    assert!(read(&mut idle).await.ends_with("here"));
    for stream in [&mut unended, &mut silent, &mut idle] {
        // Some receive a reason; all are closed.
        while !read(stream).await.is_empty() {}
    }
    // The timeout does not limit the time to the response.
    let mut slow = connect(&server, SLOW).await;
    assert!(timeout(MOMENT * 2, read(&mut slow)).await.is_err());
    server.answer.notify_one();
    assert!(read(&mut slow).await.ends_with("at last"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let server = server(1, Duration::from_secs(60)).await;
    let mut first = connect(&server, REQUEST).await;
    assert!(read(&mut first).await.ends_with("here"));
    let mut second = connect(&server, REQUEST).await;
    assert!(timeout(MOMENT, read(&mut second)).await.is_err());
    drop(first);
    assert!(read(&mut second).await.ends_with("here"));
}

#[tokio::test]
async fn shutdown_answers_running_requests_and_accepts_no_more() {
    let server = server(10, Duration::from_secs(60)).await;
    let mut idle = connect(&server, REQUEST).await;
    assert!(read(&mut idle).await.ends_with("here"));
    let mut slow = connect(&server, SLOW).await;
    server.entered.notified().await;
    server.end.send(()).unwrap();
    assert_eq!(read(&mut idle).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.running.is_finished());
    server.answer.notify_one();
    assert!(read(&mut slow).await.ends_with("at last"));
    server.running.await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_read_is_dropped() {
    let server = serve(ConnectionLimits {
        connections: NonZero::<u32>::MIN,
        write_timeout: MOMENT,
        ..ConnectionLimits::default()
    })
    .await;
    let mut unread = connect(&server, b"GET /large HTTP/1.1\r\nHost: torg\r\n\r\n").await;
    // Only one connection is allowed: this request is answered once the other is dropped.
    let mut second = connect(&server, REQUEST).await;
    assert!(read(&mut second).await.ends_with("here"));
    let mut received = Vec::new();
    let _ = unread.read_to_end(&mut received).await;
    assert!(received.len() < LARGE);
}

#[tokio::test]
async fn a_network_beyond_its_limit_receives_429() {
    let server = serve(ConnectionLimits {
        per_network: Some(NonZero::<u32>::MIN),
        ..ConnectionLimits::default()
    })
    .await;
    let mut first = connect(&server, REQUEST).await;
    assert!(read(&mut first).await.ends_with("here"));
    let mut refused = TcpStream::connect(server.address).await.unwrap();
    assert!(
        read(&mut refused)
            .await
            .starts_with("HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\n")
    );
    assert_eq!(read(&mut refused).await, "");
    drop(first);
    eventually("the slot is free", async || {
        let mut again = connect(&server, REQUEST).await;
        read(&mut again).await.ends_with("here").then_some(())
    })
    .await;
}
