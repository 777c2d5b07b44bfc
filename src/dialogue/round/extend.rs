//! The buyer gives a round more time. The window only grows, and every extension stays readable
//! with its reason.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    find,
    rules::{self, WindowExtension},
    store::{self, Dialogue},
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
        ids::DialogueId,
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
    procurement::manage::lock,
};

/// Command to extend a round.
#[derive(Debug, Serialize)]
pub struct ExtendDialogue {
    /// Round to extend.
    pub dialogue: DialogueId,
    /// New times; those left out stay as they are.
    pub extension: WindowExtension,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

/// Extends a round; followers are notified. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn extend(
    database: &Database,
    actor: &Actor,
    command: ExtendDialogue,
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
    // Another transaction may have extended the round before this one got the lock.
    let dialogue = find(&mut work, id).await?;
    let now = work.now().await?;
    let mut refusals = Refusals::default();
    check_localized(&command.reason, "a reason", &["reason"], &mut refusals);
    refusals.into_result()?;
    let phase = procurement.phase(now);
    let window = rules::check_extension(phase, &dialogue.window, command.extension, now)?;
    let by = (person, now);
    store::extend(work.connection(), id, &window, &command.reason, by).await?;
    let detail = json!({ "dialogue": id, "extension": command.extension });
    work.audit("dialogue.extend", procurement.id.0, detail)
        .await?;
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    let event = |kind, at| DialogueEvent {
        procurement: procurement.id,
        dialogue: Some(id),
        kind,
        subject: id.0,
        at,
    };
    event::record(&mut work, event(DialogueEventKind::DialogueExtended, now)).await?;
    let closing = event(DialogueEventKind::DialogueClosed, window.closes_at);
    event::reschedule(&mut work, closing, now).await?;
    notify(&mut work, &dialogue, window.closes_at, now).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Notifies followers of the extension, and moves the notification of the round's end.
async fn notify(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    closes_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let notify = |event, at| Notify {
        procurement: dialogue.procurement,
        event,
        subject: dialogue.id.0,
        at,
    };
    // A fresh subject ID per extension, so that followers are notified of each one.
    let extended = Notify {
        subject: uuid::Uuid::now_v7(),
        ..notify(database::Event::DialogueExtended, now)
    };
    work.enqueue(Job::Notify(extended)).await?;
    // Replaces the job for the earlier end.
    let closed = notify(database::Event::DialogueClosed, closes_at);
    work.enqueue(Job::NotifyAt(closed)).await
}
