//! An asker withdraws its unanswered question. The question stays visible without its text.

use super::{lock_for_supplier, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::event::{self, DialogueEventKind},
    document,
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Withdraws a question that awaits an answer, unless other questions were merged into it. Any
/// member of the asking organisation who may ask may withdraw.
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
    let change = lock_for_supplier(&mut work, actor, question, organisation).await?;
    if !change.question.own {
        let message = "only the organisation that asked a question may withdraw it";
        return Err(Refusal::new(Code::NotAllowed, message).into());
    }
    let now = change.now;
    let snapshot = &change.question;
    snapshot
        .history
        .check_withdrawal(snapshot.has_merged, now, "questionId")?;
    store::insert_withdrawal(work.connection(), question, person.id, now).await?;
    document::store::unshare(work.connection(), question.0).await?;
    event::record(
        &mut work,
        change.event(DialogueEventKind::QuestionWithdrawn),
    )
    .await?;
    change.finish(work, "question.withdraw").await
}
