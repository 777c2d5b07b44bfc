//! The buyer records how the review of a complaint ended.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    Complained,
    annul::annul,
    complain::LockedComplaint,
    rules::{AnnulmentCause, ReviewOutcome, check_in_force, check_reason},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    chain::Event,
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::ComplaintId,
        refusal::{Code, Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
    tender::store::complaint::{self, NewReview},
};

/// Records the outcome of the review of a complaint, by the buyer or a review body. UPHELD annuls
/// the decision.
#[derive(Debug, Serialize)]
pub struct RecordReview {
    /// The complaint.
    pub complaint: ComplaintId,
    /// The outcome.
    pub outcome: ReviewOutcome,
    /// The outcome in words.
    pub text: LocalizedText,
    /// Time of the outcome.
    pub decided_at: DateTime<Utc>,
}

impl UseCase for RecordReview {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("recordReview", BuyerAction::Award);
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
        if complaint.review.is_some() {
            let message = "the outcome of this complaint was recorded before";
            return Err(Refusal::at(Code::AlreadyDone, &["complaintId"], message).into());
        }
        let mut refusals = Refusals::default();
        check_reason(&self.text, "text", &mut refusals);
        let possible = complaint.filed_at..=now;
        refusals.require(possible.contains(&self.decided_at), || {
            let message = "`decidedAt` is before the complaint or in the future; correct the time";
            Refusal::at(Code::OutOfRange, &["decidedAt"], message)
        });
        refusals.into_result()?;
        let review = NewReview {
            complaint: complaint.id,
            outcome: self.outcome,
            text: &self.text,
            decided_at: self.decided_at,
            recorded_by: caller.person,
            at: now,
        };
        complaint::insert_review(work.connection(), &review).await?;
        let id = locked.procurement.id;
        let event = Event::ReviewRecorded {
            complaint: complaint.id,
        };
        work.record(id, event).await?;
        let detail = json!({ "complaint": complaint.id, "outcome": self.outcome });
        work.audit("complaint.review", id.0, detail);
        if self.outcome == ReviewOutcome::Upheld && check_in_force(&locked.award).is_ok() {
            let cause = (AnnulmentCause::Review, &self.text);
            annul(work, &locked, cause, caller.person, now).await?;
        }
        Ok(Complained {
            award: locked.award.id,
            complaint: complaint.id,
        })
    }
}
