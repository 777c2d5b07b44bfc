//! Traces, as a collector receives them.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, header::CONTENT_TYPE},
    routing::post,
};
use serde_json::json;
use tokio::net::TcpListener;

use super::{READ, unknown_id};
use crate::support::{
    postgres::database,
    process::{NOWHERE, Process},
};

/// The id of the trace that the request continues.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Starts a collector; returns its URL and the bytes that it receives.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let received: Arc<Mutex<Vec<u8>>> = Arc::default();
    let store = received.clone();
    let take = post(async move |headers: HeaderMap, body: Bytes| {
        assert_eq!(headers[CONTENT_TYPE], "application/x-protobuf");
        store.lock().unwrap().extend_from_slice(&body);
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/traces", take);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, received)
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

#[tokio::test]
async fn a_collector_receives_spans_without_content() {
    let (address, received) = collector().await;
    let database = database().await;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", address.as_str()),
        ("OTEL_SERVICE_NAME", "torg-of-the-test"),
    ];
    let mut server = Process::serve(&database, &settings).await;
    let request = server
        .post(READ, unknown_id())
        .header("traceparent", PARENT);
    assert_eq!(request.send().await.unwrap().status(), 200);
    let search = "query SearchProcurements($text: String) { searchProcurements(query: $text) { totalCount } }";
    let secret = json!({ "text": "geheimnisvoll" });
    let request = server
        .post(search, secret)
        .bearer_auth("abc.def.vertraulich");
    assert_eq!(request.send().await.unwrap().status(), 401);
    let secret = json!({ "text": "geheimnisvoll" });
    assert_eq!(server.refusal(search, secret).await, "SEARCH_UNAVAILABLE");

    // The remaining spans are sent at shutdown.
    server.terminate().await;
    assert_eq!(server.ended().await.code(), Some(0));
    let received = received.lock().unwrap().clone();
    for wanted in [
        "torg-of-the-test",
        "query ReadProcurement",
        "query SearchProcurements",
        "http.response.status_code",
        "ANONYMOUS",
        "operation",
        "SEARCH_UNAVAILABLE",
        // The duration of an SQL statement.
        "elapsed_secs",
    ] {
        assert!(holds(&received, wanted.as_bytes()), "{wanted}");
    }
    let trace: Vec<u8> = (0..TRACE.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&TRACE[at..at + 2], 16).unwrap())
        .collect();
    assert!(holds(&received, &trace), "the request's own trace");
    for content in ["geheimnisvoll", "vertraulich", "totalCount"] {
        assert!(!holds(&received, content.as_bytes()), "{content}");
    }
}

#[tokio::test]
async fn an_unreachable_collector_does_not_delay_requests() {
    let database = database().await;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", NOWHERE),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("TORG_SHUTDOWN_SECONDS", "60"),
    ];
    let mut server = Process::serve(&database, &settings).await;
    for _ in 0..50 {
        assert_eq!(server.refusal(READ, unknown_id()).await, "");
    }
    let begun = Instant::now();
    server.terminate().await;
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    // The warning is logged once, not for each batch.
    let log = server.log();
    assert_eq!(log.matches("cannot send traces").count(), 1, "{log}");
}
