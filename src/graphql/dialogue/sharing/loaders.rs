//! Batch loader for what a buyer must still share.

use std::sync::Arc;

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::sharing::{UnsharedItem, store},
    graphql::loaders::{Loaded, Loaders, group},
    kernel::ids::ProcurementId,
};

/// Key for the items that the buyer of a procurement must still share. The caller checks policy.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MustShareOf(pub ProcurementId);

impl Loader<MustShareOf> for Loaders {
    type Value = Arc<Vec<UnsharedItem>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[MustShareOf]) -> Loaded<MustShareOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = store::items(&self.pool, &ids, self.clock.now()).await?;
        let groups = group(rows, |item| MustShareOf(item.procurement)).into_iter();
        Ok(groups.map(|(key, rows)| (key, Arc::new(rows))).collect())
    }
}
