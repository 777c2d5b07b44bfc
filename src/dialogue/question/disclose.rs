//! An asker discloses its name: from then on everyone sees the name at all its questions in the
//! round. It cannot be undone.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::store;
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        round::lock_visible,
    },
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::store::Procurement,
};

/// Discloses the acting organisation as the asker of all questions that it asked and will ask in
/// the round. Any member who may ask may disclose.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct DiscloseAsker(pub DialogueId);

impl UseCase for DiscloseAsker {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("discloseAsker", SupplierAction::Ask);
    type Target = Procurement;
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        let (_, procurement) = lock_visible(work, self.0).await?;
        Ok(procurement)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        let id = self.0;
        if !store::has_asked(work.connection(), id, caller.organisation).await? {
            let message = "your organisation has asked no question in this round; ask one first";
            return Err(Refusal::at(Code::NotFound, &["dialogueId"], message).into());
        }
        let asker = (caller.person, caller.organisation);
        if !store::insert_disclosure(work.connection(), id, asker, now).await? {
            let message = "your organisation is already named at its questions in this round";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let event = DialogueEvent {
            procurement: procurement.id,
            dialogue: Some(id),
            kind: DialogueEventKind::AskerDisclosed,
            subject: id.0,
            at: now,
        };
        event::record(work, event).await?;
        let detail = json!({ "dialogue": id });
        work.audit("dialogue.disclose", procurement.id.0, detail);
        Ok(id)
    }
}
