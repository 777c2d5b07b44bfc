//! The database from the process's point of view: cancelled requests, lost connections, clocks,
//! and writes that it refuses for a time.

mod clock;
mod hang_ups;
mod lost_connections;

use sqlx::{ConnectOptions, PgConnection, PgPool};

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
