//! What is waiting in the queue.

use sqlx::PgPool;

/// How many index jobs are due and not done.
pub async fn pending_index_jobs(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from graphile_worker.jobs
           where task_identifier in ('index_procurements', 'index_questions') and run_at <= now() and attempts < max_attempts"#
    )
    .fetch_one(pool)
    .await
}
