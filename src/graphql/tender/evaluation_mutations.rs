//! The mutations of the evaluation, and clarifications.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object, dataloader::Loader};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Tender, evaluation::ExclusionGround, mutations::TenderPayload};
use crate::{
    graphql::{
        context::request,
        errors::loading,
        inputs::id,
        loaders::{Loaded, Loaders, group},
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
        store::clarification as store,
    },
};

/// Reads `tenderId`.
fn tender_id(global: &str) -> Result<TenderId, Refusal> {
    id(global, "tenderId", TenderId::from_global)
}

/// A question about a tender.
#[derive(Clone)]
pub struct Clarification(store::Clarification);

/// Buyer's question to a tenderer about its tender, with the answer. Only the two read it.
#[Object]
impl Clarification {
    /// ID of the question; an input of `answerClarification`.
    async fn clarification_id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Question of the buyer.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Time of the question.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// Time until which the tenderer can answer.
    async fn answer_until(&self) -> DateTime<Utc> {
        self.0.answer_until
    }

    /// Answer of the tenderer. Null until there is one.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// Time of the answer. Null until there is one.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }
}

/// Key for the questions about a tender. The caller checks the policy before it loads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ClarificationsOf(TenderId);

impl Loader<ClarificationsOf> for Loaders {
    type Value = Vec<store::Clarification>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ClarificationsOf]) -> Loaded<ClarificationsOf, Self::Value> {
        let ids: Vec<TenderId> = keys.iter().map(|key| key.0).collect();
        let rows = store::of_tenders(&self.pool, &ids).await?;
        Ok(group(rows, |row| ClarificationsOf(row.tender)))
    }
}

/// Loads the questions about a tender, oldest first.
pub async fn clarifications(
    context: &Context<'_>,
    tender: TenderId,
) -> Result<Vec<Clarification>, Error> {
    let found = request(context).loader.load_one(ClarificationsOf(tender));
    let found = found.await.map_err(loading)?.unwrap_or_default();
    Ok(found.into_iter().map(Clarification).collect())
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
    /// are notified; nobody else reads the question or the answer.
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
