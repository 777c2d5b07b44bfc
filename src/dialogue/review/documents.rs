//! The buyer shows documents in a round: with its opening, and more of them (a new draft of the text) until it ends.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    rules,
    store::{self, Addition},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, Job, Notify, UnitOfWork},
    dialogue::{
        State, attach, event, round,
        rules::{Window, check_localized},
    },
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// More documents.
#[derive(Debug, Serialize)]
pub struct Add {
    /// In which round.
    pub dialogue: DialogueId,
    /// Documents of the buyer's.
    pub documents: Vec<DocumentId>,
    /// Why, for everyone to read; may be nothing.
    pub reason: LocalizedText,
}

/// Adds documents to a round; everyone reads them from its opening on, and followers are told. They are never taken away.
/// Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn add(
    database: &Database,
    actor: &Actor,
    command: Add,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("addDialogueDocuments", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = round::of_buyer(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("addDialogueDocuments") },
    )
    .await?;
    let now = work.now().await?;
    let earlier = store::document_ids(work.connection(), dialogue.id).await?;
    let (phase, window) = (procurement.phase(now), &dialogue.window);
    rules::check_adding(phase, window, &command.documents, &earlier, now)?;
    check_reason(&command.reason)?;
    let addition = Addition {
        dialogue: dialogue.id,
        documents: &command.documents,
        reason: &command.reason,
        added_by: person,
        added_at: now,
    };
    put(&mut work, &addition, &earlier, (procurement.buyer, window)).await?;
    // What is added before the opening is part of what opens.
    if window.state(now) != State::Planned {
        let happened = event::Event {
            procurement: procurement.id,
            dialogue: Some(dialogue.id),
            kind: event::Kind::DialogueDocumentsAdded,
            subject: dialogue.id.0,
            at: now,
        };
        event::record(&mut work, happened).await?;
        work.enqueue(Job::Notify(told(happened, now))).await?;
    }
    let detail = json!({ "dialogue": dialogue.id, "documents": command.documents });
    work.audit("dialogue.documents.add", procurement.id.0, detail)
        .await?;
    work.commit(&dialogue.id).await?;
    Ok(dialogue.id)
}

/// Every addition is told of: it is known by an ID of its own.
fn told(happened: event::Event, at: DateTime<Utc>) -> Notify {
    Notify {
        procurement: happened.procurement,
        event: database::Event::DialogueDocumentsAdded,
        subject: Uuid::now_v7(),
        at,
    }
}

/// Keeps the buyer's documents for a round, beside the `earlier` ones; everyone reads them from its opening on.
pub(in crate::dialogue) async fn put(
    work: &mut UnitOfWork,
    addition: &Addition<'_>,
    earlier: &[DocumentId],
    (buyer, window): (OrganisationId, &Window),
) -> Fallible<()> {
    let (holder, documents) = (addition.dialogue.0, addition.documents);
    attach::hold_beside(work, holder, buyer, documents, earlier, addition.added_at).await?;
    store::insert_documents(work.connection(), addition).await?;
    let public = window.opens_at.max(addition.added_at);
    attach::share(work, holder, documents, None, public).await
}

fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    if !reason.is_empty() {
        check_localized(reason, "a reason", &["reason"], &mut refusals);
    }
    Ok(refusals.into_result()?)
}
