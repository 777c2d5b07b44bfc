//! Observability and shutdown: the log, metrics, traces, health checks, graceful shutdown, and
//! timeouts of the database.

mod doctor;
mod health;
mod log;
mod metrics;
mod shutdown;
mod start;
mod timeouts;
mod traces;
mod warnings;

use serde_json::{Value, json};
use sqlx::{PgConnection, Postgres, Transaction};
use torg::kernel::ids::ProcurementId;
use uuid::Uuid;

use crate::support::postgres::TestDatabase;

/// A query that waits while [`hold`] locks the table.
const READ: &str = "query ReadProcurement($id: ID!) { procurement(id: $id) { id } }";

/// Returns the variables of [`READ`] for a procurement that does not exist.
fn unknown_id() -> Value {
    json!({ "id": ProcurementId(Uuid::now_v7()).to_global() })
}

/// Locks the table of procurements, even for reading, until the transaction is dropped.
async fn hold(database: &TestDatabase) -> Transaction<'static, Postgres> {
    let mut transaction = database.pool.begin().await.unwrap();
    let connection: &mut PgConnection = &mut transaction;
    sqlx::query("lock table procurement in access exclusive mode")
        .execute(connection)
        .await
        .unwrap();
    transaction
}

/// Waits until this many statements wait for a lock.
async fn waiting(database: &TestDatabase, wanted: i64) {
    let count = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let found = crate::support::app::eventually("statements wait", async || {
        let waiting: i64 = sqlx::query_scalar(count)
            .fetch_one(&database.pool)
            .await
            .unwrap();
        (waiting >= wanted).then_some(waiting)
    });
    found.await;
}
