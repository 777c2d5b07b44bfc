//! A round in figures: what was asked and answered, and how many of which kind took part.

pub mod rules;
pub mod store;

use crate::{auth::OrganisationKind, organisation::profile::Size};

/// What became of a round's questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// How many there are; each is one of the four that follow.
    pub asked: i64,
    /// An answer is public; of a merged question, the other's.
    pub answered: i64,
    /// Refused, and not answered after all.
    pub refused: i64,
    /// Taken back.
    pub withdrawn: i64,
    /// They await an answer.
    pub unanswered: i64,
    /// The median of the seconds from when a question could be answered to its first answer.
    pub median_seconds: Option<i64>,
}

/// How many of one kind and size took part, and by what others can know of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub kind: OrganisationKind,
    /// `None`: not stated, or not for others to read.
    pub size: Option<Size>,
    /// How many there are.
    pub count: i64,
    /// How many of them are named in the round for nothing they did there.
    pub unnamed: i64,
    /// How many of them did something there without being named for it, named for something else or not.
    pub in_secret: i64,
    pub asked: i64,
    pub supported: i64,
    pub contributed: i64,
}

/// How many took part in a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participants {
    /// `None`: it would tell who somebody is.
    pub total: Option<i64>,
    /// By kind; `None`: it would tell who somebody is.
    pub by_kind: Option<Vec<(OrganisationKind, i64)>>,
    /// By size, as far as it is known; `None` as before.
    pub by_size: Option<Vec<(Option<Size>, i64)>>,
}
