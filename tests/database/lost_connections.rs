//! A connection that the server closed costs a retry, and no error.

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::{close_all, outside};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::published,
};

const READ: &str = "query($id: ID!) { procurement(id: $id) { id } viewer { name } }";

/// Opens all connections of the pool, and returns them.
async fn fill_pool(app: &TestApp) {
    let pool = &app.database.pool;
    let all = pool.options().get_max_connections();
    drop(join_all((0..all).map(|_| pool.acquire())).await);
    eventually("all connections are idle", async || {
        (pool.num_idle() == all as usize).then_some(())
    })
    .await;
}

async fn read(app: &TestApp, id: &str) {
    let response = app
        .as_(Person::Clerk)
        .respond(READ, json!({ "id": id }))
        .await;
    assert_eq!(response["errors"], Value::Null, "{response}");
    assert_eq!(response["data"]["procurement"]["id"], id);
}

async fn follow(app: &TestApp, id: &str) {
    let input = json!({ "procurementId": id });
    let client = app.as_(Person::Clerk);
    client.mutate("followProcurement", input).await.id();
}

#[tokio::test]
async fn requests_succeed_after_all_connections_were_closed() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let mut outside = outside(&app.database.pool).await;
    fill_pool(&app).await;
    close_all(&mut outside).await;
    for _ in 0..20 {
        read(&app, &id).await;
    }
    fill_pool(&app).await;
    close_all(&mut outside).await;
    for _ in 0..20 {
        follow(&app, &id).await;
    }
    fill_pool(&app).await;
    close_all(&mut outside).await;
    join_all((0..12).map(|_| read(&app, &id))).await;
    fill_pool(&app).await;
    close_all(&mut outside).await;
    join_all((0..12).map(|_| follow(&app, &id))).await;
}

/// Locks a table, even for reading.
async fn lock<'c>(outside: &'c mut PgConnection, table: &str) -> Transaction<'c, Postgres> {
    let mut lock = outside.begin().await.unwrap();
    let statement = format!("lock table {table} in access exclusive mode");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut *lock)
        .await
        .unwrap();
    lock
}

/// Waits until a statement waits for the lock, closes its connection, and releases the lock.
async fn close_waiting(mut lock: Transaction<'_, Postgres>) {
    let close = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    eventually("a statement waits", async || {
        let closed: i64 = sqlx::query_scalar(close)
            .fetch_one(&mut *lock)
            .await
            .unwrap();
        (closed > 0).then_some(())
    })
    .await;
    lock.rollback().await.unwrap();
}

#[tokio::test]
async fn a_query_whose_connection_breaks_is_repeated_and_a_mutation_is_not() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let mut outside = outside(&app.database.pool).await;
    let locked = lock(&mut outside, "procurement").await;
    tokio::join!(read(&app, &id), close_waiting(locked));

    let query = "mutation($id: ID!) { followProcurement(input: { procurementId: $id }) { userErrors { code } } }";
    let client = app.as_(Person::Clerk);
    let locked = lock(&mut outside, "follow").await;
    let (response, ()) = tokio::join!(
        client.respond(query, json!({ "id": id })),
        close_waiting(locked),
    );
    let extensions = &response["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "DATABASE_UNAVAILABLE", "{response}");
    assert_eq!(extensions["retryable"], true, "{response}");
    follow(&app, &id).await;
}
