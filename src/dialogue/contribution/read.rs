//! Who may read contributions, and how much of them.

use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
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
    match policy::buyer(actor, buyer, BuyerAction::RunDialogue) {
        Ok(_) => Some(View::Buyer),
        Err(_) => published.then_some(View::Public),
    }
}
