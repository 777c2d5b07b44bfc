//! A tenderer complains about a decision, and the buyer answers.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    Complained, LockedAward,
    rules::{self, TITLE_LIMIT, check_plain},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation, SupplierAction,
        mutation::{BuyerCaller, ByBuyer, BySupplier, Member},
    },
    chain::Event,
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{AwardId, ComplaintId},
        refusal::{Code, Fallible, Refusal, Refusals},
    },
    procurement::{notification::Notify, rules::TEXT_LIMIT},
    tender::{
        notification::COMPLAINT_FILED,
        store::{
            self,
            complaint::{self, Complaint, NewComplaint},
        },
    },
};

/// Files a complaint about a decision during its standstill. It suspends the contract until the
/// outcome of its review is recorded.
#[derive(Debug, Serialize)]
pub struct FileComplaint {
    /// The decision.
    pub award: AwardId,
    /// The title.
    pub title: String,
    /// What the tenderer finds wrong, and what it asks for.
    pub text: String,
}

impl UseCase for FileComplaint {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("fileComplaint", SupplierAction::Tender);
    type Target = LockedAward;
    type Output = Complained;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<LockedAward> {
        LockedAward::visible(work, self.award).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        locked: LockedAward,
        now: DateTime<Utc>,
    ) -> Fallible<Complained> {
        let LockedAward { procurement, award } = locked;
        let connection = work.connection();
        let tenders = store::tenders_of_lot(connection, procurement.id, &award.lot).await?;
        let tendered = tenders
            .iter()
            .any(|one| one.organisation == caller.organisation)
            && award.winner != caller.organisation;
        rules::check_complaint(&award, tendered, procurement.deadline().1, now)?;
        let mut refusals = Refusals::default();
        check_plain(&self.title, TITLE_LIMIT, &["title"], &mut refusals);
        check_plain(&self.text, TEXT_LIMIT, &["text"], &mut refusals);
        refusals.into_result()?;
        let complaint = NewComplaint {
            id: ComplaintId::new(),
            award: award.id,
            organisation: caller.organisation,
            title: &self.title,
            text: &self.text,
            filed_by: caller.person,
            filed_at: now,
        };
        if !complaint::insert(work.connection(), &complaint).await? {
            let message = "your organisation complained about this decision before";
            return Err(Refusal::at(Code::AlreadyDone, &["awardId"], message).into());
        }
        let event = Event::ComplaintFiled {
            award: award.id,
            complaint: complaint.id,
        };
        work.record(procurement.id, event).await?;
        let detail = json!({ "award": award.id, "complaint": complaint.id });
        work.audit("complaint.file", procurement.id.0, detail);
        work.stores_object(complaint.id.0);
        work.enqueue(&Notify {
            procurement: procurement.id,
            event: COMPLAINT_FILED,
            subject: complaint.id.0,
            about: None,
            at: now,
        })?;
        Ok(Complained {
            award: award.id,
            complaint: complaint.id,
        })
    }
}

/// A locked decision and a complaint about it.
pub struct LockedComplaint {
    /// The decision with its procurement.
    pub locked: LockedAward,
    /// The complaint.
    pub complaint: Complaint,
}

impl LockedComplaint {
    /// Locks the procurement of a complaint for a member of the buyer.
    pub(super) async fn for_buyer(
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        id: ComplaintId,
    ) -> Fallible<Self> {
        let not_found = || Refusal::not_found("complaintId", "complaint");
        let found = complaint::by_ids(work.connection(), &[id]).await?;
        let award = found.first().ok_or_else(not_found)?.award;
        let locked = LockedAward::visible(work, award).await?;
        let is_buyers = caller.check(work.actor(), locked.procurement.buyer);
        is_buyers?;
        // Read again under the lock.
        let found = complaint::by_ids(work.connection(), &[id]).await?;
        let complaint = found.into_iter().next().ok_or_else(not_found)?;
        Ok(Self { locked, complaint })
    }
}

/// Answers a complaint as the buyer.
#[derive(Debug, Serialize)]
pub struct AnswerComplaint {
    /// The complaint.
    pub complaint: ComplaintId,
    /// The answer.
    pub text: String,
}

impl UseCase for AnswerComplaint {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("answerComplaint", BuyerAction::Award);
    type Target = LockedComplaint;
    type Output = Complained;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<LockedComplaint> {
        LockedComplaint::for_buyer(work, caller, self.complaint).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        target: LockedComplaint,
        now: DateTime<Utc>,
    ) -> Fallible<Complained> {
        let LockedComplaint { locked, complaint } = target;
        let mut refusals = Refusals::default();
        check_plain(&self.text, TEXT_LIMIT, &["text"], &mut refusals);
        refusals.into_result()?;
        if complaint.answer.is_some() {
            let message = "this complaint was answered before";
            return Err(Refusal::at(Code::AlreadyDone, &["complaintId"], message).into());
        }
        let connection = work.connection();
        complaint::insert_answer(connection, complaint.id, &self.text, caller.person, now).await?;
        let detail = json!({ "complaint": complaint.id });
        work.audit("complaint.answer", locked.procurement.id.0, detail);
        Ok(Complained {
            award: locked.award.id,
            complaint: complaint.id,
        })
    }
}
