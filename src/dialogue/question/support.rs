//! A supplier supports another organisation's question instead of repeating it. The number of
//! supporters is public; their names are not.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{QuestionChange, lock_for_supplier, store};
use crate::{
    auth::{
        policy::{
            Mutation, SupplierAction,
            mutation::{BySupplier, Member},
        },
        store::same_person,
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        rate_limit::{self, LimitedAction},
        round::{find, rules::check_question},
    },
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Supports a question; repeating it changes nothing. An organisation supports a question once and
/// never its own, while the round accepts questions and the question awaits an answer.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct SupportQuestion(pub QuestionId);

impl UseCase for SupportQuestion {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("supportQuestion", SupplierAction::Ask).unkeyed();
    type Target = QuestionChange;
    type Output = QuestionId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<QuestionChange> {
        lock_for_supplier(work, self.0, caller.organisation).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        change: QuestionChange,
        now: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        check(work, caller, &change).await?;
        work.stores_object(self.0.0);
        let supporter = (caller.person, caller.organisation);
        if store::insert_support(work.connection(), self.0, supporter, now).await? {
            let detail = json!({ "question": self.0 });
            work.audit("question.support", change.procurement.id.0, detail);
        }
        Ok(self.0)
    }
}

/// Withdraws the support of a question; withdrawing it again changes nothing.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct WithdrawSupport(pub QuestionId);

impl UseCase for WithdrawSupport {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("withdrawSupport", SupplierAction::Ask).unkeyed();
    type Target = QuestionChange;
    type Output = QuestionId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<QuestionChange> {
        lock_for_supplier(work, self.0, caller.organisation).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        change: QuestionChange,
        _: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        check(work, caller, &change).await?;
        work.stores_object(self.0.0);
        if store::delete_support(work.connection(), self.0, caller.organisation).await? {
            let detail = json!({ "question": self.0 });
            work.audit("question.support.withdraw", change.procurement.id.0, detail);
        }
        Ok(self.0)
    }
}

/// Checks that the organisation may change its support of the question now, and counts the change.
async fn check(work: &mut UnitOfWork, caller: &Member, change: &QuestionChange) -> Fallible<()> {
    let now = change.now;
    if change.question.own {
        let message =
            "your own organisation asked this question; only other organisations may support it";
        return Err(Refusal::at(Code::OwnQuestion, &["questionId"], message).into());
    }
    let persons = same_person(work.connection(), caller.person).await?;
    let other = store::support::of_person(
        work.connection(),
        change.question.id,
        &persons,
        caller.organisation,
    );
    match other.await? {
        Some(store::support::OfPerson::Asked) => {
            let message =
                "you asked this question for another organisation; only others may support it";
            return Err(Refusal::at(Code::OwnQuestion, &["questionId"], message).into());
        }
        Some(store::support::OfPerson::Supports) => {
            let message = "you support this question for another organisation already; one person supports it once";
            return Err(Refusal::at(Code::AlreadyDone, &["questionId"], message).into());
        }
        None => {}
    }
    let dialogue = find(work, change.question.dialogue).await?;
    check_question(change.procurement.phase(now), &dialogue.window, now)?;
    change.question.history.check_awaiting(now, "questionId")?;
    let (procurement, action) = (change.procurement.id, LimitedAction::Support);
    rate_limit::count(work, procurement, caller.organisation, action, now).await
}
