//! Batch loaders for round documents, question anchors and disposition counts.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::{
        review::{Anchor, Disposition, store},
        round::store::documents::{self, RoundDocument},
    },
    graphql::loaders::{Loaded, Loaders, group},
    kernel::ids::{DialogueId, QuestionId},
};

/// Key for the documents of a round, in the order they were added.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentsOf(pub DialogueId);

impl Loader<DocumentsOf> for Loaders {
    type Value = Vec<RoundDocument>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DocumentsOf]) -> Loaded<DocumentsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = documents::of_dialogues(&self.pool, &ids).await?;
        Ok(group(rows, |row| DocumentsOf(row.dialogue)))
    }
}

/// Key for the anchor of a question.
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

/// Key for the number of comments in a round whose answer in force has each disposition.
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
