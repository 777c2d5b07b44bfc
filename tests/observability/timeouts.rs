//! Timeouts of the database lead to a retryable error.

use std::time::{Duration, Instant};

use serde_json::Value;
use torg::kernel::ids::DocumentId;

use super::{READ, hold, unknown_id, waiting};
use crate::support::{
    app::eventually,
    postgres::database,
    process::{NOWHERE, Process},
};

/// Sends a query and checks that it fails with a retryable error without the driver's text.
async fn is_unavailable(server: &Process) -> Value {
    let response = server.post(READ, unknown_id()).send().await.unwrap();
    let text = response.text().await.unwrap();
    for internal in ["timeout", "timed out", "statement", "relation", "55P03"] {
        assert!(!text.contains(internal), "{text}");
    }
    let body: Value = serde_json::from_str(&text).unwrap();
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "DATABASE_UNAVAILABLE", "{body}");
    assert_eq!(extensions["retryable"], true, "{body}");
    body
}

#[tokio::test]
async fn a_lock_or_statement_timeout_cancels_the_request() {
    let database = database().await;
    for settings in [
        [
            ("TORG_DATABASE_LOCK_SECONDS", "1"),
            ("TORG_DATABASE_STATEMENT_SECONDS", "0"),
        ],
        [
            ("TORG_DATABASE_LOCK_SECONDS", "0"),
            ("TORG_DATABASE_STATEMENT_SECONDS", "1"),
        ],
    ] {
        let server = Process::serve(&database, &settings).await;
        let held = hold(&database).await;
        let begun = Instant::now();
        is_unavailable(&server).await;
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(900), "{took:?}");
        assert!(took < Duration::from_secs(60), "{took:?}");
        drop(held);
        // The connection is still usable.
        assert_eq!(server.refusal(READ, unknown_id()).await, "");
    }
}

#[tokio::test]
async fn a_timeout_during_a_download_is_retryable() {
    let database = database().await;
    let server = Process::serve(&database, &[("TORG_DATABASE_LOCK_SECONDS", "1")]).await;
    let mut held = database.pool.begin().await.unwrap();
    sqlx::query("lock table document in access exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    let id = DocumentId::new().to_global();
    let address = format!("{}/documents/{id}", server.address);
    let response = server.http.get(address).send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let body: Value = response.json().await.unwrap();
    let code = &body["errors"][0]["extensions"]["code"];
    assert_eq!(code, "DATABASE_UNAVAILABLE");
}

#[tokio::test]
async fn a_request_without_a_connection_is_retryable() {
    let database = database().await;
    let settings = [
        ("TORG_DATABASE_CONNECTIONS", "1"),
        ("TORG_DATABASE_WAIT_SECONDS", "1"),
        ("TORG_DATABASE_LOCK_SECONDS", "120"),
        ("TORG_REQUEST_SECONDS", "120"),
        ("TORG_METRICS", "127.0.0.1:0"),
    ];
    let server = Process::serve(&database, &settings).await;
    let held = hold(&database).await;
    let first = tokio::spawn(server.post(READ, unknown_id()).send());
    waiting(&database, 1).await;
    is_unavailable(&server).await;
    let metrics = server.metrics().await;
    for line in [
        "torg_database_wait_timeouts_total 1",
        "torg_database_connections{pool=\"serving\",state=\"used\"} 1",
        "torg_database_connections_limit{pool=\"serving\"} 1",
        "torg_refusals_total{reason=\"DATABASE_UNAVAILABLE\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    drop(held);
    let body: Value = first.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(body["errors"], Value::Null);
}

#[tokio::test]
async fn the_wait_for_a_connection_is_measured() {
    let database = database().await;
    let settings = [
        ("TORG_DATABASE_CONNECTIONS", "1"),
        ("TORG_DATABASE_WAIT_SECONDS", "60"),
        ("TORG_DATABASE_LOCK_SECONDS", "120"),
        ("TORG_REQUEST_SECONDS", "120"),
        ("TORG_METRICS", "127.0.0.1:0"),
    ];
    let server = Process::serve(&database, &settings).await;
    let long_waits = async || -> u32 {
        let metrics = server.metrics().await;
        let waits = |series: &str| -> u32 {
            let line = metrics.lines().find(|line| line.contains(series));
            let value = line.and_then(|line| line.rsplit(' ').next());
            value.unwrap_or("0").parse().unwrap()
        };
        waits("wait_seconds_count") - waits("wait_seconds_bucket{le=\"0.25\"}")
    };
    let held = hold(&database).await;
    let first = tokio::spawn(server.post(READ, unknown_id()).send());
    waiting(&database, 1).await;
    let before = long_waits().await;
    let second = tokio::spawn(server.post(READ, unknown_id()).send());
    eventually("the second is there", async || {
        let metrics = server.metrics().await;
        metrics.contains("torg_requests_in_flight 2").then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    drop(held);
    for request in [first, second] {
        let body: Value = request.await.unwrap().unwrap().json().await.unwrap();
        assert_eq!(body["errors"], Value::Null);
    }
    assert!(long_waits().await > before);
}

#[tokio::test]
async fn an_invalid_variable_is_named_at_start() {
    let database = database().await;
    for (name, value) in [
        ("TORG_DATABASE_LOCK_SECONDS", "soon"),
        ("TORG_DATABASE_STATEMENT_SECONDS", "-1"),
        ("TORG_DATABASE_IDLE_SECONDS", "100000"),
        ("TORG_DATABASE_WAIT_SECONDS", "x"),
        ("TORG_SHUTDOWN_SECONDS", "1h"),
        ("TORG_LOG_FORMAT", "xml"),
        ("TORG_METRICS", "nowhere"),
    ] {
        let error = Process::refused(&database, &[(name, value)]).await;
        assert!(error.contains(name), "{name}: {error}");
    }
    // The collector's address is not a URL.
    let invalid = [("OTEL_EXPORTER_OTLP_ENDPOINT", "no address")];
    let error = Process::refused(&database, &invalid).await;
    assert!(error.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{error}");
    assert!(!error.contains(NOWHERE), "{error}");
}
