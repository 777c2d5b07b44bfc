//! Whether a process can serve, and what it lacks.

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

/// What is told, once the database has had the time to answer.
async fn told(app: &TestApp, status: StatusCode, expected: Value) {
    eventually("it is told", async || {
        let ready = app.get("/health/ready", &[]).send().await.unwrap();
        let (found, body) = (ready.status(), ready.json::<Value>().await.unwrap());
        (found == status && body == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn changes_of_the_schema_that_are_not_made_are_missing() {
    let app = TestApp::without_search().await;
    // As an older version left it.
    sqlx::query(
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
    )
    .execute(&app.database.pool)
    .await
    .unwrap();
    let expected = json!({ "status": "unready", "missing": ["migrations", "search"] });
    told(&app, StatusCode::SERVICE_UNAVAILABLE, expected).await;
}

#[tokio::test]
async fn a_folder_that_is_gone_is_named() {
    let app = TestApp::without_search().await;
    std::fs::remove_dir_all(app.documents_folder()).unwrap();
    let expected = json!({ "status": "ready", "missing": ["search", "documents"] });
    told(&app, StatusCode::OK, expected).await;
}

#[tokio::test]
async fn however_often_it_is_asked_each_thing_is_looked_at_once_and_for_a_second_at_most() {
    // A search engine that takes its time.
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
    // Without the issuer's keys and search the public can still read.
    let ready = json!({ "status": "ready", "missing": ["search", "keys"] });
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
