//! The buyer publishes a version of a round's questionnaire.

use serde::Serialize;
use serde_json::json;

use super::{
    Questionnaire, QuestionnaireQuestion, announce,
    questionnaire::idea_call,
    rules::{self, Moment},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Notify, UnitOfWork},
    dialogue::{event::DialogueEventKind, round::lock_for_buyer},
    kernel::{
        ids::{DialogueId, QuestionnaireId},
        refusal::Fallible,
        text::LocalizedText,
    },
};

/// Command to publish a version of a round's questionnaire.
#[derive(Debug, Serialize)]
pub struct PublishQuestionnaire {
    /// Round that the questionnaire belongs to.
    pub dialogue: DialogueId,
    /// Questions of this version.
    pub questions: Vec<QuestionnaireQuestion>,
    /// Reason for the change, for organisations that answered an earlier version.
    pub reason: LocalizedText,
}

/// Publishes the next version of a round's questionnaire, until the round ends. Followers are
/// notified, and so are the members of the organisations that have a draft or a contribution. Needs
/// the role EDITOR or PUBLISHER in the buyer.
pub async fn publish_questionnaire(
    database: &Database,
    actor: &Actor,
    command: PublishQuestionnaire,
    key: Option<&IdempotencyKey>,
) -> Fallible<(DialogueId, QuestionnaireId)> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishQuestionnaire", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock_for_buyer(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("publishQuestionnaire") },
    )
    .await?;
    let now = work.now().await?;
    rules::check_publishing_questionnaire(&Moment {
        phase: procurement.phase(now),
        window: dialogue.window,
        now,
    })?;
    let mut earlier =
        store::questionnaires::of_dialogues(work.connection(), &[dialogue.id], false).await?;
    earlier.extend(idea_call(dialogue.id, dialogue.kind));
    rules::check_questionnaire(&command.questions, &command.reason, &earlier)?;
    let new = Questionnaire {
        id: QuestionnaireId::new(),
        dialogue: dialogue.id,
        version: 1 + earlier.iter().map(|e| e.version).max().unwrap_or(0),
        questions: command.questions,
        reason: command.reason,
        published_at: Some(now),
    };
    store::questionnaires::insert(work.connection(), &new, person, now).await?;
    let notify = Notify {
        procurement: procurement.id,
        event: Event::QuestionnairePublished,
        subject: new.id.0,
        at: now,
    };
    store::questionnaires::notify_contributors(work.connection(), dialogue.id, &notify).await?;
    let kind = DialogueEventKind::QuestionnairePublished;
    announce(&mut work, dialogue.id, kind, notify).await?;
    let detail = json!({ "questionnaire": new.id, "version": new.version });
    work.audit("questionnaire.publish", procurement.id.0, detail)
        .await?;
    let outcome = (dialogue.id, new.id);
    work.commit(&outcome).await?;
    Ok(outcome)
}
