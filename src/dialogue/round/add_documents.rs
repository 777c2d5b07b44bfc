//! The buyer adds documents to a round, such as a new draft of a text, until the round ends.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    attach_documents, lock_for_buyer,
    rules::{self, DialogueState},
    store::{
        Dialogue,
        documents::{self, NewRoundDocuments},
    },
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::DIALOGUE_DOCUMENTS_ADDED,
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        text::check_localized,
    },
    kernel::{
        ids::{DialogueId, DocumentId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
    procurement::notification::Notify,
    procurement::store::Procurement,
};

/// Adds documents to a round. Everyone may read them from the round's opening on, and followers are
/// notified. Documents are never removed from a round. Needs the role EDITOR or PUBLISHER in the
/// buyer.
#[derive(Debug, Serialize)]
pub struct AddDocuments {
    /// Round that the documents are added to.
    pub dialogue: DialogueId,
    /// Documents of the buyer.
    pub documents: Vec<DocumentId>,
    /// Reason, which everyone may read; may be empty.
    pub reason: LocalizedText,
}

impl UseCase for AddDocuments {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("addDialogueDocuments", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        let earlier = documents::ids(work.connection(), dialogue.id).await?;
        let (phase, window) = (procurement.phase(now), &dialogue.window);
        rules::check_adding_documents(phase, window, &self.documents, &earlier, now)?;
        check_reason(&self.reason)?;
        let new = NewRoundDocuments {
            dialogue: dialogue.id,
            documents: &self.documents,
            reason: &self.reason,
            added_by: caller.person,
            added_at: now,
        };
        attach_documents(work, &new, &earlier, (procurement.buyer, window)).await?;
        // Documents added before the opening are covered by the opening's own event.
        if window.state(now) != DialogueState::Planned {
            let event = DialogueEvent {
                procurement: procurement.id,
                dialogue: Some(dialogue.id),
                kind: DialogueEventKind::DialogueDocumentsAdded,
                subject: dialogue.id.0,
                at: now,
            };
            event::record(work, event).await?;
            work.enqueue(&notification(event, now))?;
        }
        let detail = json!({ "dialogue": dialogue.id, "documents": self.documents });
        work.audit("dialogue.documents.add", procurement.id.0, detail);
        Ok(dialogue.id)
    }
}

/// Returns the notification of one addition. Its subject is a fresh ID, so that followers are
/// notified of every addition.
fn notification(event: DialogueEvent, at: DateTime<Utc>) -> Notify {
    Notify {
        procurement: event.procurement,
        event: DIALOGUE_DOCUMENTS_ADDED,
        subject: Uuid::now_v7(),
        about: Some(event.subject),
        at,
    }
}

fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    if !reason.is_empty() {
        check_localized(reason, "a reason", &["reason"], &mut refusals);
    }
    Ok(refusals.into_result()?)
}
