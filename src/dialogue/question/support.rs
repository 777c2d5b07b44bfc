//! A supplier marks another's question as "mine too" instead of repeating it. How many did is public, who did is not.

use serde::Serialize;
use serde_json::json;

use super::of_supplier;
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, UnitOfWork},
    dialogue::{
        ask,
        rate::{self, Activity},
        rules,
        store::questions,
    },
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Support {
    /// Say "mine too".
    Give,
    /// Take it back.
    Withdraw,
}

/// Says "mine too", or takes it back; again is no change. One an organisation, not of its own question, while the round
/// takes questions and this one awaits an answer.
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
    let change = of_supplier(&mut work, actor, question, organisation).await?;
    let now = change.now;
    if change.subject.own {
        let message = "your own organisation asked this; others mark it as theirs too";
        return Err(Refusal::at(Code::OwnQuestion, &["questionId"], message).into());
    }
    let dialogue = ask::find(&mut work, change.subject.dialogue).await?;
    rules::check_question(change.procurement.phase(now), &dialogue.window, now)?;
    change.subject.standing.check_awaiting(now, "questionId")?;
    let procurement = change.procurement.id;
    rate::take(&mut work, procurement, organisation, Activity::Support, now).await?;
    let supporter = (person.id, organisation);
    let (changed, action) = match support {
        Support::Give => {
            let given = questions::insert_support(work.connection(), question, supporter, now);
            (given.await?, "question.support")
        }
        Support::Withdraw => {
            let taken = questions::delete_support(work.connection(), question, organisation);
            (taken.await?, "question.support.withdraw")
        }
    };
    if changed {
        let detail = json!({ "question": question });
        work.audit(action, procurement.0, detail).await?;
    }
    work.commit(&question).await?;
    Ok(question)
}
