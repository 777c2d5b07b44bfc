//! Statistics of rounds: questions by status, and participants by kind and size.

pub mod rules;
pub mod store;

use crate::{auth::OrganisationKind, organisation::profile::Size};

/// Number of a round's questions by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuestionFigures {
    /// Number of questions; the sum of the next four.
    pub asked: i64,
    /// Questions with a public answer; a merged question counts by the question it was merged into.
    pub answered: i64,
    /// Questions that were refused and not answered.
    pub refused: i64,
    /// Questions that were withdrawn.
    pub withdrawn: i64,
    /// Questions that await an answer.
    pub unanswered: i64,
    /// Median of the seconds from the time a question could be answered to its first answer, in
    /// whole minutes.
    pub median_seconds: Option<i64>,
}

/// Participants of one kind and size, counted by what others can know of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParticipantGroup {
    pub kind: OrganisationKind,
    /// Size; `None` when not stated or not public.
    pub size: Option<Size>,
    /// Number of organisations.
    pub count: i64,
    /// Organisations with at least one action in the round for which they are not named.
    pub in_secret: i64,
    /// Organisations that asked a question.
    pub asked: i64,
    /// Organisations that supported a question.
    pub supported: i64,
    /// Organisations with a contribution in force.
    pub contributed: i64,
}

/// Number of participants of a round, as far as it can be published without revealing who did what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantFigures {
    /// Number of participants; `None` when it would reveal a participant.
    pub total: Option<i64>,
    /// Numbers by kind; `None` when they would reveal a participant.
    pub by_kind: Option<Vec<(OrganisationKind, i64)>>,
    /// Numbers by size, where known; `None` when they would reveal a participant.
    pub by_size: Option<Vec<(Option<Size>, i64)>>,
}
