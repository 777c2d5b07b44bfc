//! Requests that are refused before their body is read: the client receives the refusal.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
    time::timeout,
};
use torg::http::Settings;

use crate::support::app::{SOCKET_LIMITS, TestApp, unhurried};

/// Number of bytes of each body: more than the socket's buffers and the limit hold.
const BODY: usize = 3 << 20;
/// Number of bytes of one write.
const PIECE: usize = 4 << 10;
const TIMEOUT: Duration = Duration::from_secs(60);

/// Sends a head, and then a body in pieces, without reading. Returns what the server answered.
async fn exchange(address: &str, head: &str, body: usize) -> String {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!("{head}host: torg\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunked = head.contains("chunked");
    let mut sent = 0;
    while sent < body {
        if chunked {
            let size = format!("{PIECE:x}\r\n");
            stream.write_all(size.as_bytes()).await.unwrap();
        }
        stream.write_all(&[b' '; PIECE]).await.expect("not reset");
        if chunked {
            stream.write_all(b"\r\n").await.unwrap();
        }
        sent += PIECE;
        yield_now().await;
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await.unwrap();
    }
    read_response(&mut stream).await
}

/// Reads until the body of the response, which is one JSON object, has arrived.
async fn read_response(stream: &mut TcpStream) -> String {
    let mut response = String::new();
    let mut buffer = [0; 4096];
    while !response.ends_with("}]}") {
        let read = timeout(TIMEOUT, stream.read(&mut buffer)).await;
        let read = read.expect("in time").expect("not reset");
        assert_ne!(read, 0, "the connection ended: {response}");
        response += std::str::from_utf8(&buffer[..read]).unwrap();
    }
    response
}

/// Returns the head of a `POST` without the header `Host`.
fn post(path: &str, headers: &str) -> String {
    format!("POST {path} HTTP/1.1\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_client_that_sends_before_it_reads_receives_the_refusal() {
    let app = TestApp::without_search().await;
    let length = format!("content-length: {BODY}");
    for (path, headers, expected) in [
        ("/graphql", length.as_str(), "BODY_TOO_LARGE"),
        ("/graphql", "transfer-encoding: chunked", "BODY_TOO_LARGE"),
        ("/documents?fileName=a.pdf", &length, "NOT_AUTHENTICATED"),
    ] {
        let headers = format!("content-type: application/json\r\n{headers}");
        let response = exchange(&app.address, &post(path, &headers), BODY).await;
        assert!(response.contains(expected), "{headers}: {response}");
    }
}

#[tokio::test]
async fn the_refusal_does_not_wait_for_the_body() {
    let app = TestApp::without_search().await;
    let headers = format!("content-type: application/json\r\ncontent-length: {BODY}");
    let response = exchange(&app.address, &post("/graphql", &headers), 0).await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
}

#[tokio::test]
async fn a_body_that_is_refused_is_not_requested_with_100_continue() {
    let app = TestApp::without_search().await;
    for (path, status) in [("/graphql", "413"), ("/documents?fileName=a.pdf", "401")] {
        let headers = format!(
            "content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {BODY}"
        );
        let response = exchange(&app.address, &post(path, &headers), 0).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(response.starts_with(&expected), "{response}");
        assert_eq!(response.matches("HTTP/1.1").count(), 1, "{response}");
    }
}

#[tokio::test]
async fn the_connection_serves_another_request_after_a_refused_body() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        body_limit: 1024,
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let address = server.address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        let head = post(
            "/graphql",
            "content-type: application/json\r\ncontent-length: 65536\r\nhost: torg\r\n",
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&[b' '; 65536]).await.unwrap();
        let response = read_response(&mut stream).await;
        assert!(response.contains("BODY_TOO_LARGE"), "{response}");
    }
}
