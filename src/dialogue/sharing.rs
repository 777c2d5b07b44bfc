//! What must be shared: all that a supplier contributed to a procurement's dialogue, or that the buyer said to one, which
//! not everyone can read yet.
//!
//! Whoever took part in preparing a procurement may tender for it if all other tenderers are told what was exchanged with
//! it, in time (Directive 2014/24/EU art. 41; Swedish law: LOU 4 kap. 8 §). Who tenders is sealed, so that nothing here
//! hangs on it: the list is of what anybody contributed, and names nobody.

pub mod remind;
pub mod rules;
pub mod store;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kernel::ids::{DialogueId, ProcurementId};

/// What is not shared. Another kind is another variant here and another part of the statement in [`store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// What was contributed to a round is not published; the subject is the round.
    ContributionsUnpublished,
    /// A question of a moderated round was neither released, merged, refused nor withdrawn; the subject is the question,
    /// as in the next two.
    QuestionUnreleased,
    /// A question was neither answered nor refused in time.
    QuestionOverdue,
    /// An answer is held for a later release.
    AnswerHeld,
    /// A meeting is over and has no minutes; the subject is the meeting.
    MinutesMissing,
    /// A round has ended and has no summary; the subject is the round.
    SummaryMissing,
}

/// One thing that is not shared.
#[derive(Clone, Debug)]
pub struct Item {
    pub procurement: ProcurementId,
    pub dialogue: DialogueId,
    pub kind: Kind,
    /// The round, the question or the meeting.
    pub subject: Uuid,
    /// Since when it is to be shared: of contributions, when the first came; of a question and its answer, when it was
    /// asked or, overdue, should have been answered; of minutes and summaries, the meeting's or round's end.
    pub since: DateTime<Utc>,
    /// When it can be mended (contributions: the round's end) or is by itself (a held answer's release).
    pub due: Option<DateTime<Utc>>,
    /// Of contributions: how many there are.
    pub contributions: Option<i64>,
    /// Of contributions: how many answers are business secrets, and withheld.
    pub secrets: Option<i64>,
}
