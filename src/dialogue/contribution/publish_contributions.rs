//! The buyer publishes the contributions to a round that has ended.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{announce, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Notify, UnitOfWork},
    dialogue::{event::DialogueEventKind, round::lock_for_buyer},
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Command to publish the contributions to a round.
#[derive(Debug, Serialize, Deserialize)]
pub struct PublishContributions {
    /// Round whose contributions are published.
    pub dialogue: DialogueId,
}

/// Publishes the contributions to a round that has ended: from then on everyone may read the
/// answers that are not business secrets. Followers are notified. It cannot be undone. Needs the
/// role EDITOR or PUBLISHER in the buyer.
pub async fn publish_contributions(
    database: &Database,
    actor: &Actor,
    command: PublishContributions,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishContributions", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock_for_buyer(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("publishContributions") },
    )
    .await?;
    let now = work.now().await?;
    rules::check_publishing_contributions(&dialogue.window, now)?;
    if !store::insert_publication(work.connection(), dialogue.id, person, now).await? {
        let message = "the contributions to this round are published already";
        return Err(Refusal::new(Code::AlreadyDone, message).into());
    }
    store::files::publish(work.connection(), dialogue.id, now).await?;
    let notify = Notify {
        procurement: procurement.id,
        event: Event::ContributionsPublished,
        subject: dialogue.id.0,
        at: now,
    };
    let kind = DialogueEventKind::ContributionsPublished;
    announce(&mut work, dialogue.id, kind, notify).await?;
    let detail = json!({ "dialogue": dialogue.id });
    work.audit("contributions.publish", procurement.id.0, detail)
        .await?;
    work.commit(&dialogue.id).await?;
    Ok(dialogue.id)
}
