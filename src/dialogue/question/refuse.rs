//! The buyer refuses to answer a question, with a reason.

use serde::Serialize;

use super::{check_reason, lock_for_buyer, store::moderation};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::event::{self, DialogueEventKind},
    kernel::{ids::QuestionId, refusal::Fallible, text::LocalizedText},
};

/// Command to refuse a question.
#[derive(Debug, Serialize)]
pub struct RefuseQuestion {
    /// Question that the buyer does not answer.
    pub question: QuestionId,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

/// Refuses to answer a question. An answer may still follow. Needs the role EDITOR or PUBLISHER in
/// the buyer.
pub async fn refuse(
    database: &Database,
    actor: &Actor,
    command: RefuseQuestion,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("refuseQuestion", key, &command).await? {
        return Ok(first);
    }
    let change = lock_for_buyer(
        &mut work,
        actor,
        (command.question, "questionId"),
        const { table::buyer("refuseQuestion") },
    )
    .await?;
    change.check_phase()?;
    check_reason(&command.reason)?;
    let history = &change.question.history;
    history.check_awaiting(change.now, "questionId")?;
    let by = (person, change.now);
    moderation::insert_refusal(work.connection(), command.question, &command.reason, by).await?;
    event::record(&mut work, change.event(DialogueEventKind::QuestionRefused)).await?;
    change.finish(work, "question.refuse").await
}
