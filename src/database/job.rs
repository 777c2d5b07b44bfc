//! What follows from a change once it is committed. Rooms name the job; the `jobs` module does it.

use chrono::{DateTime, Utc};
use graphile_worker::{JobKeyMode, JobSpec, WorkerUtils};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Database;
use crate::kernel::{
    ids::{ProcurementId, QuestionId},
    refusal::{Failure, Fallible},
};

/// The database schema the job queue lives in.
pub const JOB_SCHEMA: &str = "graphile_worker";

/// A job, by the name it has in the queue.
#[derive(Clone, Debug)]
pub enum Job {
    /// Bring these procurements' search documents up to date.
    Index(Vec<ProcurementId>),
    /// The same, once a deadline has passed.
    IndexAt(ProcurementId, DateTime<Utc>),
    /// Bring this question's search document up to date, once what happened to it is public.
    IndexQuestion(QuestionId, DateTime<Utc>),
    /// Tell those who follow the procurement, and those who have tendered.
    Notify(Notify),
    /// The same, at the time it happens; takes the place of one for the same happening that has not run.
    NotifyAt(Notify),
    /// Remind the buyer of what it must share before tenders come in.
    RemindToShare(ProcurementId),
    /// Open the tenders; only a process with the opener's key takes it.
    OpenTenders(ProcurementId),
}

/// What followers and tenderers are told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notify {
    /// Whose followers.
    pub procurement: ProcurementId,
    /// What happened.
    pub event: Event,
    /// The notice, dialogue, question or award it is about.
    pub subject: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// What happened to a procurement that its followers should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Event {
    /// A notice was published.
    NoticePublished,
    /// A dialogue was opened.
    DialogueOpened,
    /// A dialogue was extended.
    DialogueExtended,
    /// A dialogue ended.
    DialogueClosed,
    /// The buyer published what was heard in a dialogue.
    DialogueSummarised,
    /// A question was asked.
    QuestionAsked,
    /// A question was answered.
    QuestionAnswered,
    /// A questionnaire, or another version of it, was published.
    QuestionnairePublished,
    /// What was contributed to a round was published.
    ContributionsPublished,
    /// Tenders are received, and not everyone can read yet what must be shared. Told to the buyer alone.
    MustShare,
    /// Documents were added to a dialogue.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled.
    MeetingScheduled,
    /// A market meeting was changed.
    MeetingChanged,
    /// A market meeting was cancelled.
    MeetingCancelled,
    /// The minutes of a market meeting, or a revision of them, were published.
    MinutesPublished,
    /// The tenders were opened.
    TendersOpened,
    /// A lot was awarded.
    LotAwarded,
    /// It ended: cancelled, unsuccessful, withdrawn or complete.
    ProcurementEnded,
}

impl Job {
    /// Adds the job in the caller's transaction.
    pub async fn enqueue(self, connection: &mut PgConnection, database: &Database) -> Fallible<()> {
        let (identifier, payload, spec) = match self {
            Self::Index(procurements) => (
                "index_procurements",
                json!({ "procurements": procurements }),
                JobSpec {
                    // Several changes of one procurement before it is indexed need one job.
                    job_key: match procurements.as_slice() {
                        [one] => Some(format!("index:{}", one.0)),
                        _ => None,
                    },
                    job_key_mode: Some(JobKeyMode::Replace),
                    ..JobSpec::default()
                },
            ),
            Self::IndexAt(procurement, at) => (
                "index_procurements",
                json!({ "procurements": [procurement] }),
                JobSpec {
                    // The queue runs on the machine's time, not on a shifted clock.
                    run_at: Some(at - database.clock.offset()),
                    job_key: Some(format!("deadline:{}", procurement.0)),
                    job_key_mode: Some(JobKeyMode::Replace),
                    ..JobSpec::default()
                },
            ),
            Self::IndexQuestion(question, at) => (
                "index_questions",
                json!({ "questions": [question] }),
                JobSpec {
                    run_at: Some(at - database.clock.offset()),
                    // Several changes before it is indexed need one job; what lies ahead needs one of its own.
                    job_key: Some(match at <= database.clock.now() {
                        true => format!("question:{}", question.0),
                        false => format!("question:{}:later", question.0),
                    }),
                    job_key_mode: Some(JobKeyMode::Replace),
                    ..JobSpec::default()
                },
            ),
            Self::Notify(notify) => ("notify", json!(notify), JobSpec::default()),
            Self::NotifyAt(notify) => (
                "notify",
                json!(notify),
                JobSpec {
                    run_at: Some(notify.at - database.clock.offset()),
                    job_key: Some(format!("notify:{:?}:{}", notify.event, notify.subject)),
                    job_key_mode: Some(JobKeyMode::Replace),
                    ..JobSpec::default()
                },
            ),
            Self::RemindToShare(procurement) => (
                "remind_to_share",
                json!({ "procurement": procurement }),
                JobSpec::default(),
            ),
            Self::OpenTenders(procurement) => (
                "open_tenders",
                json!({ "procurement": procurement }),
                JobSpec::default(),
            ),
        };
        WorkerUtils::new(&database.pool, JOB_SCHEMA)
            .with_executor(connection)
            .add_raw_job(identifier, payload, spec)
            .await
            .map_err(Failure::unexpected)?;
        Ok(())
    }
}
