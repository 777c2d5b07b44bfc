//! Batch loaders for timelines and dialogue events.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    dialogue::event::{
        RecordedEvent,
        store::{self, timeline},
        timeline::{TimelineEntry, TimelinePosition},
    },
    graphql::loaders::{Loaded, Loaders, group},
    kernel::{ids::ProcurementId, paging::Slice},
};

/// Key for a page of a procurement's timeline.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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
        let groups = group(keys.to_vec(), |key| (key.before, key.first));
        for ((before, first), keys) in groups {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = timeline::pages(&self.pool, &ids, now, before, first + 1).await?;
            for (procurement, rows) in group(rows, |happening| happening.procurement) {
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

/// Key for one entry of a procurement's timeline.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimelineEntryAt(pub ProcurementId, pub TimelinePosition);

impl Loader<TimelineEntryAt> for Loaders {
    type Value = TimelineEntry;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TimelineEntryAt]) -> Loaded<TimelineEntryAt, Self::Value> {
        let wanted: Vec<_> = keys.iter().map(|key| (key.0, key.1)).collect();
        let rows = timeline::by_positions(&self.pool, &wanted, self.clock.now()).await?;
        let key = |row: &TimelineEntry| TimelineEntryAt(row.procurement, row.position());
        Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
    }
}

/// Key for one public event of a dialogue, by its ID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventOf(pub i64);

impl Loader<EventOf> for Loaders {
    type Value = RecordedEvent;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EventOf]) -> Loaded<EventOf, Self::Value> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let rows = store::by_ids(&self.pool, &ids, self.clock.now()).await?;
        Ok(rows.into_iter().map(|row| (EventOf(row.id), row)).collect())
    }
}
