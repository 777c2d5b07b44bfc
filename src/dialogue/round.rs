//! A round that something is done in, its procurement locked.

use super::{ask::find, store::Dialogue};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::UnitOfWork,
    kernel::{ids::DialogueId, refusal::Fallible},
    procurement::{manage::lock_visible, store::Procurement},
};

/// The round, for whoever may see its procurement.
pub(super) async fn visible(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: DialogueId,
) -> Fallible<(Dialogue, Procurement)> {
    let unlocked = find(work, id).await?;
    let procurement = lock_visible(work, actor, unlocked.procurement).await?;
    // Read again: it may have been extended before we had the lock.
    let dialogue = find(work, id).await?;
    Ok((dialogue, procurement))
}

/// The round, for a member of the buyer who may do this.
pub(super) async fn of_buyer(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: DialogueId,
    action: BuyerAction,
) -> Fallible<(Dialogue, Procurement)> {
    let (dialogue, procurement) = visible(work, actor, id).await?;
    policy::buyer(actor, procurement.buyer, action)?;
    Ok((dialogue, procurement))
}
