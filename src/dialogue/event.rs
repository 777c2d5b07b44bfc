//! What happened in a dialogue, for all to see: the timeline, subscriptions and the index read it.
//!
//! An event says what and when. What it is about is read by its own rules when somebody asks; who asked is not in it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::store::events;
use crate::{
    database::Work,
    kernel::{
        ids::{DialogueId, ProcurementId},
        refusal::Outcome,
    },
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A round opened; the subject is the round, as in the next two.
    DialogueOpened,
    /// Its window was extended.
    DialogueExtended,
    /// It ended.
    DialogueClosed,
    /// A question became public; the subject is the question, as in all that follow on questions and answers.
    QuestionAsked,
    /// Its text was redacted.
    QuestionRedacted,
    /// It was merged into another.
    QuestionMerged,
    /// The buyer refused to answer it.
    QuestionRefused,
    /// Its asker took it back.
    QuestionWithdrawn,
    /// Its first answer became public.
    AnswerPublished,
    /// A revised answer became public.
    AnswerRevised,
    /// An asker chose to be known; the subject is the round.
    AskerDisclosed,
    /// The buyer published what was heard in the round.
    SummaryPublished,
    /// A version of the questionnaire was published; the subject is that version.
    QuestionnairePublished,
    /// The contributions to the round were published; the subject is the round.
    ContributionsPublished,
    /// Documents were added to a round; the subject is the round.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled; the subject is the meeting, as in the next three.
    MeetingScheduled,
    /// Its time, place, agenda or seats changed.
    MeetingChanged,
    /// It was cancelled.
    MeetingCancelled,
    /// Its minutes, or a revision of them, were published.
    MinutesPublished,
}

/// One happening.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    /// Of which procurement.
    pub procurement: ProcurementId,
    /// In which round; none when it is about no single one.
    pub dialogue: Option<DialogueId>,
    /// What happened.
    pub kind: Kind,
    /// To what.
    pub subject: Uuid,
    /// When it is public; may lie ahead (a round's end, the release of a held answer).
    pub at: DateTime<Utc>,
}

/// Records an event in the transaction of its change. The procurement's row is locked, so that within a procurement the
/// events' ids follow the order of commits.
pub async fn record(work: &mut Work, event: Event) -> Outcome<()> {
    events::insert(work.connection(), &event).await?;
    Ok(())
}

/// Puts off, or brings forward, an event that is not public yet; one that is stays as it is.
pub async fn reschedule(work: &mut Work, event: Event, now: DateTime<Utc>) -> Outcome<()> {
    events::move_unpublished(work.connection(), &event, now).await?;
    Ok(())
}
