//! How many connections there are, how long they may take, and how they end.

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
/// More than the system's buffers between two that do not read.
const LARGE: usize = 64 << 20;
/// What shall come does so within this.
const PATIENCE: Duration = Duration::from_secs(60);
/// What shall not come does not come within this.
const MOMENT: Duration = Duration::from_millis(200);

struct Server {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    running: JoinHandle<()>,
    /// `/slow` is asked for.
    entered: Arc<Notify>,
    /// Lets `/slow` answer.
    answer: Arc<Notify>,
}

/// With room for so many, one network's included.
async fn server(connections: u32, headers: Duration) -> Server {
    let standard = ConnectionLimits::default();
    serve(ConnectionLimits {
        connections: NonZero::new(connections).unwrap(),
        headers,
        ..standard
    })
    .await
}

async fn serve(limits: ConnectionLimits) -> Server {
    let answer = Arc::new(Notify::new());
    let (waited, entered) = (answer.clone(), Arc::new(Notify::new()));
    let in_it = entered.clone();
    let slow = move || async move {
        in_it.notify_one();
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

/// An answer's first bytes; none at the connection's end.
async fn read(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 1024];
    let length = timeout(PATIENCE, stream.read(&mut buffer)).await;
    let length = length.expect("an answer, or the end").unwrap_or(0);
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[tokio::test]
async fn who_does_not_end_the_headers_and_who_is_idle_is_let_go() {
    let server = server(10, MOMENT).await;
    let mut unended = connect(&server, &REQUEST[..20]).await;
    let mut silent = connect(&server, b"").await;
    let mut idle = connect(&server, REQUEST).await;
    assert!(read(&mut idle).await.ends_with("here"));
    for stream in [&mut unended, &mut silent, &mut idle] {
        // Some are told why, and all are let go.
        while !read(stream).await.is_empty() {}
    }
    // How long an answer takes is another matter.
    let mut slow = connect(&server, SLOW).await;
    assert!(timeout(MOMENT * 2, read(&mut slow)).await.is_err());
    server.answer.notify_one();
    assert!(read(&mut slow).await.ends_with("at last"));
}

#[tokio::test]
async fn there_are_so_many_and_others_wait() {
    let server = server(1, Duration::from_secs(60)).await;
    let mut first = connect(&server, REQUEST).await;
    assert!(read(&mut first).await.ends_with("here"));
    let mut second = connect(&server, REQUEST).await;
    assert!(timeout(MOMENT, read(&mut second)).await.is_err());
    drop(first);
    assert!(read(&mut second).await.ends_with("here"));
}

#[tokio::test]
async fn at_the_end_what_runs_is_answered_and_nothing_more_is_taken() {
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
async fn who_does_not_read_is_let_go() {
    let server = serve(ConnectionLimits {
        connections: NonZero::<u32>::MIN,
        unread: MOMENT,
        ..ConnectionLimits::default()
    })
    .await;
    let mut unread = connect(&server, b"GET /large HTTP/1.1\r\nHost: torg\r\n\r\n").await;
    // There is room for one alone: this is answered once the other is gone.
    let mut second = connect(&server, REQUEST).await;
    assert!(read(&mut second).await.ends_with("here"));
    let mut received = Vec::new();
    let _ = unread.read_to_end(&mut received).await;
    assert!(received.len() < LARGE);
}

#[tokio::test]
async fn one_network_has_so_many_and_is_told() {
    let server = serve(ConnectionLimits {
        of_network: Some(NonZero::<u32>::MIN),
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
    eventually("its place is free", async || {
        let mut again = connect(&server, REQUEST).await;
        read(&mut again).await.ends_with("here").then_some(())
    })
    .await;
}
