//! A procurement's timeline: what happened to it that everyone may know, from one table or another.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kernel::ids::{AwardId, DialogueId, MeetingId, NoticeId, ProcurementId};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A notice was published.
    NoticePublished,
    /// A round of dialogue opened.
    DialogueOpened,
    /// Its window was extended.
    DialogueExtended,
    /// It ended, by the clock.
    DialogueClosed,
    /// The buyer published what was heard in it.
    SummaryPublished,
    /// Documents were added to a round.
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
    /// The procurement ended.
    ProcurementEnded,
}

/// One happening.
#[derive(Clone, Debug)]
pub struct Happening {
    /// To which procurement.
    pub procurement: ProcurementId,
    pub kind: Kind,
    pub at: DateTime<Utc>,
    /// The notice, round, meeting, award or procurement it is about; a summary's own ID.
    pub subject: Uuid,
    /// Of a round: which.
    pub dialogue: Option<DialogueId>,
    /// Of a notice: its number.
    pub notice_number: Option<i32>,
    /// Of an award: its lot.
    pub lot: Option<String>,
    /// Tells happenings of the same moment apart.
    pub key: String,
}

/// A place in the timeline, for paging.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// When.
    pub at: DateTime<Utc>,
    /// Which of that moment.
    pub key: String,
}

impl Happening {
    /// The global ID of what it is about; none of a summary, which is read at its round.
    pub fn subject(&self) -> Option<String> {
        let id = self.subject;
        match self.kind {
            Kind::NoticePublished => Some(NoticeId(id).to_global()),
            Kind::DialogueOpened
            | Kind::DialogueExtended
            | Kind::DialogueClosed
            | Kind::DialogueDocumentsAdded => Some(DialogueId(id).to_global()),
            Kind::MeetingScheduled
            | Kind::MeetingChanged
            | Kind::MeetingCancelled
            | Kind::MinutesPublished => Some(MeetingId(id).to_global()),
            Kind::SummaryPublished => None,
            Kind::LotAwarded => Some(AwardId(id).to_global()),
            Kind::TendersOpened | Kind::ProcurementEnded => Some(ProcurementId(id).to_global()),
        }
    }

    /// Its place, as the text of a cursor; [`Place::read`] reads it.
    pub fn place(&self) -> String {
        format!("{} {}", self.at.timestamp_micros(), self.key)
    }
}

impl Place {
    /// Reads a cursor's text; `None` when it is none of ours.
    pub fn read(text: &str) -> Option<Self> {
        let (at, key) = text.split_once(' ')?;
        Some(Self {
            at: DateTime::from_timestamp_micros(at.parse().ok()?)?,
            key: key.to_owned(),
        })
    }
}
