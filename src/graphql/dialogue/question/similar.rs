//! What was asked before, offered to who is about to ask.

use async_graphql::{Context, Error, ID, Object, SimpleObject};

use super::types::Question;
use crate::{
    dialogue::store::{self, questions::Question as Asked},
    graphql::{
        context::{backend, request},
        dialogue::round::Dialogue,
        errors::{database, loading, refused, search_unavailable},
        procurement::Procurement,
    },
    kernel::{
        ids::{DialogueId, ProcurementId, QuestionId},
        refusal::Refusal,
    },
    procurement::read::may_see,
    search::questions::{self, Similar},
};

/// A question that was asked before, and where.
#[derive(SimpleObject)]
pub struct SimilarQuestion {
    /// The question, with its answers.
    question: Question,
    /// The round it was asked in.
    dialogue: Dialogue,
    /// The procurement it was asked about.
    procurement: Procurement,
}

/// Reading across dialogues.
#[derive(Default)]
pub struct QuestionQueries;

#[Object]
impl QuestionQueries {
    /// Public questions, of all procurements, that are like what somebody is about to ask: by their own words and those of
    /// their answers, with typos allowed, the most alike first. Offer them while a question is being written. When the
    /// search engine is down the error's `extensions.code` is SEARCH_UNAVAILABLE and it can be tried again.
    #[graphql(complexity = "500 + first.max(0) as usize * child_complexity")]
    async fn similar_questions(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "What is being asked, at most 10,000 characters. Its ten longest words are looked for."
        )]
        text: String,
        #[graphql(desc = "Where it is being asked: this procurement's questions come first.")]
        procurement_id: Option<ID>,
        #[graphql(desc = "1 to 20.", default = 5)] first: i32,
    ) -> Result<Vec<SimilarQuestion>, Error> {
        let not_found = || refused(Refusal::not_found("procurementId", "procurement"));
        let procurement = procurement_id
            .map(|id| ProcurementId::from_global(&id).ok_or_else(not_found))
            .transpose()?;
        let wanted = Similar {
            text,
            procurement,
            first: usize::try_from(first).unwrap_or_default(),
        };
        questions::check(&wanted).map_err(refused)?;
        let found = questions::similar(&backend(context).search, &wanted).await;
        let ids = found.map_err(|error| search_unavailable(&error))?;
        load(context, &ids).await
    }
}

/// These questions, as far as the reader may read them, in this order. Search knows IDs alone.
async fn load(context: &Context<'_>, ids: &[QuestionId]) -> Result<Vec<SimilarQuestion>, Error> {
    let loader = &request(context).loader;
    let found = loader.load_many(ids.iter().copied()).await;
    let mut found = found.map_err(loading)?;
    // What was taken back meanwhile has no text any more.
    let asked = ids.iter().filter_map(|id| found.remove(id));
    let asked: Vec<Asked> = asked.filter(|one| one.text.is_some()).collect();
    let rounds: Vec<DialogueId> = asked.iter().map(|one| one.dialogue).collect();
    let rounds = store::by_ids(&backend(context).database.pool, &rounds).await;
    let rounds = rounds.map_err(database)?;
    let procurements = loader.load_many(rounds.iter().map(|round| round.procurement));
    let procurements = procurements.await.map_err(loading)?;
    let place = |question: Asked| {
        let round = rounds.iter().find(|round| round.id == question.dialogue)?;
        let procurement = procurements.get(&round.procurement)?;
        may_see(&request(context).actor, procurement).then(|| SimilarQuestion {
            question: Question(question),
            dialogue: Dialogue(round.clone()),
            procurement: procurement.clone().into(),
        })
    };
    Ok(asked.into_iter().filter_map(place).collect())
}
