//! Who may read contributions, and how much of them.

use crate::{
    auth::{
        Actor,
        policy::{Subject, table},
    },
    kernel::ids::OrganisationId,
};

/// How much of contributions a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// All of it, business secrets too; the sender where it chose to be named.
    Buyer,
    /// What is no secret, once it is published.
    Public,
}

/// What the actor may see of the contributions to a round of this buyer's; `None`: nothing yet. Those who run its
/// dialogues read them from the beginning, for an early dialogue is no sealed tender; its other members are the public.
pub fn view(actor: &Actor, buyer: OrganisationId, published: bool) -> Option<View> {
    let unpublished = Subject {
        buyer: Some(buyer),
        ..Subject::default()
    };
    if const { table::of("Dialogue", "contributions") }.admits(actor, &unpublished) {
        return Some(View::Buyer);
    }
    published.then_some(View::Public)
}

/// May the actor know how many contributions a round of this buyer's has?
pub fn may_count(actor: &Actor, buyer: OrganisationId, ended: bool) -> bool {
    let subject = Subject {
        buyer: Some(buyer),
        out: ended,
        ..Subject::default()
    };
    const { table::of("DialogueStatistics", "contributions") }.admits(actor, &subject)
}
