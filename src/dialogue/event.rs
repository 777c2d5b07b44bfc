//! What happened in a dialogue, for all to see: the timeline, subscriptions and the index read it.
//!
//! An event says what and when. What it is about is read by its own rules when somebody asks; who asked is not in it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::store::events;
use crate::{
    database::{Database, Job, UnitOfWork},
    kernel::{
        ids::{DialogueId, ProcurementId, QuestionId},
        refusal::Fallible,
    },
};

/// How far behind the newest event there may still be one that was not there before. An event has its time before its
/// change is committed, and one that was recorded long ago (a held answer) is public at its time all the same: whoever
/// follows events looks back this far, and leaves out those it has.
pub const LOOK_BACK: TimeDelta = TimeDelta::seconds(30);

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

impl Event {
    /// The question it is about, if it is about one.
    pub fn question(&self) -> Option<QuestionId> {
        match self.kind {
            Kind::QuestionAsked
            | Kind::QuestionRedacted
            | Kind::QuestionMerged
            | Kind::QuestionRefused
            | Kind::QuestionWithdrawn
            | Kind::AnswerPublished
            | Kind::AnswerRevised => Some(QuestionId(self.subject)),
            Kind::DialogueOpened
            | Kind::DialogueExtended
            | Kind::DialogueClosed
            | Kind::AskerDisclosed
            | Kind::SummaryPublished
            | Kind::QuestionnairePublished
            | Kind::ContributionsPublished
            | Kind::DialogueDocumentsAdded
            | Kind::MeetingScheduled
            | Kind::MeetingChanged
            | Kind::MeetingCancelled
            | Kind::MinutesPublished => None,
        }
    }
}

/// An event as it is read.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// Tells events apart; their order is that of [`Place`].
    pub id: i64,
    /// What it says.
    pub event: Event,
}

/// A place in a procurement's events, which are in the order of their times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub at: DateTime<Utc>,
    /// After which event of that moment; 0: before all of them.
    pub id: i64,
}

impl Recorded {
    /// Where it stands.
    pub fn place(&self) -> Place {
        let (at, id) = (self.event.at, self.id);
        Place { at, id }
    }

    /// From where whoever has seen it reads on.
    pub fn resume(&self) -> Place {
        self.place().looked_back()
    }
}

impl Place {
    /// From where one reads on who has read until here, so that nothing is missed that was committed late. Where one
    /// already reads on from such a place, that place.
    pub fn looked_back(self) -> Self {
        match self.id {
            0 => self,
            _ => Self {
                at: self.at - LOOK_BACK,
                id: 0,
            },
        }
    }

    /// The text of a cursor; [`Place::read`] reads it.
    pub fn text(&self) -> String {
        format!("{} {}", self.at.timestamp_micros(), self.id)
    }

    /// Reads a cursor's text; `None` when it is none of ours.
    pub fn read(text: &str) -> Option<Self> {
        /// The end of the year 9999: what lies beyond is no time of ours, and none of the database's.
        const END: i64 = 253_402_300_800_000_000;
        let (at, id) = text.split_once(' ')?;
        let at: i64 = at.parse().ok()?;
        let at = (0..END).contains(&at).then_some(at)?;
        Some(Self {
            at: DateTime::from_timestamp_micros(at)?,
            id: id.parse().ok()?,
        })
    }
}

/// What happened in a procurement until now, the earliest first, after a place; one more than `first` where there is more.
pub async fn page(
    database: &Database,
    procurement: ProcurementId,
    after: Option<Place>,
    first: i64,
) -> Fallible<Vec<Recorded>> {
    let until = database.clock.now();
    let after = after.unwrap_or(Place {
        at: DateTime::UNIX_EPOCH,
        id: 0,
    });
    Ok(events::page(&database.pool, procurement, after, until, first + 1).await?)
}

/// Records an event in the transaction of its change. The procurement's row is locked, so that within a procurement the
/// events' ids follow the order of commits.
pub async fn record(work: &mut UnitOfWork, event: Event) -> Fallible<()> {
    events::insert(work.connection(), &event).await?;
    index(work, event).await
}

/// Puts off, or brings forward, an event that is not public yet; one that is stays as it is.
pub async fn reschedule(work: &mut UnitOfWork, event: Event, now: DateTime<Utc>) -> Fallible<()> {
    events::move_unpublished(work.connection(), &event, now).await?;
    index(work, event).await
}

/// What is public of a question is found by search.
async fn index(work: &mut UnitOfWork, event: Event) -> Fallible<()> {
    match event.question() {
        Some(question) => {
            let job = Job::IndexQuestion(question, event.at);
            work.enqueue(job).await
        }
        None => Ok(()),
    }
}
