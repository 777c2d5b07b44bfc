//! The search index of public questions and answers, in which suppliers find similar questions
//! before they ask. It never contains the asker, unreleased or withdrawn questions, redacted text
//! or held answers.

mod similar;

use std::collections::HashMap;

use meilisearch_sdk::{indexes::Index, settings::Settings};
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

pub use similar::{SimilarQuestions, check, similar};

use super::{
    SearchClient, SearchError,
    document::indexed,
    engine::Engine,
    index::{BATCH, drop_index, finish, prepare_index, swap},
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
struct Document {
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

/// Applies the settings where they differ. Creates and fills the index when it does not exist.
pub async fn prepare(client: &SearchClient, pool: &PgPool) -> Result<(), SearchError> {
    if prepare_index(client, INDEX, &settings()).await? {
        fill(client, INDEX, pool, |_| {}).await?;
    }
    Ok(())
}

/// Builds a new index next to the live one and swaps them. Returns the number of indexed questions.
pub async fn rebuild(
    client: &SearchClient,
    pool: &PgPool,
    progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    let next = format!("{INDEX}_next");
    drop_index(client, &next).await?;
    prepare_index(client, INDEX, &settings()).await?;
    prepare_index(client, &next, &settings()).await?;
    let started = store::now(pool).await?;
    let count = fill(client, &next, pool, progress).await?;
    swap(client, INDEX, &next).await?;
    // Changes made while the new index was built went into the old one.
    let changed = store::questions_changed_since(pool, started).await?;
    index(client, pool, &store::clock(pool).await?, &changed).await?;
    drop_index(client, &next).await?;
    Ok(count)
}

/// Indexes all public questions; returns their number.
async fn fill(
    client: &SearchClient,
    name: &str,
    pool: &PgPool,
    mut progress: impl FnMut(usize),
) -> Result<usize, SearchError> {
    let index = client.index(name);
    let (mut count, mut after) = (0, Uuid::nil());
    loop {
        let ids = store::questions_after(pool, after, BATCH as i64).await?;
        let Some(last) = ids.last() else {
            return Ok(count);
        };
        after = last.0;
        count += index_batch(client, &index, pool, &store::clock(pool).await?, &ids).await?;
        progress(count);
    }
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
    let index = client.index(INDEX);
    for batch in ids.chunks(BATCH) {
        index_batch(client, &index, pool, clock, batch).await?;
    }
    Ok(())
}

/// Updates the documents of these questions; returns the number of public ones.
async fn index_batch(
    client: &SearchClient,
    index: &Index<Engine>,
    pool: &PgPool,
    clock: &Clock,
    ids: &[QuestionId],
) -> Result<usize, SearchError> {
    let documents = documents(pool, clock, ids).await?;
    if !documents.is_empty() {
        let task = index.add_or_replace(&documents, Some("id")).await?;
        finish(client, task).await?;
    }
    let public = |id: &String| documents.iter().any(|document| document.id == *id);
    let mut gone: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    gone.retain(|id| !public(id));
    if !gone.is_empty() {
        let task = index.delete_documents(&gone).await?;
        finish(client, task).await?;
    }
    Ok(documents.len())
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
