//! The buyer asks a tenderer to clarify its tender, and the tenderer answers. Only the two read it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    evaluation::{Evaluated, check_phase, check_reason, lock_of},
    store::clarification::{self as store, AskedTenderer, NewClarification},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation, SupplierAction,
        mutation::{BuyerCaller, ByBuyer, BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{ClarificationId, ProcurementId, TenderId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
    procurement::{lock::lock_visible, store::Procurement},
};

/// Maximum number of questions about one tender.
pub const CLARIFICATION_LIMIT: i64 = 100;

/// Asks the tenderer of an opened tender a question.
#[derive(Debug, Serialize)]
pub struct RequestClarification {
    /// The tender.
    pub tender: TenderId,
    /// The question.
    pub text: String,
    /// Time until which the tenderer can answer.
    pub answer_until: DateTime<Utc>,
}

impl UseCase for RequestClarification {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("requestClarification", BuyerAction::Evaluate);
    type Target = Procurement;
    type Output = Evaluated;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_of(work, caller, self.tender).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<Evaluated> {
        check_phase(&procurement, now)?;
        let mut refusals = Refusals::default();
        check_reason(&self.text, "text", &mut refusals);
        refusals.require(self.answer_until > now, || {
            let message = "`answerUntil` is in the past; give the tenderer time to answer";
            Refusal::at(Code::OutOfRange, &["answerUntil"], message)
        });
        refusals.into_result()?;
        let (id, tender) = (procurement.id, self.tender);
        if store::count(work.connection(), tender).await? >= CLARIFICATION_LIMIT {
            let message = message!(
                "you have asked {limit} questions about this tender, the most that is allowed",
                limit = CLARIFICATION_LIMIT,
            );
            return Err(Refusal::new(Code::LimitReached, message).into());
        }
        let clarification = NewClarification {
            id: ClarificationId::new(),
            tender,
            text: &self.text,
            answer_until: self.answer_until,
            requested_by: caller.person,
            requested_at: now,
        };
        store::insert(work.connection(), &clarification).await?;
        store::notify_tenderer(work.connection(), id, clarification.id, now).await?;
        let detail = json!({ "tender": tender, "clarification": clarification.id });
        work.audit("clarification.request", id.0, detail);
        Ok(Evaluated {
            procurement: id,
            tender,
        })
    }
}

/// Answers a question about a tender of one's own. The answer cannot be changed.
#[derive(Debug, Serialize)]
pub struct AnswerClarification {
    /// The question.
    pub clarification: ClarificationId,
    /// The answer.
    pub text: String,
}

impl UseCase for AnswerClarification {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("answerClarification", SupplierAction::Tender);
    type Target = (Procurement, AskedTenderer);
    type Output = (ProcurementId, TenderId);

    async fn lock(
        &self,
        work: &mut UnitOfWork,
        caller: &Member,
    ) -> Fallible<(Procurement, AskedTenderer)> {
        let (asked, organisation) = (self.clarification, caller.organisation);
        let found = store::of_supplier(work.connection(), asked, organisation).await?;
        let found = found.ok_or_else(|| Refusal::not_found("clarificationId", "clarification"))?;
        Ok((lock_visible(work, found.procurement).await?, found))
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (procurement, asked): (Procurement, AskedTenderer),
        now: DateTime<Utc>,
    ) -> Fallible<(ProcurementId, TenderId)> {
        check_phase(&procurement, now)?;
        if now >= asked.answer_until {
            let (_, zone) = procurement.deadline();
            let message = message!(
                "this question could be answered until {deadline}; write to the buyer's contact point",
                deadline = (asked.answer_until, zone),
            );
            return Err(Refusal::new(Code::DeadlinePassed, message).into());
        }
        let mut refusals = Refusals::default();
        check_reason(&self.text, "text", &mut refusals);
        refusals.into_result()?;
        let (id, question) = (procurement.id, self.clarification);
        let connection = work.connection();
        if !store::insert_answer(connection, question, &self.text, caller.person, now).await? {
            let message = "this question was answered before";
            return Err(Refusal::at(Code::AlreadyDone, &["clarificationId"], message).into());
        }
        store::notify_buyer(work.connection(), (id, procurement.buyer), question, now).await?;
        let detail = json!({ "tender": asked.tender, "clarification": question });
        work.audit("tender.clarification", id.0, detail);
        Ok((id, asked.tender))
    }
}
