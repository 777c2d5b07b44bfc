//! The timeline of a procurement: its public history from several tables.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::ids::{AwardId, DialogueId, MeetingId, NoticeId, ProcurementId};

/// Kind of a timeline entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
    /// A round was cancelled.
    DialogueCancelled,
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

impl TimelineKind {
    /// Returns the name of the kind, as the database stores it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoticePublished => "NOTICE_PUBLISHED",
            Self::DialogueOpened => "DIALOGUE_OPENED",
            Self::DialogueExtended => "DIALOGUE_EXTENDED",
            Self::DialogueClosed => "DIALOGUE_CLOSED",
            Self::DialogueCancelled => "DIALOGUE_CANCELLED",
            Self::SummaryPublished => "SUMMARY_PUBLISHED",
            Self::DialogueDocumentsAdded => "DIALOGUE_DOCUMENTS_ADDED",
            Self::MeetingScheduled => "MEETING_SCHEDULED",
            Self::MeetingChanged => "MEETING_CHANGED",
            Self::MeetingCancelled => "MEETING_CANCELLED",
            Self::MinutesPublished => "MINUTES_PUBLISHED",
            Self::TendersOpened => "TENDERS_OPENED",
            Self::LotAwarded => "LOT_AWARDED",
            Self::ProcurementEnded => "PROCUREMENT_ENDED",
        }
    }
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
}

/// Position in the timeline of a procurement. It identifies an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimelinePosition {
    /// Time of the entry.
    #[serde(with = "crate::kernel::paging::time")]
    pub at: DateTime<Utc>,
    /// Kind of the entry.
    pub kind: TimelineKind,
    /// ID of the subject of the entry.
    pub subject: Uuid,
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
            | TimelineKind::DialogueCancelled
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

    /// Returns the position of the entry.
    pub fn position(&self) -> TimelinePosition {
        TimelinePosition {
            at: self.at,
            kind: self.kind,
            subject: self.subject,
        }
    }
}
