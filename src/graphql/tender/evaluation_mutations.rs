//! The mutations of the evaluation.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Tender, evaluation::ExclusionGround, mutations::TenderPayload};
use crate::{
    graphql::{
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::Procurement,
    },
    kernel::{
        ids::{ClarificationId, TenderId},
        refusal::{Fallible, Refusal},
    },
    tender::{
        clarification::{AnswerClarification, RequestClarification},
        evaluation::{Evaluated, ExcludeTender, ScoreTender},
    },
};

/// Reads `tenderId`.
fn tender_id(global: &str) -> Result<TenderId, Refusal> {
    id(global, "tenderId", TenderId::from_global)
}

input! {
    /// Input for `scoreTender`.
    struct ScoreTenderInput {
        /// Opened tender (`Tender.id`).
        tender_id: ID,
        /// Lot that the tender is for (`Lot.lotId`).
        lot_id: String,
        /// Award criterion of the lot (`AwardCriterion.criterionId`), not a price.
        criterion_id: String,
        /// Points, 0 to 100.
        points: Decimal,
        /// Reason for the points, at most 10,000 characters.
        motive: String,
    }
}

impl MutationInput for ScoreTenderInput {
    type Command = ScoreTender;

    fn command(self, _: &Context<'_>) -> Fallible<ScoreTender> {
        Ok(ScoreTender {
            tender: tender_id(&self.tender_id)?,
            lot: self.lot_id,
            criterion: self.criterion_id,
            points: self.points,
            motive: self.motive,
        })
    }
}

input! {
    /// Input for `excludeTender`.
    struct ExcludeTenderInput {
        /// Opened tender (`Tender.id`).
        tender_id: ID,
        /// Why the tender is excluded.
        ground: ExclusionGround,
        /// Reasons in words, at most 10,000 characters.
        motive: String,
    }
}

impl MutationInput for ExcludeTenderInput {
    type Command = ExcludeTender;

    fn command(self, _: &Context<'_>) -> Fallible<ExcludeTender> {
        Ok(ExcludeTender {
            tender: tender_id(&self.tender_id)?,
            ground: self.ground.into(),
            motive: self.motive,
        })
    }
}

input! {
    /// Input for `requestClarification`.
    struct RequestClarificationInput {
        /// Opened tender (`Tender.id`).
        tender_id: ID,
        /// Question, at most 10,000 characters.
        text: String,
        /// Time until which the tenderer can answer.
        answer_until: DateTime<Utc>,
    }
}

impl MutationInput for RequestClarificationInput {
    type Command = RequestClarification;

    fn command(self, _: &Context<'_>) -> Fallible<RequestClarification> {
        Ok(RequestClarification {
            tender: tender_id(&self.tender_id)?,
            text: self.text,
            answer_until: self.answer_until,
        })
    }
}

input! {
    /// Input for `answerClarification`.
    struct AnswerClarificationInput {
        /// Question (`Clarification.clarificationId`).
        clarification_id: ID,
        /// Answer, at most 10,000 characters. It cannot be changed.
        text: String,
    }
}

impl MutationInput for AnswerClarificationInput {
    type Command = AnswerClarification;

    fn command(self, _: &Context<'_>) -> Fallible<AnswerClarification> {
        Ok(AnswerClarification {
            clarification: id(
                &self.clarification_id,
                "clarificationId",
                ClarificationId::from_global,
            )?,
            text: self.text,
        })
    }
}

payload! {
    /// Result of a step of the evaluation.
    struct EvaluationPayload {
        /// Tender that the step is about; null when refused.
        tender: Tender,
        /// Procurement of the tender, with its `evaluation`; null when refused.
        procurement: Procurement,
    }
}

impl Payload<Evaluated> for EvaluationPayload {
    async fn of(context: &Context<'_>, evaluated: Evaluated) -> Result<Self, Error> {
        Ok(Self {
            tender: Tender::resolve(context, evaluated.tender).await?,
            procurement: Procurement::load(context, evaluated.procurement).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of the evaluation.
#[derive(Default)]
pub struct EvaluationMutations;

#[Object]
impl EvaluationMutations {
    /// Scores an opened tender by a criterion of a lot. Each evaluator gives points of their own,
    /// and replaces them by scoring again, at most 100 times. The points of a price are computed.
    async fn score_tender(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `scoreTender`.")] input: ScoreTenderInput,
    ) -> Result<EvaluationPayload, Error> {
        mutate(context, input).await
    }

    /// Excludes an opened tender. It is not ranked and cannot be awarded; its price is no longer
    /// compared with others.
    async fn exclude_tender(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `excludeTender`.")] input: ExcludeTenderInput,
    ) -> Result<EvaluationPayload, Error> {
        mutate(context, input).await
    }

    /// Asks the tenderer of an opened tender a question, at most 100 for each tender. Its members
    /// are notified; no other reader sees the question or the answer.
    async fn request_clarification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `requestClarification`.")] input: RequestClarificationInput,
    ) -> Result<EvaluationPayload, Error> {
        mutate(context, input).await
    }

    /// Answers a question of the buyer about one of your tenders, in time. The answer cannot be
    /// changed.
    async fn answer_clarification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `answerClarification`.")] input: AnswerClarificationInput,
    ) -> Result<TenderPayload, Error> {
        mutate(context, input).await
    }
}
