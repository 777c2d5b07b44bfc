//! An asker discloses its name: from then on everyone sees the name at all its questions in the
//! round. It cannot be undone.

use serde_json::json;

use super::store;
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        round::find,
    },
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::manage::lock_visible,
};

/// Discloses the acting organisation as the asker of all questions that it asked and will ask in
/// the round. Any member who may ask may disclose.
pub async fn disclose(
    database: &Database,
    actor: &Actor,
    id: DialogueId,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("discloseAsker") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("discloseAsker", key, &id).await? {
        return Ok(first);
    }
    let dialogue = find(&mut work, id).await?;
    let procurement = lock_visible(&mut work, actor, dialogue.procurement).await?;
    let now = work.now().await?;
    if !store::has_asked(work.connection(), id, organisation).await? {
        let message = "your organisation has asked no question in this round; ask one first";
        return Err(Refusal::at(Code::NotFound, &["dialogueId"], message).into());
    }
    let asker = (person.id, organisation);
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
    event::record(&mut work, event).await?;
    let detail = json!({ "dialogue": id });
    work.audit("dialogue.disclose", procurement.id.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}
