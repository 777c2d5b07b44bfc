//! Jobs: work that follows from a change once it is committed.
//!
//! The feature that causes a job declares it ([`Job`]); [`crate::jobs`] runs it.

use chrono::{DateTime, Utc};
use graphile_worker::{JobKeyMode, JobSpec, WorkerUtils};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::Database;
use crate::kernel::{
    clock::Clock,
    refusal::{Failure, Fallible},
};

/// Database schema of the job queue.
pub const JOB_SCHEMA: &str = "graphile_worker";

/// Work that runs after the commit of the change that causes it. It is retried until it succeeds,
/// and may run twice. The serialised job is its payload in the queue.
pub trait Job: Serialize {
    /// Name of the job in the queue.
    const IDENTIFIER: &'static str;

    /// Returns the key under which this job replaces an earlier one that has not run. Without a
    /// key, every job runs.
    fn key(&self, _now: DateTime<Utc>) -> Option<String> {
        None
    }

    /// Returns the time at which the job runs; `None` runs it as soon as possible.
    fn run_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// A job ready to be added to the queue.
pub(super) struct QueuedJob {
    identifier: &'static str,
    payload: Value,
    spec: JobSpec,
}

impl QueuedJob {
    /// Serialises a job. The queue runs on the machine's time, so a shifted clock shifts `run_at`.
    pub(super) fn new<J: Job>(job: &J, clock: &Clock) -> Fallible<Self> {
        let key = job.key(clock.now());
        let spec = JobSpec {
            run_at: job.run_at().map(|at| at - clock.offset()),
            job_key_mode: key.as_ref().map(|_| JobKeyMode::Replace),
            job_key: key,
            ..JobSpec::default()
        };
        Ok(Self {
            identifier: J::IDENTIFIER,
            payload: serde_json::to_value(job)?,
            spec,
        })
    }

    /// Adds the job in the caller's transaction.
    pub(super) async fn add(
        self,
        connection: &mut PgConnection,
        database: &Database,
    ) -> Fallible<()> {
        WorkerUtils::new(&database.pool, JOB_SCHEMA)
            .with_executor(connection)
            .add_raw_job(self.identifier, self.payload, self.spec)
            .await
            .map_err(Failure::unexpected)?;
        Ok(())
    }
}

/// Adds a job in a transaction that is not a [`super::UnitOfWork`].
pub async fn enqueue<J: Job>(
    connection: &mut PgConnection,
    database: &Database,
    job: &J,
) -> Fallible<()> {
    let queued = QueuedJob::new(job, &database.clock)?;
    queued.add(connection, database).await
}
