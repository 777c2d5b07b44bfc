//! A supplier asks. Everyone sees the question; nobody but the asker sees who asked.

use serde::Serialize;
use serde_json::json;

use super::{
    event,
    rate::{self, Activity},
    rules, store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, SupplierAction},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, Work},
    kernel::{
        ids::{DialogueId, QuestionId},
        refusal::{Code, Outcome, Refusal},
        text::{is_language, not_a_language},
    },
    procurement::{self, manage::lock_visible},
};

/// A question.
#[derive(Debug, Serialize)]
pub struct Ask {
    /// In which round.
    pub dialogue: DialogueId,
    /// About which lot; `None`: the whole.
    pub lot: Option<String>,
    /// The question; plain text.
    pub text: String,
    /// Its language (ISO 639-1).
    pub language: String,
}

/// Asks. Any member of a company, nonprofit or social enterprise may, while the round takes questions.
pub async fn ask(
    database: &Database,
    actor: &Actor,
    command: Ask,
    key: Option<&IdempotencyKey>,
) -> Outcome<QuestionId> {
    let (person, organisation) = policy::supplier(actor, SupplierAction::Ask)?;
    check(&command)?;
    let mut work = Work::begin(database, actor).await?;
    if let Some(first) = work.replay("askQuestion", key, &command).await? {
        return Ok(first);
    }
    let no_dialogue = || Refusal::not_found("dialogueId", "dialogue");
    let dialogue = store::by_id(work.connection(), command.dialogue)
        .await?
        .ok_or_else(no_dialogue)?;
    let procurement = lock_visible(&mut work, actor, dialogue.procurement).await?;
    let now = work.now().await?;
    rules::check_question(procurement.phase(now), &dialogue.window, now)?;
    if let Some(lot) = &command.lot {
        let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
        if !lots.iter().any(|known| known.id == *lot) {
            return Err(Refusal::at(
                Code::NotFound,
                &["lotId"],
                format!("the procurement has no lot `{lot}`"),
            )
            .into());
        }
    }
    rate::take(&mut work, procurement.id, organisation, Activity::Ask, now).await?;
    let id = QuestionId::new();
    store::insert_question(
        work.connection(),
        id,
        &command,
        (person.id, organisation),
        now,
    )
    .await?;
    // The audit row names the asker; followers and the index do not.
    work.audit(
        "question.ask",
        dialogue.procurement.0,
        json!({ "question": id }),
    )
    .await?;
    let happened = event::Event {
        procurement: procurement.id,
        dialogue: Some(dialogue.id),
        kind: event::Kind::QuestionAsked,
        subject: id.0,
        at: now,
    };
    event::record(&mut work, happened).await?;
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::QuestionAsked,
        subject: id.0,
        at: now,
    }))
    .await?;
    work.commit(&id).await?;
    Ok(id)
}

fn check(command: &Ask) -> Result<(), Refusal> {
    rules::check_text(&command.text, &["text"])?;
    if is_language(&command.language) {
        return Ok(());
    }
    Err(not_a_language(&command.language, &["language"]))
}
