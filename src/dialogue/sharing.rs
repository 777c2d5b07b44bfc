//! Items of a procurement's dialogue that the buyer must share: contributions of suppliers, and
//! information for one supplier, that are not public yet.
//!
//! A supplier that took part in preparing a procurement may tender for it only if all other
//! tenderers get the information that was exchanged with it, in time (Directive 2014/24/EU art. 41;
//! Swedish law: LOU 4 kap. 8 §). Tenders are sealed, so the list does not depend on them: it covers
//! the contributions of all suppliers, and names none of them.

pub mod remind;
pub mod rules;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::{
    ids::{DialogueId, ProcurementId},
    zone::Zone,
};

/// Kind of an unshared item. Each kind is one part of the statement in [`store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UnsharedKind {
    /// The contributions to a round are not published; the subject is the round.
    ContributionsUnpublished,
    /// A question of a moderated round was neither released, merged, refused nor withdrawn; the
    /// subject is the question.
    QuestionUnreleased,
    /// A question was neither answered nor refused in time; the subject is the question.
    QuestionOverdue,
    /// An answer is held for a later release; the subject is the question.
    AnswerHeld,
    /// A meeting has ended and has no minutes; the subject is the meeting.
    MinutesMissing,
    /// A round has ended and has no summary; the subject is the round.
    SummaryMissing,
}

impl UnsharedKind {
    /// Returns the name of the kind, by which items of the same time are ordered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContributionsUnpublished => "CONTRIBUTIONS_UNPUBLISHED",
            Self::QuestionUnreleased => "QUESTION_UNRELEASED",
            Self::QuestionOverdue => "QUESTION_OVERDUE",
            Self::AnswerHeld => "ANSWER_HELD",
            Self::MinutesMissing => "MINUTES_MISSING",
            Self::SummaryMissing => "SUMMARY_MISSING",
        }
    }
}

/// An item that the buyer must share.
#[derive(Clone, Debug)]
pub struct UnsharedItem {
    pub procurement: ProcurementId,
    pub dialogue: DialogueId,
    /// Number of the round.
    pub round: i32,
    pub kind: UnsharedKind,
    /// ID of the round, the question or the meeting.
    pub subject: Uuid,
    /// Time since which the item is to be shared: for contributions, that of the first one; for a
    /// question and a held answer, the time of asking; for an overdue question, the end of the time
    /// for answers; for minutes and summaries, the end of the meeting or round. To the minute: the
    /// position in the list repeats it, and an exact time could reveal who asked or contributed.
    pub since: DateTime<Utc>,
    /// For contributions, the round's end, from which they can be published; for a held answer, its
    /// release. `None` for all other kinds.
    pub due: Option<DateTime<Utc>>,
    /// Number of contributions; `None` for all other kinds.
    pub contributions: Option<i64>,
    /// Number of answers that are business secrets and stay withheld; `None` for all other kinds.
    pub secrets: Option<i64>,
    /// Time zone of the round.
    pub zone: Zone,
}
