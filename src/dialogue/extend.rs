//! The buyer gives a round more time. Its window only grows, and every extension stays readable with its reason.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::find,
    event,
    rules::{self, Extension},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, Job, Notify, UnitOfWork},
    kernel::{
        ids::DialogueId,
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
    procurement::manage::lock,
};

/// More time.
#[derive(Debug, Serialize)]
pub struct Extend {
    /// For which round.
    pub dialogue: DialogueId,
    /// What is put off.
    pub extension: Extension,
    /// Why.
    pub reason: LocalizedText,
}

/// Extends a round; followers are told. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn extend(
    database: &Database,
    actor: &Actor,
    command: Extend,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("extendDialogue", key, &command).await? {
        return Ok(first);
    }
    let id = command.dialogue;
    let unlocked = find(&mut work, id).await?;
    let procurement = lock(
        &mut work,
        actor,
        unlocked.procurement,
        const { table::buyer("extendDialogue") },
    )
    .await?;
    // Read again: somebody else may have extended it before we had the lock.
    let dialogue = find(&mut work, id).await?;
    let now = work.now().await?;
    let mut refusals = Refusals::default();
    rules::check_localized(&command.reason, "a reason", &["reason"], &mut refusals);
    refusals.into_result()?;
    let phase = procurement.phase(now);
    let window = rules::check_extension(phase, &dialogue.window, command.extension, now)?;
    store::extend(work.connection(), &command, &window, (person, now)).await?;
    let detail = json!({ "dialogue": id, "extension": command.extension });
    work.audit("dialogue.extend", procurement.id.0, detail)
        .await?;
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    let happened = |kind, at| event::Event {
        procurement: procurement.id,
        dialogue: Some(id),
        kind,
        subject: id.0,
        at,
    };
    event::record(&mut work, happened(event::Kind::DialogueExtended, now)).await?;
    let closing = happened(event::Kind::DialogueClosed, window.closes_at);
    event::reschedule(&mut work, closing, now).await?;
    tell(&mut work, &dialogue, window.closes_at, now).await?;
    work.commit(&id).await?;
    Ok(id)
}

async fn tell(
    work: &mut UnitOfWork,
    dialogue: &store::Dialogue,
    closes_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let notify = |event, at| Notify {
        procurement: dialogue.procurement,
        event,
        subject: dialogue.id.0,
        at,
    };
    // Every extension is told of: it is known by an ID of its own.
    let extended = Notify {
        subject: uuid::Uuid::now_v7(),
        ..notify(database::Event::DialogueExtended, now)
    };
    work.enqueue(Job::Notify(extended)).await?;
    // Takes the place of the job for the earlier end.
    let closed = notify(database::Event::DialogueClosed, closes_at);
    work.enqueue(Job::NotifyAt(closed)).await
}
