//! Batch loaders for dialogue rounds and their extensions.

use std::sync::Arc;

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::round::store::{self as dialogues, Dialogue, RecordedExtension},
    graphql::loaders::{Loaded, Loaders, group},
    kernel::ids::{DialogueId, ProcurementId},
};

impl Loader<DialogueId> for Loaders {
    type Value = Dialogue;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DialogueId]) -> Loaded<DialogueId, Self::Value> {
        let rows = dialogues::by_ids(&self.pool, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Key for the dialogue rounds of a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DialoguesOf(pub ProcurementId);

impl Loader<DialoguesOf> for Loaders {
    type Value = Vec<Dialogue>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DialoguesOf]) -> Loaded<DialoguesOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = dialogues::of_procurements(&self.pool, &ids).await?;
        Ok(group(rows, |dialogue| DialoguesOf(dialogue.procurement)))
    }
}

/// Key for the extensions of a round, oldest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtensionsOf(pub DialogueId);

impl Loader<ExtensionsOf> for Loaders {
    type Value = Vec<RecordedExtension>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ExtensionsOf]) -> Loaded<ExtensionsOf, Self::Value> {
        let ids: Vec<DialogueId> = keys.iter().map(|key| key.0).collect();
        let rows = dialogues::extensions(&self.pool, &ids).await?;
        Ok(group(rows, |extension| ExtensionsOf(extension.dialogue)))
    }
}
