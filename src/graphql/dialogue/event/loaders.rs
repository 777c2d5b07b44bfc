//! Batch loaders for timelines and dialogue events.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use uuid::Uuid;

use crate::{
    dialogue::event::{
        EventCursor, RecordedEvent,
        store::{self, timeline},
        timeline::{TimelineEntry, TimelinePosition},
    },
    graphql::loaders::{Loaded, Loaders, group},
    kernel::{ids::ProcurementId, paging::Page},
};

/// Key for a page of a procurement's timeline, with one entry more if there are more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimelinePage {
    pub procurement: ProcurementId,
    pub page: Page<TimelinePosition>,
}

impl Loader<TimelinePage> for Loaders {
    type Value = Vec<TimelineEntry>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TimelinePage]) -> Loaded<TimelinePage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = timeline::pages(&self.pool, &ids, self.clock.now(), page).await?;
            pages.extend(group(rows, |row| TimelinePage {
                procurement: row.procurement,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of entries of a procurement's timeline.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimelineCount(pub ProcurementId);

impl Loader<TimelineCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TimelineCount]) -> Loaded<TimelineCount, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let counts = timeline::counts(&self.pool, &ids, self.clock.now()).await?;
        let count = |(id, count)| (TimelineCount(id), count);
        Ok(counts.into_iter().map(count).collect())
    }
}

/// Key for a page of a procurement's dialogue events, with one event more if there are more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventPage {
    pub procurement: ProcurementId,
    pub page: Page<EventCursor>,
}

impl Loader<EventPage> for Loaders {
    type Value = Vec<RecordedEvent>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EventPage]) -> Loaded<EventPage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = store::pages(&self.pool, &ids, page, self.clock.now()).await?;
            pages.extend(group(rows, |row| EventPage {
                procurement: row.event.procurement,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of a procurement's dialogue events.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventCount(pub ProcurementId);

impl Loader<EventCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EventCount]) -> Loaded<EventCount, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let counts = store::counts(&self.pool, &ids, self.clock.now()).await?;
        let count = |(id, count)| (EventCount(id), count);
        Ok(counts.into_iter().map(count).collect())
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
pub struct EventOf(pub Uuid);

impl Loader<EventOf> for Loaders {
    type Value = RecordedEvent;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EventOf]) -> Loaded<EventOf, Self::Value> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = store::by_ids(&self.pool, &ids, self.clock.now()).await?;
        Ok(rows
            .into_iter()
            .map(|row| (EventOf(row.public_id), row))
            .collect())
    }
}
