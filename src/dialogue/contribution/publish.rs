//! The buyer publishes questionnaires, and in the end what was contributed.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Question, Questionnaire,
    questionnaire::idea_call,
    rules::{self, Moment},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    dialogue::{event, store::Dialogue},
    kernel::{
        ids::{DialogueId, QuestionnaireId},
        refusal::{Code, Fallible, Refusal},
        text::LocalizedText,
    },
    procurement::store::Procurement,
};

/// A version of a round's questionnaire.
#[derive(Debug, Serialize)]
pub struct Publish {
    /// Of which round.
    pub dialogue: DialogueId,
    /// What is asked.
    pub questions: Vec<Question>,
    /// Why it is changed, for those who answered before.
    pub reason: LocalizedText,
}

/// Publishes the next version of a round's questionnaire, until the round ends. Followers are told, and the members of
/// those organisations that have a draft or a contribution. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn questionnaire(
    database: &Database,
    actor: &Actor,
    command: Publish,
    key: Option<&IdempotencyKey>,
) -> Fallible<(DialogueId, QuestionnaireId)> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishQuestionnaire", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("publishQuestionnaire") },
    )
    .await?;
    let now = work.now().await?;
    rules::check_publishing(&Moment {
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
    tell(
        &mut work,
        dialogue.id,
        event::Kind::QuestionnairePublished,
        notify,
    )
    .await?;
    let detail = json!({ "questionnaire": new.id, "version": new.version });
    work.audit("questionnaire.publish", procurement.id.0, detail)
        .await?;
    let outcome = (dialogue.id, new.id);
    work.commit(&outcome).await?;
    Ok(outcome)
}

/// The publication of what was contributed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Disclose {
    /// To which round.
    pub dialogue: DialogueId,
}

/// Publishes a round's contributions once it has ended: from here on everybody reads the answers that are no business
/// secrets. Followers are told. Never taken back. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn contributions(
    database: &Database,
    actor: &Actor,
    command: Disclose,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishContributions", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("publishContributions") },
    )
    .await?;
    let now = work.now().await?;
    rules::check_disclosing(&dialogue.window, now)?;
    if !store::insert_publication(work.connection(), dialogue.id, person, now).await? {
        let message = "the contributions to this round were published before";
        return Err(Refusal::new(Code::AlreadyDone, message).into());
    }
    store::files::publish(work.connection(), dialogue.id, now).await?;
    let notify = Notify {
        procurement: procurement.id,
        event: Event::ContributionsPublished,
        subject: dialogue.id.0,
        at: now,
    };
    tell(
        &mut work,
        dialogue.id,
        event::Kind::ContributionsPublished,
        notify,
    )
    .await?;
    let detail = json!({ "dialogue": dialogue.id });
    work.audit("contributions.publish", procurement.id.0, detail)
        .await?;
    work.commit(&dialogue.id).await?;
    Ok(dialogue.id)
}

/// The round, and its procurement locked, if the actor runs its dialogues.
async fn lock(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: DialogueId,
    action: BuyerAction,
) -> Fallible<(Dialogue, Procurement)> {
    let (dialogue, procurement) = super::draft::lock(work, actor, id).await?;
    policy::buyer(actor, procurement.buyer, action)?;
    Ok((dialogue, procurement))
}

/// Tells all who listen, and all who follow.
async fn tell(
    work: &mut UnitOfWork,
    dialogue: DialogueId,
    kind: event::Kind,
    notify: Notify,
) -> Fallible<()> {
    let happened = event::Event {
        procurement: notify.procurement,
        dialogue: Some(dialogue),
        kind,
        subject: notify.subject,
        at: notify.at,
    };
    event::record(work, happened).await?;
    work.enqueue(Job::Notify(notify)).await
}
