//! The timeline of a procurement: its public history from several tables.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kernel::ids::{AwardId, DialogueId, MeetingId, NoticeId, ProcurementId};

/// Kind of a timeline entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimelineKind {
    /// A notice was published.
    NoticePublished,
    /// A round of dialogue opened.
    DialogueOpened,
    /// A round was extended.
    DialogueExtended,
    /// A round ended.
    DialogueClosed,
    /// The buyer published a summary of a round.
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

/// Entry of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// Procurement that the entry belongs to.
    pub procurement: ProcurementId,
    pub kind: TimelineKind,
    pub at: DateTime<Utc>,
    /// ID of the notice, round, meeting, award, procurement or summary that the entry is about.
    pub subject: Uuid,
    /// Round that the entry belongs to; `None` for entries outside dialogues.
    pub dialogue: Option<DialogueId>,
    /// Number of the notice; only for notices.
    pub notice_number: Option<i32>,
    /// Lot of the award; only for awards.
    pub lot: Option<String>,
    /// Key that orders entries of the same time.
    pub key: String,
}

/// Position in the timeline, for paging.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimelinePosition {
    /// Time of the entry.
    pub at: DateTime<Utc>,
    /// Key of the entry.
    pub key: String,
}

impl TimelineEntry {
    /// Returns the global ID of the subject; `None` for a summary, which is read through its round.
    pub fn subject(&self) -> Option<String> {
        let id = self.subject;
        match self.kind {
            TimelineKind::NoticePublished => Some(NoticeId(id).to_global()),
            TimelineKind::DialogueOpened
            | TimelineKind::DialogueExtended
            | TimelineKind::DialogueClosed
            | TimelineKind::DialogueDocumentsAdded => Some(DialogueId(id).to_global()),
            TimelineKind::MeetingScheduled
            | TimelineKind::MeetingChanged
            | TimelineKind::MeetingCancelled
            | TimelineKind::MinutesPublished => Some(MeetingId(id).to_global()),
            TimelineKind::SummaryPublished => None,
            TimelineKind::LotAwarded => Some(AwardId(id).to_global()),
            TimelineKind::TendersOpened | TimelineKind::ProcurementEnded => {
                Some(ProcurementId(id).to_global())
            }
        }
    }

    /// Returns the position as the text of a cursor; [`TimelinePosition::parse`] parses it.
    pub fn position(&self) -> String {
        format!("{} {}", self.at.timestamp_micros(), self.key)
    }
}

impl TimelinePosition {
    /// Parses the text of a cursor; returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, key) = text.split_once(' ')?;
        Some(Self {
            at: DateTime::from_timestamp_micros(at.parse().ok()?)?,
            key: key.to_owned(),
        })
    }
}
