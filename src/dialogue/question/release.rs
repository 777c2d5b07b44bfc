//! The buyer releases a question of a moderated round.

use super::{lock_for_buyer, publish, store::moderation};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::round::find,
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Makes a question of a moderated round public; followers are notified. Needs the role EDITOR or
/// PUBLISHER in the buyer.
pub async fn release(
    database: &Database,
    actor: &Actor,
    question: QuestionId,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("releaseQuestion", key, &question).await? {
        return Ok(first);
    }
    let change = lock_for_buyer(
        &mut work,
        actor,
        (question, "questionId"),
        const { table::buyer("releaseQuestion") },
    )
    .await?;
    change.check_phase()?;
    let history = &change.question.history;
    if history.released {
        let message = "the question is public already";
        return Err(Refusal::at(Code::AlreadyDone, &["questionId"], message).into());
    }
    // A withdrawn question has no text that could be read. A refused or merged one still has it.
    if history.withdrawn {
        history.check_awaiting(change.now, "questionId")?;
    }
    moderation::insert_release(work.connection(), question, person, change.now).await?;
    let dialogue = find(&mut work, change.question.dialogue).await?;
    publish(&mut work, &dialogue, question, change.now).await?;
    change.finish(work, "question.release").await
}
