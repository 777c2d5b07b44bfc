//! A supplier discards the draft of its contribution.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::files;
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::round::{lock_visible, store::Dialogue},
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::store::Procurement,
};

/// Deletes the organisation's draft, also after the round's end. Any member of a supplier with the
/// role OWNER, SIGNATORY or CONTRIBUTOR may discard it.
#[derive(Debug, Serialize)]
pub struct DiscardDraft {
    /// Round that the draft belongs to.
    pub dialogue: DialogueId,
}

impl UseCase for DiscardDraft {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("discardContributionDraft", SupplierAction::Contribute);
    type Target = (Dialogue, Procurement);
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Self::Target> {
        lock_visible(work, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (dialogue, _): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        if !files::release(work, dialogue.id, caller.organisation, now).await? {
            let message = "your organisation has no draft in this round";
            return Err(Refusal::at(Code::NotFound, &["dialogueId"], message).into());
        }
        work.stores_object(dialogue.id.0);
        Ok(dialogue.id)
    }
}
