//! The index of public questions and answers, in which those who ask find what was asked before. Nothing in it tells who
//! asked, and nothing that was not public, is withdrawn, was redacted or is held.

mod similar;

use std::collections::HashMap;

use meilisearch_sdk::{indexes::Index, settings::Settings};
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

pub use similar::{Similar, check, similar};

use super::{
    SearchClient, SearchError,
    document::{shortened, texts},
    engine::Engine,
    index::{BATCH, drop_index, finish, prepare_index, swap},
    store::{self, QuestionPlace},
};
use crate::{
    dialogue::store::{
        answers::{self, Answer},
        questions::{self, Question},
    },
    kernel::{clock::Clock, ids::QuestionId},
};

/// The index that answers what is similar.
pub const INDEX: &str = "questions";

/// One question in the index, as everyone reads it.
#[derive(Clone, Debug, Serialize)]
struct Document {
    /// The question's UUID without dashes.
    id: String,
    text: String,
    /// The answer in force, in all languages there are; of a merged question the other's.
    answer: Vec<String>,
    /// What the procurement is called, and the lot it is about.
    lot: Vec<String>,
    title: Vec<String>,
    buyer: String,
    /// The procurement's UUID without dashes.
    procurement: String,
    /// Unix seconds.
    asked: i64,
    answered: bool,
}

/// What is searched (the most telling first) and filtered by.
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

/// Applies the settings where they differ. Where there is no index it is made and filled.
pub async fn prepare(client: &SearchClient, pool: &PgPool) -> Result<(), SearchError> {
    if prepare_index(client, INDEX, &settings()).await? {
        fill(client, INDEX, pool, |_| {}).await?;
    }
    Ok(())
}

/// Builds a new index beside the live one, and swaps. Answers how many questions it holds.
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
    // What changed while the new index was built went into the old one.
    let changed = store::questions_changed_since(pool, started).await?;
    index(client, pool, &Clock::default(), &changed).await?;
    drop_index(client, &next).await?;
    Ok(count)
}

/// Indexes all public questions; answers how many there are.
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
        count += index_batch(client, &index, pool, &Clock::default(), &ids).await?;
        progress(count);
    }
}

/// Brings the documents of these questions, and of those that were merged into them, up to date; returns once they are
/// found, or no longer found.
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

/// Answers how many of them are public.
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

/// The documents of those of these questions that everyone reads.
async fn documents(
    pool: &PgPool,
    clock: &Clock,
    ids: &[QuestionId],
) -> Result<Vec<Document>, SearchError> {
    let now = clock.now();
    // As one who acts for nobody reads them.
    let questions = questions::by_ids(pool, ids, None, now).await?;
    let answered: Vec<QuestionId> = questions.iter().map(answered_by).collect();
    let mut in_force: HashMap<QuestionId, Answer> = HashMap::new();
    // The latest comes first.
    for answer in answers::published(pool, &answered, now).await? {
        in_force.entry(answer.question).or_insert(answer);
    }
    let places = store::question_places(pool, ids).await?;
    let mut places: HashMap<QuestionId, QuestionPlace> =
        places.into_iter().map(|place| (place.id, place)).collect();
    let document = |question: Question| {
        let answer = in_force.get(&answered_by(&question));
        let place = places.remove(&question.id)?;
        Some(Document {
            id: question.id.0.simple().to_string(),
            text: shortened(question.text.as_deref()?).to_owned(),
            answer: answer.map(|answer| texts(&answer.text)).unwrap_or_default(),
            lot: place.lot.as_ref().map(texts).unwrap_or_default(),
            title: texts(&place.title),
            buyer: place.buyer,
            procurement: place.procurement.0.simple().to_string(),
            asked: question.asked_at.timestamp(),
            answered: answer.is_some(),
        })
    };
    Ok(questions.into_iter().filter_map(document).collect())
}

/// Whose answers are the question's.
fn answered_by(question: &Question) -> QuestionId {
    question.merged_into.unwrap_or(question.id)
}
