//! The buyer opens a round of dialogue.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    event,
    rules::{self, Kind, Window},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, Work},
    kernel::{
        ids::{DialogueId, ProcurementId},
        refusal::{Code, Outcome, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::{manage::lock, rules as procurement_rules},
};

/// A new round; it opens at once.
#[derive(Debug, Serialize)]
pub struct Open {
    /// Of which procurement.
    pub procurement: ProcurementId,
    /// What it is for.
    pub kind: Kind,
    /// What it is called.
    pub title: LocalizedText,
    /// What the buyer wants to hear about.
    pub description: LocalizedText,
    /// Questions are taken before this moment.
    pub questions_until: DateTime<Utc>,
    /// The round ends.
    pub closes_at: DateTime<Utc>,
}

/// Opens a round; followers are told. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn open(
    database: &Database,
    actor: &Actor,
    command: Open,
    key: Option<&IdempotencyKey>,
) -> Outcome<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = Work::begin(database, actor).await?;
    if let Some(first) = work.replay("openDialogue", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(
        &mut work,
        actor,
        command.procurement,
        BuyerAction::RunDialogue,
    )
    .await?;
    let now = work.now().await?;
    let window = Window {
        opens_at: now,
        questions_until: command.questions_until,
        closes_at: command.closes_at,
    };
    check_texts(&command)?;
    rules::check_opening(procurement.phase(now), &window, now)?;
    let id = DialogueId::new();
    store::insert(work.connection(), id, &command, &window, person).await?;
    work.audit("dialogue.open", procurement.id.0, json!({ "dialogue": id }))
        .await?;
    for (kind, at) in [
        (event::Kind::DialogueOpened, window.opens_at),
        (event::Kind::DialogueClosed, window.closes_at),
    ] {
        let happened = event::Event {
            procurement: procurement.id,
            dialogue: Some(id),
            kind,
            subject: id.0,
            at,
        };
        event::record(&mut work, happened).await?;
    }
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::DialogueOpened,
        subject: id.0,
        at: now,
    }))
    .await?;
    work.commit(&id).await?;
    Ok(id)
}

fn check_texts(command: &Open) -> Outcome<()> {
    let mut refusals = Refusals::default();
    refusals.require(!command.title.is_empty(), || {
        Refusal::at(Code::Required, &["title"], "a dialogue needs a title")
    });
    let title_limit = procurement_rules::TITLE_LIMIT;
    procurement_rules::check_text(&command.title, title_limit, &["title"], &mut refusals);
    let text_limit = procurement_rules::TEXT_LIMIT;
    procurement_rules::check_text(
        &command.description,
        text_limit,
        &["description"],
        &mut refusals,
    );
    Ok(refusals.into_result()?)
}
