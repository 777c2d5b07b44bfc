//! Award decisions, complaints about them, and contracts.

use async_graphql::{Context, Error, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{
    award::Award,
    complaint::{Complaint, ReviewOutcome},
};
use crate::{
    graphql::{
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::{Procurement, procurement_id},
        scalars::{Date, MoneyInput, Translations, localized},
    },
    kernel::{
        ids::{AwardId, ComplaintId, TenderId},
        refusal::{Code, Fallible, Refusal},
    },
    tender::award::{
        Complained, Decided,
        annul::{AnnulAward, RefuseAward},
        complain::{AnswerComplaint, FileComplaint},
        decide::DecideAward,
        review::RecordReview,
        rules::{ContractTerms, Reason, Score},
        sign::SignContract,
    },
};

/// Points of a tender for one award criterion.
#[derive(InputObject)]
struct AwardScoreInput {
    /// ID of the award criterion (`AwardCriterion.criterionId`).
    criterion_id: String,
    /// Points, as a decimal string; not negative.
    points: Decimal,
    /// Why the tender has these points, at most 20,000 characters.
    motive: String,
}

/// Reason to one tenderer.
#[derive(InputObject)]
struct AwardReasonInput {
    /// Tender that the reason is about (`Tender.id`).
    tender_id: ID,
    /// Why the tender did not win, at most 20,000 characters. Only this tenderer and the buyer read
    /// it.
    text: String,
    /// Place of the tender in the ranking, from 1.
    rank: Option<i32>,
    /// Points of this tender, at most one entry for each award criterion.
    own_scores: Option<Vec<AwardScoreInput>>,
}

input! {
    /// Input for `decideAward`.
    struct DecideAwardInput {
        /// Procurement that the lot belongs to.
        procurement_id: ID,
        /// Lot to award (`Lot.lotId`).
        lot_id: String,
        /// Opened tender that wins the lot (`Tender.id`).
        tender_id: ID,
        /// Reason for the decision, at most 20,000 characters a language. Public.
        reason: Translations,
        /// Reasons to the tenderers of the lot: one to each, except to the winner, who may have
        /// one. May be left out when the lot has one tender.
        reasons: Option<Vec<AwardReasonInput>>,
        /// Reason for correcting the decision in force on this lot, at most 20,000 characters a
        /// language; required when there is one. Public.
        correction_reason: Option<Translations>,
        /// Whether tenderers learn of the decision by electronic means, as those of this
        /// marketplace do. If not, the standstill lasts 15 days instead of 10. Default: true.
        sent_electronically: Option<bool>,
        /// Whether to observe a standstill although none is required. Default: false.
        observe_standstill: Option<bool>,
    }
}

fn award_reason((position, input): (usize, AwardReasonInput)) -> Result<Reason, Refusal> {
    let tender = TenderId::from_global(&input.tender_id).ok_or_else(|| {
        let field = ["reasons", &position.to_string(), "tenderId"];
        let message =
            "the lot has no tender with this ID; state the reason to one of its tenderers";
        Refusal::at(Code::NotFound, &field, message)
    })?;
    let scores = input.own_scores.unwrap_or_default().into_iter();
    Ok(Reason {
        tender,
        text: input.text,
        rank: input.rank,
        scores: scores
            .map(|score| Score {
                criterion: score.criterion_id,
                points: score.points,
                motive: score.motive,
            })
            .collect(),
    })
}

impl MutationInput for DecideAwardInput {
    type Command = DecideAward;

    fn command(self, _: &Context<'_>) -> Fallible<DecideAward> {
        let reasons = self.reasons.unwrap_or_default().into_iter().enumerate();
        Ok(DecideAward {
            procurement: procurement_id(&self.procurement_id)?,
            lot: self.lot_id,
            tender: id(&self.tender_id, "tenderId", TenderId::from_global)?,
            reason: localized(self.reason),
            reasons: reasons.map(award_reason).collect::<Result<_, _>>()?,
            correction: localized(self.correction_reason),
            electronic: self.sent_electronically.unwrap_or(true),
            voluntary_standstill: self.observe_standstill.unwrap_or(false),
        })
    }
}

fn award_id(award: &ID) -> Result<AwardId, Refusal> {
    id(award, "awardId", AwardId::from_global)
}

fn complaint_id(complaint: &ID) -> Result<ComplaintId, Refusal> {
    id(complaint, "complaintId", ComplaintId::from_global)
}

input! {
    /// Input for `annulAward`.
    struct AnnulAwardInput {
        /// Award decision in force, without a contract.
        award_id: ID,
        /// Reason for the annulment, at most 20,000 characters a language. Public.
        reason: Translations,
    }
}

impl MutationInput for AnnulAwardInput {
    type Command = AnnulAward;

    fn command(self, _: &Context<'_>) -> Fallible<AnnulAward> {
        Ok(AnnulAward {
            award: award_id(&self.award_id)?,
            reason: localized(self.reason),
        })
    }
}

input! {
    /// Input for `refuseAward`.
    struct RefuseAwardInput {
        /// Award decision in force whose winner you act for, without a contract.
        award_id: ID,
        /// Reason for refusing the contract, at most 20,000 characters a language. Public.
        reason: Translations,
    }
}

impl MutationInput for RefuseAwardInput {
    type Command = RefuseAward;

    fn command(self, _: &Context<'_>) -> Fallible<RefuseAward> {
        Ok(RefuseAward {
            award: award_id(&self.award_id)?,
            reason: localized(self.reason),
        })
    }
}

input! {
    /// Input for `signContract`.
    struct SignContractInput {
        /// Award decision in force whose standstill has ended.
        award_id: ID,
        /// Value of the contract without VAT.
        value: MoneyInput,
        /// Time of the signature: after the standstill, and not in the future.
        signed_at: DateTime<Utc>,
        /// Day on which the contract ends; after `signedAt`.
        ends_at: Option<Date>,
        /// Buyer's number of the contract, at most 100 characters.
        number: Option<String>,
    }
}

impl MutationInput for SignContractInput {
    type Command = SignContract;

    fn command(self, _: &Context<'_>) -> Fallible<SignContract> {
        Ok(SignContract {
            award: award_id(&self.award_id)?,
            terms: ContractTerms {
                number: self.number,
                value: self.value.into(),
                signed_at: self.signed_at,
                ends_at: self.ends_at.map(Into::into),
            },
        })
    }
}

input! {
    /// Input for `fileComplaint`.
    struct FileComplaintInput {
        /// Award decision on a lot that your organisation made an offer for and did not win, during
        /// its standstill.
        award_id: ID,
        /// Title, at most 400 characters.
        title: String,
        /// What you find wrong and what you ask for, at most 20,000 characters.
        text: String,
    }
}

impl MutationInput for FileComplaintInput {
    type Command = FileComplaint;

    fn command(self, _: &Context<'_>) -> Fallible<FileComplaint> {
        Ok(FileComplaint {
            award: award_id(&self.award_id)?,
            title: self.title,
            text: self.text,
        })
    }
}

input! {
    /// Input for `answerComplaint`.
    struct AnswerComplaintInput {
        /// Complaint without an answer.
        complaint_id: ID,
        /// Answer, at most 20,000 characters.
        text: String,
    }
}

impl MutationInput for AnswerComplaintInput {
    type Command = AnswerComplaint;

    fn command(self, _: &Context<'_>) -> Fallible<AnswerComplaint> {
        Ok(AnswerComplaint {
            complaint: complaint_id(&self.complaint_id)?,
            text: self.text,
        })
    }
}

input! {
    /// Input for `recordReview`.
    struct RecordReviewInput {
        /// Complaint under review.
        complaint_id: ID,
        /// Outcome of the review by the buyer, a review body or a court.
        outcome: ReviewOutcome,
        /// Outcome in words, at most 20,000 characters a language. Public with UPHELD, as the reason
        /// for the annulment.
        text: Translations,
        /// Time of the outcome: after the complaint, and not in the future.
        decided_at: DateTime<Utc>,
    }
}

impl MutationInput for RecordReviewInput {
    type Command = RecordReview;

    fn command(self, _: &Context<'_>) -> Fallible<RecordReview> {
        Ok(RecordReview {
            complaint: complaint_id(&self.complaint_id)?,
            outcome: self.outcome.into(),
            text: localized(self.text),
            decided_at: self.decided_at,
        })
    }
}

payload! {
    /// Result of a step of an award decision.
    struct AwardPayload {
        /// Award decision after the step; null when refused.
        award: Award,
        /// Procurement after the step; null when refused.
        procurement: Procurement,
    }
}

impl Payload<Decided> for AwardPayload {
    async fn of(context: &Context<'_>, decided: Decided) -> Result<Self, Error> {
        Ok(Self {
            award: Award::resolve(context, decided.award).await?,
            procurement: Procurement::load(context, decided.procurement).await?,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of a step of a complaint.
    struct ComplaintPayload {
        /// Complaint after the step; null when refused.
        complaint: Complaint,
        /// Award decision after the step; null when refused.
        award: Award,
    }
}

impl Payload<Complained> for ComplaintPayload {
    async fn of(context: &Context<'_>, complained: Complained) -> Result<Self, Error> {
        Ok(Self {
            complaint: Complaint::resolve(context, complained.complaint).await?,
            award: Award::resolve(context, complained.award).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of award decisions.
#[derive(Default)]
pub struct AwardMutations;

#[Object]
impl AwardMutations {
    /// Decides that a lot goes to an opened tender, with a reason to each other tenderer. The
    /// standstill begins: the contract may be signed after it. A decision in force is corrected by a
    /// further one; the first stays readable. Once every lot is awarded or ended the procurement is
    /// AWARDED.
    async fn decide_award(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `decideAward`.")] input: DecideAwardInput,
    ) -> Result<AwardPayload, Error> {
        mutate(context, input).await
    }

    /// Annuls an award decision before its contract. The lot is open again: decide again, or end it
    /// with `endLot`.
    async fn annul_award(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `annulAward`.")] input: AnnulAwardInput,
    ) -> Result<AwardPayload, Error> {
        mutate(context, input).await
    }

    /// Refuses the contract for a lot that your organisation won. The lot is open again, and the
    /// buyer decides again.
    async fn refuse_award(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `refuseAward`.")] input: RefuseAwardInput,
    ) -> Result<AwardPayload, Error> {
        mutate(context, input).await
    }

    /// Records the signed contract of an award decision. Refused with DEADLINE_NOT_PASSED during the
    /// standstill, and with AWARD_SUSPENDED while a complaint is under review.
    async fn sign_contract(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `signContract`.")] input: SignContractInput,
    ) -> Result<AwardPayload, Error> {
        mutate(context, input).await
    }

    /// Complains about an award decision on a lot that your organisation made an offer for. Possible
    /// during the standstill, once for each decision. The complaint suspends the contract until the
    /// outcome of its review is recorded.
    async fn file_complaint(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `fileComplaint`.")] input: FileComplaintInput,
    ) -> Result<ComplaintPayload, Error> {
        mutate(context, input).await
    }

    /// Answers a complaint, once.
    async fn answer_complaint(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `answerComplaint`.")] input: AnswerComplaintInput,
    ) -> Result<ComplaintPayload, Error> {
        mutate(context, input).await
    }

    /// Records the outcome of the review of a complaint. UPHELD annuls the award decision; otherwise
    /// the contract may be signed once the standstill has ended.
    async fn record_review(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `recordReview`.")] input: RecordReviewInput,
    ) -> Result<ComplaintPayload, Error> {
        mutate(context, input).await
    }
}
