//! Random states of a procurement with a round of dialogue, and random readers.

use std::collections::BTreeSet;

use proptest::prelude::*;

/// Number of organisations that the states and readers choose from.
pub const ORGANISATIONS: usize = 4;

/// A question of the round; the answers are given by their seconds of publication after now, and
/// whether the buyer withdrew them.
#[derive(Clone, Debug)]
pub struct Asked {
    pub asker: usize,
    pub released: bool,
    pub withdrawn: bool,
    pub refused: bool,
    pub merged: bool,
    pub answers: Vec<(i64, bool)>,
}

/// A contribution to the round, submitted at a number of seconds after now.
#[derive(Clone, Debug)]
pub struct Contributed {
    pub sender: usize,
    pub withdrawn: bool,
    pub withdrawn_by_buyer: bool,
    pub submitted: i64,
}

/// A share of a document: with one organisation or everyone, from a number of seconds after now on.
#[derive(Clone, Debug)]
pub struct Share {
    pub with: Option<usize>,
    pub from: i64,
    pub editors_alone: bool,
}

/// A document with its shares.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub owner: usize,
    pub in_notice: bool,
    pub withdrawn: bool,
    pub shares: Vec<Share>,
}

/// State of a procurement and its round.
#[derive(Clone, Debug)]
pub struct State {
    pub buyer: usize,
    pub joint: BTreeSet<usize>,
    pub published: bool,
    pub moderated: bool,
    pub questions: Vec<Asked>,
    pub contributions: Vec<Contributed>,
    pub contributions_published: Option<i64>,
    pub documents: Vec<Uploaded>,
}

/// The organisation that the reader acts for, and whether the reader is an editor there.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    pub organisation: Option<usize>,
    pub editor: bool,
}

pub fn organisation() -> std::ops::Range<usize> {
    0..ORGANISATIONS
}

pub fn asked() -> impl Strategy<Value = Asked> {
    let marks = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let answers = prop::collection::vec((-2i64..3, any::<bool>()), 0..3);
    (organisation(), marks, answers).prop_map(|(asker, marks, answers)| {
        let (released, withdrawn, refused, merged) = marks;
        Asked {
            asker,
            released,
            withdrawn,
            refused,
            merged,
            answers,
        }
    })
}

pub fn contributed() -> impl Strategy<Value = Contributed> {
    let marks = (any::<bool>(), any::<bool>());
    (organisation(), marks, -3i64..3).prop_map(|(sender, marks, submitted)| {
        let (withdrawn, withdrawn_by_buyer) = marks;
        Contributed {
            sender,
            withdrawn,
            withdrawn_by_buyer,
            submitted,
        }
    })
}

pub fn uploaded() -> impl Strategy<Value = Uploaded> {
    let share = (prop::option::of(organisation()), -2i64..3, any::<bool>());
    let share = share.prop_map(|(with, from, editors_alone)| Share {
        with,
        from,
        editors_alone: editors_alone && with.is_some(),
    });
    let shares = prop::collection::vec(share, 0..3);
    let marks = (prop::bool::weighted(0.2), any::<bool>());
    (organisation(), marks, shares).prop_map(|(owner, (in_notice, withdrawn), shares)| Uploaded {
        owner,
        in_notice,
        withdrawn,
        shares,
    })
}

pub fn state() -> impl Strategy<Value = State> {
    let flags = (any::<bool>(), any::<bool>());
    let parties = (
        organisation(),
        prop::collection::btree_set(organisation(), 0..2),
    );
    let contributions = (
        prop::collection::vec(contributed(), 0..5),
        prop::option::of(-3i64..1),
    );
    (
        parties,
        flags,
        prop::collection::vec(asked(), 0..5),
        contributions,
        prop::collection::vec(uploaded(), 0..4),
    )
        .prop_map(
            |((buyer, joint), (published, moderated), questions, contributions, documents)| State {
                buyer,
                joint,
                published,
                moderated,
                questions,
                contributions: contributions.0,
                contributions_published: contributions.1,
                documents,
            },
        )
}

pub fn reader() -> impl Strategy<Value = Reader> {
    (prop::option::of(organisation()), any::<bool>()).prop_map(|(organisation, editor)| Reader {
        organisation,
        editor,
    })
}
