//! Batch loader for pages of a procurement's timeline.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::event::{
        store::timeline,
        timeline::{TimelineEntry, TimelinePosition},
    },
    graphql::loaders::{Loaded, Loaders, group},
    kernel::{ids::ProcurementId, paging::Slice},
};

/// Key for a page of a procurement's timeline.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TimelinePage {
    pub procurement: ProcurementId,
    pub before: Option<TimelinePosition>,
    pub first: i64,
}

impl Loader<TimelinePage> for Loaders {
    type Value = Slice<TimelineEntry>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TimelinePage]) -> Loaded<TimelinePage, Self::Value> {
        let now = self.clock.now();
        let mut pages = HashMap::new();
        let groups = group(keys.to_vec(), |key| (key.before.clone(), key.first));
        for ((before, first), keys) in groups {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = timeline::pages(&self.pool, &ids, now, before.clone(), first + 1).await?;
            for (procurement, rows) in group(rows, |happening| happening.procurement) {
                let before = before.clone();
                let page = TimelinePage {
                    procurement,
                    before,
                    first,
                };
                pages.insert(page, Slice::from_overfetch(rows, first));
            }
        }
        Ok(pages)
    }
}
