//! A round that something is done in, its procurement locked.

use super::{ask::find, store::Dialogue};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::Work,
    kernel::{ids::DialogueId, refusal::Outcome},
    procurement::{manage::lock_visible, store::Procurement},
};

/// The round, for whoever may see its procurement.
pub(super) async fn visible(
    work: &mut Work,
    actor: &Actor,
    id: DialogueId,
) -> Outcome<(Dialogue, Procurement)> {
    let unlocked = find(work, id).await?;
    let procurement = lock_visible(work, actor, unlocked.procurement).await?;
    // Read again: it may have been extended before we had the lock.
    let dialogue = find(work, id).await?;
    Ok((dialogue, procurement))
}

/// The round, for a member of the buyer who may do this.
pub(super) async fn of_buyer(
    work: &mut Work,
    actor: &Actor,
    id: DialogueId,
    action: BuyerAction,
) -> Outcome<(Dialogue, Procurement)> {
    let (dialogue, procurement) = visible(work, actor, id).await?;
    policy::buyer(actor, procurement.buyer, action)?;
    Ok((dialogue, procurement))
}
