//! Loading documents of rounds, anchors, threads and counts of dispositions in batches.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::{
        review::{
            Anchor, Disposition,
            store::{self, RoundDocument},
        },
        store::{
            questions::{self, Question},
            threads,
        },
    },
    graphql::loaders::{Loaded, Loaders, group},
    kernel::{
        ids::{DialogueId, QuestionId},
        paging::Slice,
    },
};

/// The documents of a round, in order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentsOf(pub DialogueId);

impl Loader<DocumentsOf> for Loaders {
    type Value = Vec<RoundDocument>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DocumentsOf]) -> Loaded<DocumentsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::documents(&self.pool, &ids).await?;
        Ok(group(rows, |row| DocumentsOf(row.dialogue)))
    }
}

/// The place that a question is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnchorOf(pub QuestionId);

impl Loader<AnchorOf> for Loaders {
    type Value = Anchor;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AnchorOf]) -> Loaded<AnchorOf, Self::Value> {
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let rows = store::anchors(&self.pool, &ids, self.reader).await?;
        let anchors = rows.into_iter();
        Ok(anchors.map(|(id, anchor)| (AnchorOf(id), anchor)).collect())
    }
}

/// A page of what follows up a question.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FollowUpPage {
    pub question: QuestionId,
    pub after: i32,
    pub first: i64,
}

impl Loader<FollowUpPage> for Loaders {
    type Value = Slice<Question>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FollowUpPage]) -> Loaded<FollowUpPage, Self::Value> {
        let mut pages = HashMap::new();
        for ((after, first), keys) in group(keys.to_vec(), |key| (key.after, key.first)) {
            let ids: Vec<QuestionId> = keys.iter().map(|key| key.question).collect();
            let rows = threads::page(&self.pool, &ids, self.reader, (after, first)).await?;
            let rows: Vec<QuestionId> = rows.into_iter().map(|(_, id)| id).collect();
            let rows = questions::by_ids(&self.pool, &rows, self.reader, self.clock.now()).await?;
            for (about, rows) in group(rows, |row| row.about) {
                let Some(question) = about else { continue };
                let page = FollowUpPage {
                    question,
                    after,
                    first,
                };
                pages.insert(page, Slice::from_overfetch(rows, first));
            }
        }
        Ok(pages)
    }
}

/// How many questions follow up another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FollowUpCount(pub QuestionId);

impl Loader<FollowUpCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FollowUpCount]) -> Loaded<FollowUpCount, Self::Value> {
        let ids: Vec<QuestionId> = keys.iter().map(|key| key.0).collect();
        let counts = threads::counts(&self.pool, &ids, self.reader).await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (FollowUpCount(id), count))
            .collect())
    }
}

/// How many comments of a round have an answer in force with each disposition.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DispositionsOf(pub DialogueId);

impl Loader<DispositionsOf> for Loaders {
    type Value = Vec<(Disposition, i64)>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DispositionsOf]) -> Loaded<DispositionsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::dispositions(&self.pool, &ids, self.clock.now()).await?;
        let mut found: HashMap<DispositionsOf, Vec<(Disposition, i64)>> = HashMap::new();
        for (dialogue, disposition, count) in rows {
            let counts = found.entry(DispositionsOf(dialogue)).or_default();
            counts.push((disposition, count));
        }
        Ok(found)
    }
}
