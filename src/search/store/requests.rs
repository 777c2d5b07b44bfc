//! The SQL of the requests for work on the indexes.

use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// How long the row of a request is kept.
const KEPT: &str = "30 days";

/// Inserts a request; removes the rows of old ones.
pub async fn insert(
    connection: &mut PgConnection,
    id: Uuid,
    work: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from index_request where requested_at < now() - $1::text::interval",
        KEPT
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into index_request (id, work) values ($1, $2)",
        id,
        work
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks a request as taken and returns its work; `None` if it was cancelled or is done.
pub async fn start(pool: &PgPool, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "update index_request set started_at = now(), progress = null
         where id = $1 and finished_at is null returning work",
        id
    )
    .fetch_optional(pool)
    .await
}

/// Stores what has been done so far.
pub async fn progress(pool: &PgPool, id: Uuid, progress: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update index_request set progress = $2 where id = $1",
        id,
        progress
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Stores the result of the work.
pub async fn finish(pool: &PgPool, id: Uuid, result: &Value) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update index_request set finished_at = now(), result = $2, error = null where id = $1",
        id,
        result
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Stores why an attempt failed.
pub async fn fail(pool: &PgPool, id: Uuid, error: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update index_request set error = $2 where id = $1",
        id,
        error
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// State of a request.
pub struct RequestRow {
    /// Whether a process has taken it.
    pub started: bool,
    /// What has been done so far.
    pub progress: Option<String>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// The result, once the work is done.
    pub result: Option<Value>,
}

/// Loads a request; `None` if it does not exist.
pub async fn state(pool: &PgPool, id: Uuid) -> Result<Option<RequestRow>, sqlx::Error> {
    sqlx::query_as!(
        RequestRow,
        r#"select started_at is not null as "started!", progress, error, result
           from index_request where id = $1"#,
        id
    )
    .fetch_optional(pool)
    .await
}

/// Cancels a request that no process has taken; returns whether it was cancelled.
pub async fn cancel(pool: &PgPool, id: Uuid) -> Result<bool, sqlx::Error> {
    let cancelled = sqlx::query!(
        "delete from index_request where id = $1 and started_at is null",
        id
    )
    .execute(pool)
    .await?;
    Ok(cancelled.rows_affected() == 1)
}

/// Returns how many index jobs are due and not done.
pub async fn pending_index_jobs(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from graphile_worker.jobs
           where task_identifier in ('index_procurements', 'index_questions') and run_at <= now() and attempts < max_attempts"#
    )
    .fetch_one(pool)
    .await
}
