//! The workers that run jobs: updating the search index, notifying followers, opening tenders. A
//! schedule removes unattached documents every hour, and reminds buyers of information to share
//! every day.
//!
//! The queue is `graphile_worker` on PostgreSQL. A feature declares its jobs and enqueues them in
//! the transaction of the change that causes them ([`Job`]). A job is retried until it succeeds,
//! and every job here may run twice.

pub mod store;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use graphile_worker::{
    IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, Worker,
    WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use crate::{
    auth::{
        Role,
        policy::{BuyerAction, SupplierAction},
    },
    database::{Database, JOB_SCHEMA, Job},
    dialogue::{
        self,
        jobs::IndexQuestions,
        notification::{ASKER_EVENTS, BUYER_EVENTS, PRIVATE_EVENTS},
        sharing,
    },
    document::{self, Files},
    kernel::refusal::Failure,
    procurement::{
        self,
        jobs::{IndexProcurements, RemindToShare},
        notification::{NotificationEvent, Notify},
    },
    search::{self, SearchClient, requests::MaintainIndexes},
    telemetry::job_run::run_job,
    tender::{
        self,
        document::open_documents,
        jobs::{OpenSealedDocuments, OpenSealedTenders},
        opener,
    },
};

/// The tasks of all jobs, by their names in the queue.
pub const TASKS: [&str; 7] = [
    <IndexProcurements as Job>::IDENTIFIER,
    <IndexQuestions as Job>::IDENTIFIER,
    <Notify as Job>::IDENTIFIER,
    <OpenSealedDocuments as Job>::IDENTIFIER,
    <OpenSealedTenders as Job>::IDENTIFIER,
    <RemindToShare as Job>::IDENTIFIER,
    <SweepDocuments as TaskHandler>::IDENTIFIER,
];

/// Returns the worker of the search index and of notifications. `run` runs it until `shutdown`;
/// `run_once` runs the jobs that are due.
pub async fn worker(
    tools: Tools,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Worker, JobError> {
    worker_with_grace(tools, shutdown, GRACE).await
}

/// Returns the same worker with another time limit for running jobs after `shutdown`. A job that
/// exceeds `grace` is released, and another worker runs it.
pub async fn worker_with_grace(
    tools: Tools,
    shutdown: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> Result<Worker, JobError> {
    options(&tools.database, shutdown)
        .shutdown_grace_period(grace)
        .concurrency(2)
        .define_job::<IndexProcurements>()
        .define_job::<IndexQuestions>()
        .define_job::<MaintainIndexes>()
        .define_job::<Notify>()
        .define_job::<SweepDocuments>()
        .define_job::<RemindToShare>()
        .with_cron(SCHEDULE)
        .map_err(JobError::new)?
        .add_extension(tools)
        .init()
        .await
        .map_err(JobError::new)
}

/// Returns the worker that opens tenders. Only its process has the private key.
pub async fn opener(
    database: Database,
    opener: Arc<opener::Opener>,
    files: Files,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Worker, JobError> {
    options(&database, shutdown)
        .concurrency(1)
        .define_job::<OpenSealedTenders>()
        .define_job::<OpenSealedDocuments>()
        .add_extension(OpenerTools {
            database,
            opener,
            files,
        })
        .init()
        .await
        .map_err(JobError::new)
}

/// Returns how jobs are fetched: up to 20 at a time, because without a local queue a backlog is
/// processed at one job per second. Without the delay after an empty fetch the queue would query
/// the database in a busy loop; the notification of a new job ends the delay.
fn queue() -> LocalQueueConfig {
    LocalQueueConfig {
        size: 20,
        refetch_delay: Some(RefetchDelayConfig {
            duration: Duration::from_secs(1),
            threshold: 0,
            max_abort_threshold: Some(1),
        }),
        ..LocalQueueConfig::default()
    }
}

/// Time limit for running jobs after the shutdown signal.
const GRACE: Duration = Duration::from_secs(5);

/// Returns the options of both workers. A job whose worker was killed runs again within a minute.
fn options(
    database: &Database,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> WorkerOptions {
    WorkerOptions::default()
        .schema(JOB_SCHEMA)
        .pg_pool(database.pool.clone())
        .local_queue(queue())
        .heartbeat_interval(Duration::from_secs(10))
        .sweep_interval(Duration::from_secs(20))
        .sweep_threshold(Duration::from_secs(40))
        .recovery_delay(Duration::from_secs(1))
        .listen_os_shutdown_signals(false)
        .shutdown_signal(shutdown)
        .shutdown_grace_period(GRACE)
}

/// What the jobs of the worker use.
#[derive(Clone)]
pub struct Tools {
    /// Database and clock.
    pub database: Database,
    /// Search engine.
    pub search: SearchClient,
    /// Store of the documents' bytes.
    pub files: Files,
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tools")
    }
}

#[derive(Clone)]
struct OpenerTools {
    database: Database,
    opener: Arc<opener::Opener>,
    files: Files,
}

impl fmt::Debug for OpenerTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenerTools")
    }
}

impl TaskHandler for IndexProcurements {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let (search, pool) = (&tools.search, &tools.database.pool);
            search::index::index(search, pool, &tools.database.clock, &self.procurements)
                .await
                .map_err(|error| error.to_string())?;
            // The documents of questions contain the title of their procurement.
            let questions = search::store::questions_of(pool, &self.procurements)
                .await
                .map_err(|error| error.to_string())?;
            search::questions::index(search, pool, &tools.database.clock, &questions)
                .await
                .map_err(|error| error.to_string())
        })
        .await
    }
}

impl TaskHandler for IndexQuestions {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let (pool, clock) = (&tools.database.pool, &tools.database.clock);
            search::questions::index(&tools.search, pool, clock, &self.questions)
                .await
                .map_err(|error| error.to_string())?;
            // The documents of procurements contain their public questions and answers.
            let procurements = search::store::procurements_of(pool, &self.questions)
                .await
                .map_err(|error| error.to_string())?;
            search::index::index(&tools.search, pool, clock, &procurements)
                .await
                .map_err(|error| error.to_string())
        })
        .await
    }
}

impl TaskHandler for MaintainIndexes {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            search::requests::run(&tools.search, &tools.database, self.request)
                .await
                .map_err(|error| error.to_string())
        })
        .await
    }
}

impl TaskHandler for Notify {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let pool = &tools.database.pool;
            notify(pool, &self).await.map_err(|error| error.to_string())
        })
        .await
    }
}

/// Notifies everyone who is to be notified of an event, with one statement per group of recipients. A
/// person who is in several groups gets one notification.
async fn notify(pool: &PgPool, notify: &Notify) -> Result<(), sqlx::Error> {
    let event = &notify.event;
    let at = stated_time(notify);
    if tender::notification::GROUP_EVENTS.contains(event) {
        let lead = *event == tender::notification::TENDER_GROUP_ANSWERED;
        return tender::store::group::notify(pool, notify, lead).await;
    }
    if BUYER_EVENTS.contains(event) {
        let roles = role_names(BuyerAction::RunDialogue.roles());
        dialogue::notification::store::notify_buyer(pool, notify, &roles, at).await?;
    }
    let concerns_buyer = tender::notification::BUYER_EVENTS.contains(event);
    if concerns_buyer {
        let roles = role_names(BuyerAction::Award.roles());
        dialogue::notification::store::notify_buyer(pool, notify, &roles, at).await?;
    }
    if ASKER_EVENTS.contains(event) {
        let roles = role_names(SupplierAction::Ask.roles());
        dialogue::notification::store::notify_askers(pool, notify, &roles).await?;
    }
    if !concerns_buyer && !PRIVATE_EVENTS.contains(event) {
        procurement::store::notify_followers(pool, notify, at).await?;
    }
    if reaches_tenderers(event) {
        tender::store::notify_tenderers(pool, notify).await?;
    }
    Ok(())
}

/// Returns the time that the notifications state: of new questions the minute, so that the exact time
/// does not link questions of the same asker.
fn stated_time(notify: &Notify) -> DateTime<Utc> {
    let minute = || notify.at.duration_trunc(TimeDelta::minutes(1)).ok();
    match BUYER_EVENTS.contains(&notify.event) {
        true => minute().unwrap_or(notify.at),
        false => notify.at,
    }
}

fn role_names(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

/// Returns whether tenderers are notified of an event without following the procurement.
fn reaches_tenderers(event: &NotificationEvent) -> bool {
    procurement::notification::TENDERER_EVENTS.contains(event)
        || dialogue::notification::TENDERER_EVENTS.contains(event)
        || tender::notification::TENDERER_EVENTS.contains(event)
}

/// Every event that followers are notified of, by feature.
pub fn notification_events() -> impl Iterator<Item = &'static NotificationEvent> {
    [
        procurement::notification::EVENTS,
        dialogue::notification::EVENTS,
        tender::notification::EVENTS,
    ]
    .into_iter()
    .flatten()
}

/// What runs on schedule (UTC), by one worker however many there are: unattached documents are
/// removed every hour, buyers are reminded every morning. Without a payload the queue would enqueue
/// `null`, which no task accepts.
const SCHEDULE: &str = "17 * * * * sweep_documents {}\n41 4 * * * remind_to_share {}";

/// Removes documents that nothing refers to. The queue adds the due time to the scheduled job's
/// payload, so the payload is an object.
#[derive(Deserialize, Serialize)]
struct SweepDocuments {}

impl TaskHandler for SweepDocuments {
    const IDENTIFIER: &'static str = "sweep_documents";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let removed = document::sweep(&tools.database, &tools.files)
                .await
                .map_err(describe)?;
            if removed > 0 {
                tracing::info!(removed, "removed unattached documents");
            }
            Ok(())
        })
        .await
    }
}

impl TaskHandler for RemindToShare {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let reminded = sharing::remind::remind(&tools.database, self.procurement)
                .await
                .map_err(describe)?;
            if reminded > 0 {
                tracing::info!(reminded, "reminded buyers of information to share");
            }
            Ok(())
        })
        .await
    }
}

impl TaskHandler for OpenSealedTenders {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<OpenerTools>(&context)?;
            opener::open_tenders(&tools.database, &tools.opener, self.procurement)
                .await
                .map_err(describe)
                .inspect_err(
                    |reason| tracing::error!(%reason, "tenders could not be opened; trying again"),
                )
        })
        .await
    }
}

impl TaskHandler for OpenSealedDocuments {
    const IDENTIFIER: &'static str = <Self as Job>::IDENTIFIER;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(<Self as Job>::IDENTIFIER, async move {
            let tools = extension::<OpenerTools>(&context)?;
            open_documents(&tools.database, &tools.files, tools.opener.key(), self.procurement)
                .await
                .map_err(describe)
                .inspect_err(
                    |reason| tracing::error!(%reason, "documents of tenders could not be opened; trying again"),
                )
        })
        .await
    }
}

fn extension<T: Clone + Send + Sync + fmt::Debug + 'static>(
    context: &WorkerContext,
) -> Result<T, String> {
    context
        .get_ext::<T>()
        .cloned()
        .ok_or_else(|| "the worker was started without its tools".to_owned())
}

/// Returns the text of a failure for the queue's own records; clients never get it.
fn describe(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusals) => refusals
            .into_iter()
            .map(|refusal| refusal.message.to_string())
            .collect::<Vec<_>>()
            .join("; "),
        Failure::Unexpected(error) => error.to_string(),
    }
}

/// The queue could not be prepared or run.
#[derive(Debug, thiserror::Error)]
#[error("job queue: {0}")]
pub struct JobError(String);

impl JobError {
    /// Wraps an error of the queue.
    pub fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheduled_tasks_accept_their_payload() {
        for line in SCHEDULE.lines() {
            let payload = line.find('{').map_or("null", |start| &line[start..]);
            let mut payload: serde_json::Value = serde_json::from_str(payload).unwrap();
            // The queue adds the due time to an object.
            if let Some(object) = payload.as_object_mut() {
                object.insert("_cron".into(), serde_json::json!({ "backfilled": false }));
            }
            let accepted = match line.contains(SweepDocuments::IDENTIFIER) {
                true => serde_json::from_value::<SweepDocuments>(payload).err(),
                false => serde_json::from_value::<RemindToShare>(payload).err(),
            };
            assert!(accepted.is_none(), "{line}: {accepted:?}");
        }
    }
}
