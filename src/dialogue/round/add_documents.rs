//! The buyer adds documents to a round, such as a new draft of a text, until the round ends.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    attach_documents, lock_for_buyer,
    rules::{self, DialogueState},
    store::documents::{self, NewRoundDocuments},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, Job, Notify, UnitOfWork},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        text::check_localized,
    },
    kernel::{
        ids::{DialogueId, DocumentId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// Command to add documents to a round.
#[derive(Debug, Serialize)]
pub struct AddDocuments {
    /// Round that the documents are added to.
    pub dialogue: DialogueId,
    /// Documents of the buyer.
    pub documents: Vec<DocumentId>,
    /// Reason, which everyone may read; may be empty.
    pub reason: LocalizedText,
}

/// Adds documents to a round. Everyone may read them from the round's opening on, and followers are
/// notified. Documents are never removed from a round. Needs the role EDITOR or PUBLISHER in the
/// buyer.
pub async fn add_documents(
    database: &Database,
    actor: &Actor,
    command: AddDocuments,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("addDialogueDocuments", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock_for_buyer(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("addDialogueDocuments") },
    )
    .await?;
    let now = work.now().await?;
    let earlier = documents::ids(work.connection(), dialogue.id).await?;
    let (phase, window) = (procurement.phase(now), &dialogue.window);
    rules::check_adding_documents(phase, window, &command.documents, &earlier, now)?;
    check_reason(&command.reason)?;
    let new = NewRoundDocuments {
        dialogue: dialogue.id,
        documents: &command.documents,
        reason: &command.reason,
        added_by: person,
        added_at: now,
    };
    attach_documents(&mut work, &new, &earlier, (procurement.buyer, window)).await?;
    // Documents added before the opening are covered by the opening's own event.
    if window.state(now) != DialogueState::Planned {
        let event = DialogueEvent {
            procurement: procurement.id,
            dialogue: Some(dialogue.id),
            kind: DialogueEventKind::DialogueDocumentsAdded,
            subject: dialogue.id.0,
            at: now,
        };
        event::record(&mut work, event).await?;
        work.enqueue(Job::Notify(notification(event, now))).await?;
    }
    let detail = json!({ "dialogue": dialogue.id, "documents": command.documents });
    work.audit("dialogue.documents.add", procurement.id.0, detail)
        .await?;
    work.commit(&dialogue.id).await?;
    Ok(dialogue.id)
}

/// Returns the notification of one addition. Its subject is a fresh ID, so that followers are
/// notified of every addition.
fn notification(event: DialogueEvent, at: DateTime<Utc>) -> Notify {
    Notify {
        procurement: event.procurement,
        event: database::Event::DialogueDocumentsAdded,
        subject: Uuid::now_v7(),
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
