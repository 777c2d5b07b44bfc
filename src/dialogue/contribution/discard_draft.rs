//! A supplier discards the draft of its contribution.

use serde::Serialize;

use super::files;
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::round::lock_visible,
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Command to discard a draft.
#[derive(Debug, Serialize)]
pub struct DiscardDraft {
    /// Round that the draft belongs to.
    pub dialogue: DialogueId,
}

/// Deletes the organisation's draft, also after the round's end. Any member of a supplier with the
/// role OWNER, SIGNATORY or CONTRIBUTOR may discard it.
pub async fn discard_draft(
    database: &Database,
    actor: &Actor,
    command: DiscardDraft,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let (_, organisation) =
        policy::supplier(actor, const { table::supplier("discardContributionDraft") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    let first = work
        .replay("discardContributionDraft", key, &command)
        .await?;
    if let Some(first) = first {
        return Ok(first);
    }
    let (dialogue, _) = lock_visible(&mut work, actor, command.dialogue).await?;
    let now = work.now().await?;
    if !files::release(&mut work, dialogue.id, organisation, now).await? {
        let message = "your organisation has no draft in this round";
        return Err(Refusal::at(Code::NotFound, &["dialogueId"], message).into());
    }
    work.commit(&dialogue.id).await?;
    Ok(dialogue.id)
}
