//! A database or document storage that is full or read-only answers with a retryable code, and
//! readiness names it.

use serde_json::{Value, json};
use sqlx::PgPool;

use super::{close_all, outside};
use crate::documents::{CONTENT, PDF, uploading};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{draft, published},
};

const FOLLOW: &str = "mutation($id: ID!) { followProcurement(input: { procurementId: $id }) { userErrors { code } } }";
const READ: &str = "query($id: ID!) { procurement(id: $id) { id } viewer { name } }";

async fn run(pool: &PgPool, statement: &'static str) {
    sqlx::query(statement).execute(pool).await.unwrap();
}

async fn reads(app: &TestApp, id: &str) {
    let client = app.as_(Person::Clerk);
    let response = client.respond(READ, json!({ "id": id })).await;
    assert_eq!(response["errors"], Value::Null, "{response}");
}

async fn refuses(app: &TestApp, person: Person, mutation: &str, variables: Value) {
    let response = app.as_(person).respond(mutation, variables).await;
    let extensions = &response["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "DATABASE_UNAVAILABLE", "{response}");
    assert_eq!(extensions["retryable"], true, "{response}");
    for internal in ["read-only", "no space", "disk"] {
        assert!(!response.to_string().contains(internal), "{response}");
    }
}

/// Waits until readiness reports what is missing. Reading works, so the process is ready.
async fn is_reported(app: &TestApp, missing: &str) {
    eventually("readiness names what is missing", async || {
        let ready = app.get("/health/ready", &[]).send().await.unwrap();
        assert_eq!(ready.status(), 200);
        let body: Value = ready.json().await.unwrap();
        (body["missing"] == json!([missing])).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_read_only_database_refuses_writes_for_a_time() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    reads(&app, &id).await;
    let pool = &app.database.pool;
    // New sessions are read-only, as after a failover to a standby.
    run(
        pool,
        "do $$ begin execute format(
             'alter database %I set default_transaction_read_only = on', current_database()
         ); end $$",
    )
    .await;
    close_all(&mut outside(pool).await).await;
    reads(&app, &id).await;
    refuses(&app, Person::Clerk, FOLLOW, json!({ "id": id })).await;
    is_reported(&app, "database_writes").await;
}

#[tokio::test]
async fn a_full_disk_refuses_writes_for_a_time() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let pool = &app.database.pool;
    run(
        pool,
        "create function refuse_like_a_full_disk() returns trigger language plpgsql as $$ begin
             raise exception 'no space left on device' using errcode = 'disk_full'; end $$",
    )
    .await;
    run(
        pool,
        "create trigger full_disk before insert on follow
         for each row execute function refuse_like_a_full_disk()",
    )
    .await;
    refuses(&app, Person::Clerk, FOLLOW, json!({ "id": id })).await;
    is_reported(&app, "database_writes").await;
    // The job queue's library has an error type of its own.
    run(
        pool,
        "create trigger full_disk before insert on graphile_worker._private_jobs
         for each row execute function refuse_like_a_full_disk()",
    )
    .await;
    let draft = draft(&app).await;
    let publish = "mutation($input: PublishNoticeInput!) {
        publishNotice(input: $input) { userErrors { code } warnings { code } } }";
    let input = json!({ "procurementId": draft, "phase": "UPCOMING" });
    refuses(&app, Person::Publisher, publish, json!({ "input": input })).await;
}

#[tokio::test]
async fn a_document_storage_that_cannot_be_written_is_retryable() {
    let app = TestApp::without_workers().await;
    let editor = app.as_(Person::Editor);
    let folder = app.documents_folder();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "not a folder").unwrap();
    let request = uploading(&editor, "underlag.pdf", PDF).body(CONTENT);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    let body: Value = response.json().await.unwrap();
    let extensions = &body["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "STORAGE_UNAVAILABLE", "{body}");
    assert_eq!(extensions["retryable"], true, "{body}");
    is_reported(&app, "documents").await;
}
