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

/// What the queue is like.
pub struct Queue {
    /// Due, and not taken by a worker yet.
    pub waiting: i64,
    /// For later, or to be tried again then.
    pub scheduled: i64,
    /// Taken by a worker.
    pub taken: i64,
    /// Tried as often as they may be.
    pub failed: i64,
    /// Seconds for which the one that is due longest has waited; 0 when none does.
    pub oldest: f64,
}

/// What the queue is like now.
pub async fn queue(pool: &PgPool) -> Result<Queue, sqlx::Error> {
    sqlx::query_as!(
        Queue,
        r#"select count(*) filter (where open and due) as "waiting!",
                  count(*) filter (where open and not due) as "scheduled!",
                  count(*) filter (where taken) as "taken!",
                  count(*) filter (where not open and not taken) as "failed!",
                  coalesce(extract(epoch from now() - min(run_at) filter (where open and due)), 0)::float8 as "oldest!"
           from (select run_at, run_at <= now() as due, locked_at is not null as taken,
                        locked_at is null and attempts < max_attempts as open
                 from graphile_worker.jobs) as job"#
    )
    .fetch_one(pool)
    .await
}
