//! Public events of a dialogue, which the timeline, subscriptions and the search index read.
//!
//! An event states its kind, its time and the ID of its subject. A reader loads the subject under
//! the subject's own visibility rules. Events never identify an asker.

pub mod live;
pub mod store;
pub mod timeline;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    database::{Database, UnitOfWork},
    dialogue::jobs::IndexQuestions,
    kernel::{
        ids::{DialogueId, ProcurementId, QuestionId},
        refusal::Fallible,
    },
};

/// How far before the newest event a reader must look for events that it has not read yet. An event
/// gets its time before its transaction commits, and an event that was recorded long ago (such as
/// that of a held answer) becomes public at its time. A reader therefore reads this span again and
/// skips the events that it knows.
pub const LOOK_BACK: TimeDelta = TimeDelta::seconds(30);

/// Kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DialogueEventKind {
    /// A round opened; the subject is the round.
    DialogueOpened,
    /// A round was extended; the subject is the round.
    DialogueExtended,
    /// A round ended; the subject is the round.
    DialogueClosed,
    /// The buyer cancelled a round; the subject is the round.
    DialogueCancelled,
    /// A question became public; the subject is the question.
    QuestionAsked,
    /// A question was redacted; the subject is the question.
    QuestionRedacted,
    /// A question was merged into another; the subject is the merged question.
    QuestionMerged,
    /// The buyer refused to answer a question; the subject is the question.
    QuestionRefused,
    /// An asker withdrew its question; the subject is the question.
    QuestionWithdrawn,
    /// The first answer to a question became public; the subject is the question.
    AnswerPublished,
    /// A revised answer became public; the subject is the question.
    AnswerRevised,
    /// An asker disclosed its name; the subject is the round.
    AskerDisclosed,
    /// The buyer published a summary of a round; the subject is that version of the summary.
    SummaryPublished,
    /// The buyer published a version of a questionnaire; the subject is that version.
    QuestionnairePublished,
    /// The buyer published the contributions to a round; the subject is the round.
    ContributionsPublished,
    /// The buyer added documents to a round; the subject is the round.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled; the subject is the meeting.
    MeetingScheduled,
    /// The plan of a market meeting changed; the subject is the meeting.
    MeetingChanged,
    /// A market meeting was cancelled; the subject is the meeting.
    MeetingCancelled,
    /// Minutes, or a revision of them, were published; the subject is the meeting.
    MinutesPublished,
    /// The buyer withdrew published content; the subject is the document, answer, contribution,
    /// minutes or summary.
    ContentWithdrawn,
}

/// An event.
#[derive(Clone, Copy, Debug)]
pub struct DialogueEvent {
    /// Procurement that the event belongs to.
    pub procurement: ProcurementId,
    /// Round that the event belongs to; `None` when it belongs to no single round.
    pub dialogue: Option<DialogueId>,
    /// Kind of the event.
    pub kind: DialogueEventKind,
    /// ID of the subject; see [`DialogueEventKind`].
    pub subject: Uuid,
    /// Time at which the event becomes public; may be in the future (a round's end, the release of
    /// a held answer).
    pub at: DateTime<Utc>,
}

impl DialogueEvent {
    /// Returns the question that the event is about, if it is about one.
    pub fn question(&self) -> Option<QuestionId> {
        match self.kind {
            DialogueEventKind::QuestionAsked
            | DialogueEventKind::QuestionRedacted
            | DialogueEventKind::QuestionMerged
            | DialogueEventKind::QuestionRefused
            | DialogueEventKind::QuestionWithdrawn
            | DialogueEventKind::AnswerPublished
            | DialogueEventKind::AnswerRevised => Some(QuestionId(self.subject)),
            DialogueEventKind::DialogueOpened
            | DialogueEventKind::DialogueExtended
            | DialogueEventKind::DialogueClosed
            | DialogueEventKind::DialogueCancelled
            | DialogueEventKind::AskerDisclosed
            | DialogueEventKind::SummaryPublished
            | DialogueEventKind::QuestionnairePublished
            | DialogueEventKind::ContributionsPublished
            | DialogueEventKind::DialogueDocumentsAdded
            | DialogueEventKind::MeetingScheduled
            | DialogueEventKind::MeetingChanged
            | DialogueEventKind::MeetingCancelled
            | DialogueEventKind::MinutesPublished
            | DialogueEventKind::ContentWithdrawn => None,
        }
    }
}

/// A stored event.
#[derive(Clone, Copy, Debug)]
pub struct RecordedEvent {
    /// Number of the event in the marketplace. It counts events that are not public as well, so
    /// no reader gets it. The order of events is that of [`EventPosition`].
    pub id: i64,
    /// Random ID for readers.
    pub public_id: Uuid,
    /// The event.
    pub event: DialogueEvent,
}

/// Position in the events of a procurement, which are ordered by time and ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPosition {
    /// Time of the event.
    pub at: DateTime<Utc>,
    /// ID of the event; 0 is the position before all events of that time.
    pub id: i64,
}

impl RecordedEvent {
    /// Returns the position of the event.
    pub fn position(&self) -> EventPosition {
        let (at, id) = (self.event.at, self.id);
        EventPosition { at, id }
    }

    /// Returns the cursor after this event, for the list of events.
    pub fn cursor(&self) -> EventCursor {
        EventCursor {
            event: self.public_id,
            looks_back: false,
        }
    }

    /// Returns the cursor of a reader that has read this event and continues [`LOOK_BACK`] earlier.
    pub fn resume_cursor(&self) -> EventCursor {
        EventCursor {
            looks_back: true,
            ..self.cursor()
        }
    }
}

impl EventPosition {
    /// Returns the position from which a reader continues that has read up to this one:
    /// [`LOOK_BACK`] earlier, so that it misses no event that was committed late. A position that
    /// already looks back (`id` 0) is returned unchanged.
    pub fn looked_back(self) -> Self {
        match self.id {
            0 => self,
            _ => Self {
                at: self.at - LOOK_BACK,
                id: 0,
            },
        }
    }
}

/// Cursor in the events of a procurement. It names an event by its random ID, because position and
/// number of an event reveal more than the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct EventCursor {
    /// Random ID of the event; the nil UUID is the beginning of all events.
    pub event: Uuid,
    /// Whether the reader continues [`LOOK_BACK`] earlier.
    pub looks_back: bool,
}

impl EventCursor {
    /// Returns the position of the cursor in the events of a procurement. `None` when the
    /// procurement has no such event.
    pub async fn position(
        self,
        database: &Database,
        procurement: ProcurementId,
    ) -> Result<Option<EventPosition>, sqlx::Error> {
        if self.event.is_nil() {
            let at = DateTime::UNIX_EPOCH;
            return Ok(Some(EventPosition { at, id: 0 }));
        }
        let (pool, now) = (&database.pool, database.clock.now());
        let found = store::position_of(pool, procurement, self.event, now).await?;
        Ok(found.map(|position| match self.looks_back {
            true => position.looked_back(),
            false => position,
        }))
    }
}

/// Inserts an event in the transaction of its change. The caller holds the lock on the
/// procurement's row, so that the IDs of a procurement's events follow the order of commits.
pub async fn record(work: &mut UnitOfWork, event: DialogueEvent) -> Fallible<()> {
    store::insert(work.connection(), &event).await?;
    index(work, event)
}

/// Moves an event that is not public yet to another time; a public event stays unchanged.
pub async fn reschedule(
    work: &mut UnitOfWork,
    event: DialogueEvent,
    now: DateTime<Utc>,
) -> Fallible<()> {
    store::move_unpublished(work.connection(), &event, now).await?;
    index(work, event)
}

/// Enqueues the job that indexes the question of an event, if it is about one.
fn index(work: &mut UnitOfWork, event: DialogueEvent) -> Fallible<()> {
    match event.question() {
        Some(question) => work.enqueue(&IndexQuestions::at(question, event.at)),
        None => Ok(()),
    }
}
