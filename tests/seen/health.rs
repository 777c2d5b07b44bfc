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

use crate::support::{app::TestApp, postgres::database, process::Process};

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
    let ready = app.get("/health/ready", &[]).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = ready.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "status": "unready", "missing": ["migrations", "search"] })
    );
}

#[tokio::test]
async fn a_folder_that_is_gone_is_named() {
    let app = TestApp::without_search().await;
    std::fs::remove_dir_all(app.documents_folder()).unwrap();
    let ready = app.get("/health/ready", &[]).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    let body: Value = ready.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "status": "ready", "missing": ["search", "documents"] })
    );
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
    let begun = Instant::now();
    let answers = join_all((0..1_000).map(|_| server.ready())).await;
    assert!(begun.elapsed() < Duration::from_secs(15));
    for answer in answers {
        // Without the issuer's keys and search the public can still read.
        assert_eq!(
            answer,
            (
                200,
                json!({ "status": "ready", "missing": ["search", "keys"] })
            )
        );
    }
    let (asked, seconds) = (asked.load(Ordering::Relaxed), begun.elapsed().as_secs());
    assert!(
        asked as u64 <= seconds / 2 + 2,
        "{asked} times in {seconds} s"
    );
}
