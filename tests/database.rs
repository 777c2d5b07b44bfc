//! The database from the process's point of view: cancelled requests, lost connections, clocks,
//! and writes that it refuses for a time.

mod clock;
mod hang_ups;
mod lost_connections;
mod refused_writes;

use sqlx::{ConnectOptions, PgConnection, PgPool};

use crate::support::app::eventually;

/// Opens a connection outside of the pool to its database.
async fn outside(pool: &PgPool) -> PgConnection {
    let address = pool.connect_options();
    let address = address.as_ref().clone().application_name("outside");
    address.connect().await.unwrap()
}

/// Returns the number of sessions of this database that wait inside a transaction.
async fn idle_in_transaction(outside: &mut PgConnection) -> i64 {
    let count = "select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'";
    sqlx::query_scalar(count).fetch_one(outside).await.unwrap()
}

/// Closes all other connections to the database, as a restart of PostgreSQL does.
async fn close_all(outside: &mut PgConnection) {
    let close = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    let closed: i64 = sqlx::query_scalar(close)
        .fetch_one(&mut *outside)
        .await
        .unwrap();
    assert!(closed > 0);
    eventually("the sessions have ended", async || {
        let others = "select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        let left: i64 = sqlx::query_scalar(others)
            .fetch_one(&mut *outside)
            .await
            .unwrap();
        (left == 0).then_some(())
    })
    .await;
}
