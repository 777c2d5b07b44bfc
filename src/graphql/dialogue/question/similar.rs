//! Search for earlier questions that are similar to a new one.

use async_graphql::{Context, Error, ID, Object, SimpleObject};

use super::types::Question;
use crate::{
    dialogue::question::store::Question as StoredQuestion,
    graphql::{
        context::{backend, request},
        dialogue::round::Dialogue,
        errors::{loading, refused, search_unavailable},
        procurement::Procurement,
    },
    kernel::{
        ids::{ProcurementId, QuestionId},
        refusal::Refusal,
    },
    procurement::read::may_see,
    search::questions::{self, SimilarQuestions},
};

/// Earlier public question that is similar to a given text.
#[derive(SimpleObject)]
pub struct SimilarQuestion {
    /// The question with its answers.
    question: Question,
    /// Dialogue round in which the question was asked.
    dialogue: Dialogue,
    /// Procurement to which the question belongs.
    procurement: Procurement,
}

/// Queries across the questions of all procurements.
#[derive(Default)]
pub struct QuestionQueries;

#[Object]
impl QuestionQueries {
    /// Public questions of all procurements that are similar to a text, most similar first, at most
    /// 20. The search covers questions and answers and tolerates typos. Show the result while a
    /// user writes a question. If the search engine is down, the error's `extensions.code` is
    /// SEARCH_UNAVAILABLE and the query can be retried.
    #[graphql(complexity = "500 + first.max(0) as usize * child_complexity")]
    async fn similar_questions(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Text of the new question, at most 10,000 characters. The search uses its ten \
                    longest words."
        )]
        text: String,
        #[graphql(
            desc = "Global ID of the procurement that the new question is about. Its questions come \
                    first."
        )]
        procurement_id: Option<ID>,
        #[graphql(desc = "Maximum number of questions, 1 to 20.", default = 5)] first: i32,
    ) -> Result<Vec<SimilarQuestion>, Error> {
        let not_found = || refused(Refusal::not_found("procurementId", "procurement"));
        let procurement = procurement_id
            .map(|id| ProcurementId::from_global(&id).ok_or_else(not_found))
            .transpose()?;
        let wanted = SimilarQuestions {
            text,
            procurement,
            first: usize::try_from(first).unwrap_or_default(),
        };
        questions::check(&wanted).map_err(refused)?;
        let search = async {
            let found = questions::similar(&backend(context).search, &wanted).await;
            found.map_err(|error| search_unavailable(&error))
        };
        let memo = &request(context).memo;
        let ids = memo.once("similarQuestions", &wanted, search).await?;
        load(context, &ids).await
    }
}

/// Loads these questions in this order, without those that the reader may not see. The search index
/// returns IDs only.
async fn load(context: &Context<'_>, ids: &[QuestionId]) -> Result<Vec<SimilarQuestion>, Error> {
    let loader = &request(context).loader;
    let found = loader.load_many(ids.iter().copied()).await;
    let mut found = found.map_err(loading)?;
    // A question that was withdrawn since it was indexed has no text.
    let asked = ids.iter().filter_map(|id| found.remove(id));
    let asked: Vec<StoredQuestion> = asked.filter(|one| one.text.is_some()).collect();
    let rounds = loader.load_many(asked.iter().map(|one| one.dialogue)).await;
    let rounds = rounds.map_err(loading)?;
    let procurements = loader.load_many(rounds.values().map(|round| round.procurement));
    let procurements = procurements.await.map_err(loading)?;
    let located = |question: StoredQuestion| {
        let round = rounds.get(&question.dialogue)?;
        let procurement = procurements.get(&round.procurement)?;
        may_see(&request(context).actor, procurement).then(|| SimilarQuestion {
            question: Question(question),
            dialogue: Dialogue(round.clone()),
            procurement: procurement.clone().into(),
        })
    };
    Ok(asked.into_iter().filter_map(located).collect())
}
