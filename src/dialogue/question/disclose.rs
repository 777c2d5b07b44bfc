//! An asker chooses to be known: from then on everyone sees its name at its questions in the round. Never taken back.

use serde_json::json;

use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{ask, event, store::questions},
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::manage::lock_visible,
};

/// Names the acting organisation as the asker of all it asked and will ask in the round. Any member may who may ask.
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
    let dialogue = ask::find(&mut work, id).await?;
    let procurement = lock_visible(&mut work, actor, dialogue.procurement).await?;
    let now = work.now().await?;
    if !questions::has_asked(work.connection(), id, organisation).await? {
        let message =
            "your organisation has asked nothing in this round; there is nothing to be named at";
        return Err(Refusal::at(Code::NotFound, &["dialogueId"], message).into());
    }
    let asker = (person.id, organisation);
    if !questions::insert_disclosure(work.connection(), id, asker, now).await? {
        let message = "your organisation is named at its questions in this round already";
        return Err(Refusal::new(Code::AlreadyDone, message).into());
    }
    let happened = event::Event {
        procurement: procurement.id,
        dialogue: Some(id),
        kind: event::Kind::AskerDisclosed,
        subject: id.0,
        at: now,
    };
    event::record(&mut work, happened).await?;
    let detail = json!({ "dialogue": id });
    work.audit("dialogue.disclose", procurement.id.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}
