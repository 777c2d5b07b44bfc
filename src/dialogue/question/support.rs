//! A supplier supports another organisation's question instead of repeating it. The number of
//! supporters is public; their names are not.

use serde::Serialize;
use serde_json::json;

use super::{lock_for_supplier, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, UnitOfWork},
    dialogue::{
        rate_limit::{self, LimitedAction},
        round::{find, rules::check_question},
    },
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Whether support is given or withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Support {
    /// Support the question.
    Give,
    /// Withdraw the support.
    Withdraw,
}

/// Supports a question or withdraws the support; repeating it changes nothing. An organisation
/// supports a question once and never its own, while the round accepts questions and the question
/// awaits an answer.
pub async fn support(
    database: &Database,
    actor: &Actor,
    question: QuestionId,
    support: Support,
) -> Fallible<QuestionId> {
    let action = match support {
        Support::Give => const { table::supplier("supportQuestion") },
        Support::Withdraw => const { table::supplier("withdrawSupport") },
    };
    let (person, organisation) = policy::supplier(actor, action)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    let change = lock_for_supplier(&mut work, actor, question, organisation).await?;
    let now = change.now;
    if change.question.own {
        let message =
            "your own organisation asked this question; only other organisations may support it";
        return Err(Refusal::at(Code::OwnQuestion, &["questionId"], message).into());
    }
    let dialogue = find(&mut work, change.question.dialogue).await?;
    check_question(change.procurement.phase(now), &dialogue.window, now)?;
    change.question.history.check_awaiting(now, "questionId")?;
    let procurement = change.procurement.id;
    rate_limit::count(
        &mut work,
        procurement,
        organisation,
        LimitedAction::Support,
        now,
    )
    .await?;
    let supporter = (person.id, organisation);
    let (changed, action) = match support {
        Support::Give => {
            let given = store::insert_support(work.connection(), question, supporter, now);
            (given.await?, "question.support")
        }
        Support::Withdraw => {
            let withdrawn = store::delete_support(work.connection(), question, organisation);
            (withdrawn.await?, "question.support.withdraw")
        }
    };
    if changed {
        let detail = json!({ "question": question });
        work.audit(action, procurement.0, detail).await?;
    }
    work.commit(&question).await?;
    Ok(question)
}
