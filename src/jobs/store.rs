//! The SQL of the queue's state.

use sqlx::PgPool;

/// State of the queue: numbers of jobs.
pub struct Queue {
    /// Due, and not taken by a worker.
    pub waiting: i64,
    /// Scheduled for later, or waiting for a retry.
    pub scheduled: i64,
    /// Taken by a worker.
    pub taken: i64,
    /// Failed as often as jobs are retried.
    pub failed: i64,
    /// Seconds that the oldest due job has waited; 0 without one.
    pub oldest: f64,
}

/// Returns the current state of the queue.
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
