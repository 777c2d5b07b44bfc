//! The SQL of the queue's state.

use sqlx::PgPool;

/// Returns whether an index job has been due for 10 minutes. A job that fails is rescheduled, with
/// growing pauses; after 6 attempts 10 minutes have passed.
pub async fn is_indexing_stuck(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select 1 from graphile_worker.jobs
               where task_identifier in ('index_procurements', 'index_questions')
                     and (attempts >= 6 or run_at <= now() - interval '10 minutes')
           ) as "stuck!""#
    )
    .fetch_one(pool)
    .await
}

/// Numbers of jobs of one task.
pub struct TaskQueue {
    /// Name of the task.
    pub task: String,
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

/// Returns the current state of the queue. Tasks without jobs are left out.
pub async fn queue(pool: &PgPool) -> Result<Vec<TaskQueue>, sqlx::Error> {
    sqlx::query_as!(
        TaskQueue,
        r#"select task as "task!",
                  count(*) filter (where open and due) as "waiting!",
                  count(*) filter (where open and not due) as "scheduled!",
                  count(*) filter (where taken) as "taken!",
                  count(*) filter (where not open and not taken) as "failed!",
                  coalesce(extract(epoch from now() - min(run_at) filter (where open and due)), 0)::float8 as "oldest!"
           from (select task_identifier as task, run_at, run_at <= now() as due,
                        locked_at is not null as taken,
                        locked_at is null and attempts < max_attempts as open
                 from graphile_worker.jobs) as job
           group by task"#
    )
    .fetch_all(pool)
    .await
}
