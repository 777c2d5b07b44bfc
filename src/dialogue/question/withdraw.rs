//! An asker takes its unanswered question back: it stays as withdrawn, without its text.

use serde_json::json;

use super::of_supplier;
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{event, store::questions},
    document,
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Withdraws a question. Any member of the organisation that asked may who may ask, until there is an answer, or
/// others' questions were merged into it.
pub async fn withdraw(
    database: &Database,
    actor: &Actor,
    question: QuestionId,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("withdrawQuestion") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("withdrawQuestion", key, &question).await? {
        return Ok(first);
    }
    let change = of_supplier(&mut work, actor, question, organisation).await?;
    if !change.subject.own {
        let message = "only the organisation that asked may take a question back";
        return Err(Refusal::new(Code::NotAllowed, message).into());
    }
    let now = change.now;
    let subject = &change.subject;
    let standing = subject.standing;
    standing.check_withdrawal(subject.has_others, now, "questionId")?;
    questions::insert_withdrawal(work.connection(), question, person.id, now).await?;
    document::store::unshare(work.connection(), question.0).await?;
    event::record(&mut work, change.event(event::Kind::QuestionWithdrawn)).await?;
    let detail = json!({ "question": question });
    let procurement = change.procurement.id.0;
    work.audit("question.withdraw", procurement, detail).await?;
    work.commit(&question).await?;
    Ok(question)
}
