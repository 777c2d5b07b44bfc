//! The search index of public questions and answers, in which suppliers find similar questions
//! before they ask. It never contains the asker, unreleased or withdrawn questions, redacted text
//! or held answers.

mod similar;

use std::collections::HashMap;

use meilisearch_sdk::settings::Settings;
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

pub use similar::{SimilarQuestions, check, similar};

use super::{
    SearchClient, SearchError,
    document::indexed,
    maintenance::{self, BATCH, IndexKind, write},
    public_questions::public,
    store::{self, QuestionContext},
};
use crate::{
    dialogue::question::store::Question,
    kernel::{clock::Clock, ids::QuestionId, text::LocalizedText},
};

/// Name of the index.
pub const INDEX: &str = "questions";

/// A question in the index, as everyone reads it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Document {
    /// UUID of the question, without dashes.
    id: String,
    text: String,
    /// Answer in force, one text per language; for a merged question, that of the other question.
    answer: Vec<String>,
    /// Titles of the lot that the question is about.
    lot: Vec<String>,
    /// Titles of the procurement.
    title: Vec<String>,
    buyer: String,
    /// UUID of the procurement, without dashes.
    procurement: String,
    /// Time of asking, in Unix seconds.
    asked: i64,
    answered: bool,
}

/// Returns the settings of the index: searchable attributes by descending weight, filters and
/// ranking.
fn settings() -> Settings {
    Settings::new()
        .with_searchable_attributes(["text", "answer", "lot", "title", "buyer"])
        .with_displayed_attributes(["id"])
        .with_filterable_attributes(["procurement"])
        .with_sortable_attributes(["asked"])
        .with_ranking_rules([
            "words",
            "typo",
            "proximity",
            "attribute",
            "exactness",
            "answered:desc",
            "asked:desc",
        ])
}

/// The index of questions.
pub(super) struct Questions;

impl IndexKind for Questions {
    const NAME: &'static str = INDEX;
    const LOCKS: i32 = 0x746f_7202;
    type Document = Document;

    fn settings() -> Settings {
        settings()
    }

    fn id(document: &Document) -> &str {
        &document.id
    }

    async fn ids_after(pool: &PgPool, after: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
        store::questions_after(pool, after, BATCH as i64).await
    }

    async fn documents(
        pool: &PgPool,
        clock: &Clock,
        ids: &[Uuid],
    ) -> Result<Vec<Document>, SearchError> {
        let ids: Vec<QuestionId> = ids.iter().copied().map(QuestionId).collect();
        documents(pool, clock, &ids).await
    }
}

/// Builds a new index next to the live one and swaps them. Returns the number of indexed questions.
pub async fn rebuild(
    client: &SearchClient,
    pool: &PgPool,
    progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    maintenance::rebuild::rebuild::<Questions>(client, pool, progress).await
}

/// Updates the documents of these questions and of the questions that were merged into them.
/// Returns after the engine has applied the changes.
pub async fn index(
    client: &SearchClient,
    pool: &PgPool,
    clock: &Clock,
    ids: &[QuestionId],
) -> Result<(), SearchError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = store::with_merged(pool, ids).await?;
    write::update::<Questions>(client, pool, clock, &ids).await?;
    Ok(())
}

/// Returns the documents of those questions among these whose text everyone may read.
async fn documents(
    pool: &PgPool,
    clock: &Clock,
    ids: &[QuestionId],
) -> Result<Vec<Document>, SearchError> {
    let contexts = store::question_contexts(pool, ids).await?;
    let mut contexts: HashMap<QuestionId, QuestionContext> = contexts
        .into_iter()
        .map(|context| (context.id, context))
        .collect();
    let document = |(question, answer): (Question, Option<LocalizedText>)| {
        let context = contexts.remove(&question.id)?;
        Some(Document {
            id: question.id.0.simple().to_string(),
            text: indexed(question.text.as_deref()?),
            answered: answer.is_some(),
            answer: answer.iter().flat_map(texts).collect(),
            lot: context.lot.iter().flat_map(texts).collect(),
            title: texts(&context.title).collect(),
            buyer: context.buyer,
            procurement: context.procurement.0.simple().to_string(),
            asked: question.asked_at.timestamp(),
        })
    };
    let public = public(pool, clock, ids).await?;
    Ok(public.into_iter().filter_map(document).collect())
}

fn texts(text: &LocalizedText) -> impl Iterator<Item = String> {
    text.iter().map(|(_, text)| indexed(text))
}
