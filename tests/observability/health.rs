//! The readiness check.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    app::{TestApp, eventually},
    postgres::database,
    process::Process,
};

/// Waits until the readiness check returns this status and body.
async fn eventually_returns(app: &TestApp, status: StatusCode, expected: Value) {
    eventually("the check returns the expected body", async || {
        let ready = app.get("/health/ready", &[]).send().await.unwrap();
        let (found, body) = (ready.status(), ready.json::<Value>().await.unwrap());
        (found == status && body == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_missing_migration_makes_the_process_unready() {
    let app = TestApp::without_search().await;
    // The state of a database that an older version migrated.
    sqlx::query(
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
    )
    .execute(&app.database.pool)
    .await
    .unwrap();
    let expected =
        json!({ "status": "unready", "missing": ["migrations", "search"], "warnings": [] });
    eventually_returns(&app, StatusCode::SERVICE_UNAVAILABLE, expected).await;
}

#[tokio::test]
async fn a_missing_documents_folder_is_named() {
    let app = TestApp::without_search().await;
    std::fs::remove_dir_all(app.documents_folder()).unwrap();
    let expected =
        json!({ "status": "ready", "missing": ["search", "documents"], "warnings": ["opener"] });
    eventually_returns(&app, StatusCode::OK, expected).await;
}

#[tokio::test]
async fn concurrent_readiness_checks_share_one_probe_a_second() {
    // A search engine that answers after 30 seconds.
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let slow = get(async move || {
        count.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(30)).await;
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let engine = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/health", slow);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let database = database().await;
    let server = Process::serve(&database, &[("MEILI_URL", &engine)]).await;
    // The process is ready without the issuer's keys and without search.
    let ready = json!({ "status": "ready", "missing": ["search", "keys"], "warnings": ["opener"] });
    eventually("the database answers", async || {
        (server.ready().await == (200, ready.clone())).then_some(())
    })
    .await;
    let (begun, before) = (Instant::now(), asked.load(Ordering::Relaxed));
    join_all((0..200).map(|_| server.ready())).await;
    let (asked, seconds) = (asked.load(Ordering::Relaxed), begun.elapsed().as_secs());
    let asked = (asked - before) as u64;
    assert!(asked <= seconds + 1, "{asked} times in {seconds} s");
}
