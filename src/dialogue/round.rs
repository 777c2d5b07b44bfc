//! Rounds of dialogue: opening, extending and adding documents.

pub mod add_documents;
pub mod end;
pub mod extend;
pub mod open;
pub mod rules;
pub mod store;

use crate::{
    auth::policy::mutation::BuyerCaller,
    database::UnitOfWork,
    dialogue::{
        attachment,
        round::{
            rules::Window,
            store::{Dialogue, documents::NewRoundDocuments},
        },
    },
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId},
        refusal::{Fallible, Refusal},
    },
    procurement::{lock, store::Procurement},
};

/// Loads a round, without a lock. Refuses with NOT_FOUND when there is none with this ID.
pub(super) async fn find(work: &mut UnitOfWork, id: DialogueId) -> Fallible<Dialogue> {
    let found = store::by_id(work.connection(), id).await?;
    found.ok_or_else(|| Refusal::not_found("dialogueId", "dialogue").into())
}

/// Loads a round and locks its procurement, if the actor may see the procurement.
pub(super) async fn lock_visible(
    work: &mut UnitOfWork,
    id: DialogueId,
) -> Fallible<(Dialogue, Procurement)> {
    let unlocked = find(work, id).await?;
    let procurement = lock::lock_visible(work, unlocked.procurement).await?;
    // Another transaction may have extended the round before this one got the lock.
    let dialogue = find(work, id).await?;
    Ok((dialogue, procurement))
}

/// Loads a round and locks its procurement, if the actor may do this for the buyer.
pub(super) async fn lock_for_buyer(
    work: &mut UnitOfWork,
    caller: &BuyerCaller,
    id: DialogueId,
) -> Fallible<(Dialogue, Procurement)> {
    let (dialogue, procurement) = lock_visible(work, id).await?;
    caller.check(work.actor(), procurement.buyer)?;
    Ok((dialogue, procurement))
}

/// Attaches the buyer's documents to a round that already has the `earlier` ones. Everyone may read
/// them from the round's opening on.
async fn attach_documents(
    work: &mut UnitOfWork,
    new: &NewRoundDocuments<'_>,
    earlier: &[DocumentId],
    (buyer, window): (OrganisationId, &Window),
) -> Fallible<()> {
    let (holder, documents) = (new.dialogue.0, new.documents);
    attachment::hold_with_earlier(work, holder, buyer, documents, earlier, new.added_at).await?;
    store::documents::insert(work.connection(), new).await?;
    let public_from = window.opens_at.max(new.added_at);
    attachment::share(work, holder, documents, None, public_from).await
}
