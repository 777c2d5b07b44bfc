//! The readiness check reports what requests will fail for later: the opener, the index, the clock;
//! `torg health` prints it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::process::Command;
use torg::{
    kernel::ids::ProcurementId,
    tender::{heartbeat, sealing::OpeningKey},
};

use crate::support::{
    app::{TestApp, eventually},
    postgres::database,
    process::{NOWHERE, Process},
    stage::published,
};

/// Waits until the check returns these warnings. A result is reused for a second.
async fn eventually_warns(app: &TestApp, expected: &[&str]) {
    eventually("the check returns the warnings", async || {
        let ready = app.get("/health/ready", &[]).send().await.unwrap();
        assert_eq!(ready.status(), 200);
        let body: Value = ready.json().await.unwrap();
        assert_eq!(body["missing"], json!([]), "{body}");
        (body["warnings"] == json!(expected)).then_some(())
    })
    .await;
}

async fn run(pool: &PgPool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.unwrap();
}

#[tokio::test]
async fn a_missing_opener_and_one_with_another_key_are_reported() {
    let app = TestApp::without_workers().await;
    let pool = &app.database.pool;
    eventually_warns(&app, &["opener"]).await;
    let other = OpeningKey::generate().recipient();
    heartbeat::send(pool, &other).await.unwrap();
    eventually_warns(&app, &["opener_key"]).await;
    heartbeat::send(pool, &app.recipient()).await.unwrap();
    eventually_warns(&app, &[]).await;
    run(
        pool,
        "update opener_heartbeat set at = at - interval '2 minutes'",
    )
    .await;
    eventually_warns(&app, &["opener"]).await;
    // Openers that stopped long ago are forgotten.
    run(
        pool,
        "update opener_heartbeat set at = at - interval '2 days'",
    )
    .await;
    heartbeat::send(pool, &app.recipient()).await.unwrap();
    let known: Vec<String> = sqlx::query_scalar("select recipient from opener_heartbeat")
        .fetch_all(pool)
        .await
        .unwrap();
    assert_eq!(known, [app.recipient()]);
}

#[tokio::test]
async fn an_index_job_that_waits_or_fails_for_long_is_reported() {
    let app = TestApp::without_workers().await;
    let pool = &app.database.pool;
    heartbeat::send(pool, &app.recipient()).await.unwrap();
    let add = "select graphile_worker.add_job('index_questions', '{\"questions\": []}'::json)";
    run(pool, add).await;
    eventually_warns(&app, &[]).await;
    for (stuck, repaired) in [
        (
            "update graphile_worker._private_jobs set run_at = now() - interval '11 minutes'",
            "update graphile_worker._private_jobs set run_at = now()",
        ),
        (
            "update graphile_worker._private_jobs set attempts = 6, run_at = now() + interval '5 minutes'",
            "update graphile_worker._private_jobs set attempts = 5",
        ),
    ] {
        run(pool, stuck).await;
        eventually_warns(&app, &["indexing"]).await;
        run(pool, repaired).await;
        eventually_warns(&app, &[]).await;
    }
}

#[tokio::test]
async fn a_wrong_clock_is_reported() {
    for hours in [-1, 1] {
        let app = TestApp::on_wrong_machine(TimeDelta::hours(hours)).await;
        eventually_warns(&app, &["opener", "clock"]).await;
    }
}

#[tokio::test]
async fn a_requested_opening_that_is_not_done_becomes_overdue() {
    let app = TestApp::without_workers().await;
    let pool = &app.database.pool;
    for minutes in [4, 6] {
        let id = published(&app, "TENDERING").await;
        sqlx::query(
            "insert into opening (procurement_id, requested_by, requested_at)
             values ($1, (select id from person limit 1), now() - make_interval(mins => $2))",
        )
        .bind(ProcurementId::from_global(&id).unwrap().0)
        .bind(minutes)
        .execute(pool)
        .await
        .unwrap();
    }
    assert_eq!(heartbeat::overdue(pool).await.unwrap(), 1);
    run(pool, "update opening set opened_at = now()").await;
    assert_eq!(heartbeat::overdue(pool).await.unwrap(), 0);
}

/// Runs `torg health` for this address; returns whether it succeeds, and what it prints.
async fn health(url: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torg"));
    let done = command.args(["health", url]).env_clear().output();
    let done = done.await.unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn the_command_prints_what_a_process_reports() {
    let app = TestApp::without_workers().await;
    let (ready, text) = health(&app.address).await;
    assert!(ready, "{text}");
    assert!(text.starts_with("ready\nwarning: opener: "), "{text}");
    run(
        &app.database.pool,
        "delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)",
    )
    .await;
    let text = eventually("the process is unready", async || {
        let (ready, text) = health(&app.address).await;
        (!ready).then_some(text)
    })
    .await;
    assert!(text.starts_with("unready\nmissing: migrations: "), "{text}");
    let (ready, text) = health(NOWHERE).await;
    assert!(!ready && text.contains("does not answer"), "{text}");
}

#[tokio::test]
async fn the_address_of_the_metrics_serves_the_health_checks() {
    let database = database().await;
    let settings = [("TORG_METRICS", "127.0.0.1:0")];
    let server = Process::serve(&database, &settings).await;
    let metrics = server.metrics.clone().unwrap();
    let address = metrics.strip_suffix("/metrics").unwrap();
    let live = server.http.get(format!("{address}/health/live"));
    assert_eq!(live.send().await.unwrap().status(), 200);
    let (ready, text) = health(address).await;
    assert!(ready, "{text}");
    assert!(text.contains("missing: search: "), "{text}");
    let log = server.log();
    assert!(log.contains("Torg starts"), "{log}");
}
