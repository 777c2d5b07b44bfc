//! Batch loader for dialogue summaries.

use std::sync::Arc;

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::summary::store::{self, Summary},
    graphql::loaders::{Loaded, Loaders, group, parent_loader},
    kernel::ids::{DialogueId, SummaryId},
};

parent_loader!(SummaryId => DialogueId: store::dialogues_of);

/// Key for the versions of a round's summary, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SummariesOf(pub DialogueId);

impl Loader<SummariesOf> for Loaders {
    type Value = Vec<Arc<Summary>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[SummariesOf]) -> Loaded<SummariesOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = store::of_dialogues(&self.pool, &ids).await?;
        let rows = rows.into_iter().map(Arc::new).collect();
        Ok(group(rows, |row: &Arc<Summary>| SummariesOf(row.dialogue)))
    }
}
