//! The buyer answers a question, to everyone at once.

use serde::Serialize;
use serde_json::json;

use super::{event, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, Work},
    kernel::{
        ids::{AnswerId, QuestionId},
        refusal::{Code, Outcome, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::{Phase, manage::lock, rules as procurement_rules},
};

/// An answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// To which question.
    pub question: QuestionId,
    /// The answer, in one or several languages; plain text.
    pub text: LocalizedText,
}

/// Publishes an answer. A question that has one gets a revision: the earlier answer stays visible.
/// Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn answer(
    database: &Database,
    actor: &Actor,
    command: Answer,
    key: Option<&IdempotencyKey>,
) -> Outcome<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = Work::begin(database, actor).await?;
    if let Some(first) = work.replay("answerQuestion", key, &command).await? {
        return Ok(first);
    }
    let no_question = || Refusal::not_found("questionId", "question");
    let (procurement, dialogue) = store::place_of_question(work.connection(), command.question)
        .await?
        .ok_or_else(no_question)?;
    let procurement = lock(&mut work, actor, procurement, BuyerAction::RunDialogue).await?;
    check_text(&command.text)?;
    let now = work.now().await?;
    let phase = procurement.phase(now);
    if !matches!(phase, Phase::Upcoming | Phase::Tendering) {
        let message = format!(
            "answers are published until tendering ends; the procurement is {}",
            phase.as_str()
        );
        return Err(Refusal::new(Code::WrongPhase, message).into());
    }
    let id = AnswerId::new();
    let revision = store::insert_answer(work.connection(), id, &command, person, now).await?;
    let happened = event::Event {
        procurement: procurement.id,
        dialogue: Some(dialogue),
        kind: match revision {
            1 => event::Kind::AnswerPublished,
            _ => event::Kind::AnswerRevised,
        },
        subject: command.question.0,
        at: now,
    };
    event::record(&mut work, happened).await?;
    work.audit(
        "question.answer",
        procurement.id.0,
        json!({ "question": command.question, "answer": id }),
    )
    .await?;
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::QuestionAnswered,
        subject: id.0,
        at: now,
    }))
    .await?;
    work.commit(&command.question).await?;
    Ok(command.question)
}

fn check_text(text: &LocalizedText) -> Outcome<()> {
    let mut refusals = Refusals::default();
    refusals.require(!text.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["text"],
            "an answer needs a text in one language at least",
        )
    });
    procurement_rules::check_text(text, rules::TEXT_LIMIT, &["text"], &mut refusals);
    Ok(refusals.into_result()?)
}
