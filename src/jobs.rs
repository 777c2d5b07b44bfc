//! What runs after a commit: the search index, telling followers, opening tenders. And by the clock: every hour the
//! sweep of documents that nothing refers to, every day the reminders of what must be shared.
//!
//! The queue is `graphile_worker` on PostgreSQL: a job is enqueued in the transaction of the change it follows
//! from, and is tried again until it succeeds. Every job here may run twice without harm.

pub mod store;

use std::{fmt, future::Future, sync::Arc, time::Duration};

use graphile_worker::{
    IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, Worker,
    WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};

use crate::{
    database::{Database, Event, JOB_SCHEMA, Notify},
    dialogue::sharing,
    document::{self, Files},
    kernel::{
        ids::{ProcurementId, QuestionId},
        refusal::Failure,
    },
    procurement,
    search::{self, SearchClient},
    telemetry::job_run::run_job,
    tender::{self, opener, sealing::OpeningKey},
};

/// The worker of the search index and of notifications. `run` it until `shutdown`, or `run_once` to drain the queue.
pub async fn worker(
    tools: Tools,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Worker, JobError> {
    worker_with_grace(tools, shutdown, GRACE).await
}

/// The same; after `shutdown` the jobs in hand have as long as `grace`, and are then given back to be done by another.
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
        .define_job::<NotifyFollowers>()
        .define_job::<SweepDocuments>()
        .define_job::<RemindToShare>()
        .with_cron(SCHEDULE)
        .map_err(JobError::new)?
        .add_extension(tools)
        .init()
        .await
        .map_err(JobError::new)
}

/// The worker that opens tenders: the only one that is handed the private key.
pub async fn opener(
    database: Database,
    key: Arc<OpeningKey>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<Worker, JobError> {
    options(&database, shutdown)
        .concurrency(1)
        .define_job::<OpenTenders>()
        .add_extension(OpenerTools { database, key })
        .init()
        .await
        .map_err(JobError::new)
}

/// How jobs are fetched: a few at a time, for without a local queue a backlog is taken one job a second. Without a delay
/// after an empty fetch the queue would ask the database without pause; a notification of a new job ends the delay.
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

/// How long the jobs in hand may take once the worker is to end.
const GRACE: Duration = Duration::from_secs(5);

/// What both workers have. A job whose worker was killed is taken up again within a minute.
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

/// What the worker works with.
#[derive(Clone)]
pub struct Tools {
    /// The database and its clock.
    pub database: Database,
    /// The search engine.
    pub search: SearchClient,
    /// Documents' bytes.
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
    key: Arc<OpeningKey>,
}

impl fmt::Debug for OpenerTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenerTools")
    }
}

#[derive(Deserialize, Serialize)]
struct IndexProcurements {
    procurements: Vec<ProcurementId>,
}

impl TaskHandler for IndexProcurements {
    const IDENTIFIER: &'static str = "index_procurements";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let (search, pool) = (&tools.search, &tools.database.pool);
            search::index::index(search, pool, &self.procurements)
                .await
                .map_err(|error| error.to_string())?;
            // Their documents say what the procurement is called.
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

#[derive(Deserialize, Serialize)]
struct IndexQuestions {
    questions: Vec<QuestionId>,
}

impl TaskHandler for IndexQuestions {
    const IDENTIFIER: &'static str = "index_questions";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let database = &tools.database;
            search::questions::index(
                &tools.search,
                &database.pool,
                &database.clock,
                &self.questions,
            )
            .await
            .map_err(|error| error.to_string())
        })
        .await
    }
}

#[derive(Deserialize, Serialize)]
#[serde(transparent)]
struct NotifyFollowers(Notify);

impl TaskHandler for NotifyFollowers {
    const IDENTIFIER: &'static str = "notify";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let (pool, notify) = (&tools.database.pool, &self.0);
            procurement::store::notify_followers(pool, notify)
                .await
                .map_err(|error| error.to_string())?;
            if concerns_tenderers(notify.event) {
                tender::store::notify_tenderers(pool, notify)
                    .await
                    .map_err(|error| error.to_string())?;
            }
            Ok(())
        })
        .await
    }
}

/// Is a tenderer told of this without following? What is asked and answered meanwhile is for those who follow.
fn concerns_tenderers(event: Event) -> bool {
    match event {
        Event::NoticePublished
        | Event::TendersOpened
        | Event::LotAwarded
        | Event::ProcurementEnded => true,
        Event::DialogueOpened
        | Event::DialogueExtended
        | Event::DialogueClosed
        | Event::DialogueSummarised
        | Event::QuestionAsked
        | Event::QuestionAnswered
        | Event::QuestionnairePublished
        | Event::ContributionsPublished
        | Event::MustShare
        | Event::DialogueDocumentsAdded
        | Event::MeetingScheduled
        | Event::MeetingChanged
        | Event::MeetingCancelled
        | Event::MinutesPublished => false,
    }
}

/// What runs by the clock (UTC), by one worker however many there are: documents are swept each hour, buyers reminded
/// each morning of what they must share.
const SCHEDULE: &str = "17 * * * * sweep_documents\n41 4 * * * remind_to_share";

/// The schedule enqueues it with an object, to which the queue adds when it was due.
#[derive(Deserialize, Serialize)]
struct SweepDocuments {}

impl TaskHandler for SweepDocuments {
    const IDENTIFIER: &'static str = "sweep_documents";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let swept = document::sweep(&tools.database, &tools.files)
                .await
                .map_err(describe)?;
            if swept > 0 {
                tracing::info!(swept, "removed documents that nothing referred to");
            }
            Ok(())
        })
        .await
    }
}

/// Of one procurement, or, as the schedule enqueues it, of all.
#[derive(Deserialize, Serialize)]
struct RemindToShare {
    procurement: Option<ProcurementId>,
}

impl TaskHandler for RemindToShare {
    const IDENTIFIER: &'static str = "remind_to_share";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<Tools>(&context)?;
            let told = sharing::remind::remind(&tools.database, self.procurement)
                .await
                .map_err(describe)?;
            if told > 0 {
                tracing::info!(told, "reminded buyers of what they must share");
            }
            Ok(())
        })
        .await
    }
}

#[derive(Deserialize, Serialize)]
struct OpenTenders {
    procurement: ProcurementId,
}

impl TaskHandler for OpenTenders {
    const IDENTIFIER: &'static str = "open_tenders";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run_job(Self::IDENTIFIER, async move {
            let tools = extension::<OpenerTools>(&context)?;
            opener::open_tenders(&tools.database, &tools.key, self.procurement)
                .await
                .map_err(describe)
                .inspect_err(
                    |reason| tracing::error!(%reason, "tenders could not be opened; trying again"),
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

/// A failure's text for the queue's own records; it never reaches a client.
fn describe(failure: Failure) -> String {
    match failure {
        Failure::Refused(refusals) => refusals
            .into_iter()
            .map(|refusal| refusal.message)
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
    /// From any of the queue's errors.
    pub fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}
