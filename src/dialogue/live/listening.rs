//! One who listens: first what it missed, then what happens, without a gap and each event once.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Batch, Live};
use crate::{
    database::Database,
    dialogue::{
        event::{LOOK_BACK, Place, Recorded},
        store::events,
    },
    kernel::ids::ProcurementId,
};

/// How much of what was missed is read at a time.
const PAGE: i64 = 100;

/// Why no more events come.
#[derive(Debug)]
pub enum Stopped {
    /// It took them too slowly, and has to come again with the place of the last one it has.
    TooSlow,
    /// The database did not answer; what would have come was not taken.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Stopped {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// The events of one procurement, as one listener is told of them.
pub struct Listening<S> {
    database: Database,
    procurement: ProcurementId,
    news: broadcast::Receiver<Arc<Batch<S>>>,
    /// From where on there is more that was missed.
    missed: Option<Place>,
    /// When it began to listen: until then events were missed, from then on they are news.
    begun: DateTime<Utc>,
    /// What it has of the time that news may reach back to.
    has: HashSet<i64>,
    ready: VecDeque<Recorded>,
    shared: Arc<S>,
}

impl<S: Default + Send + Sync + 'static> Listening<S> {
    /// Begins to listen: with what happened after a place, or with what happens from now on.
    pub async fn begin(
        live: &Live<S>,
        procurement: ProcurementId,
        after: Option<Place>,
    ) -> Result<Self, Stopped> {
        // First the news and then what was missed: what happens in between comes both ways.
        let news = live.subscribe(procurement);
        let database = live.0.database.clone();
        let begun = database.clock.now();
        let mut listening = Self {
            database,
            procurement,
            news,
            missed: Some(after.map_or(Self::back(begun), Place::looked_back)),
            begun,
            has: HashSet::new(),
            ready: VecDeque::new(),
            shared: Arc::default(),
        };
        if after.is_none() {
            while listening.catch_up().await? {
                listening.ready.clear();
            }
        }
        Ok(listening)
    }

    /// The next event, and what those who were told at the same time share.
    pub async fn next(&mut self) -> Result<(Recorded, Arc<S>), Stopped> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok((event, self.shared.clone()));
            }
            if self.catch_up().await? {
                continue;
            }
            match self.news.recv().await {
                Ok(batch) => self.take(&batch),
                // That the other end is gone cannot be while it is held.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return Err(Stopped::TooSlow),
            }
        }
    }

    /// Reads the next page of what was missed; false when there is no more.
    async fn catch_up(&mut self) -> Result<bool, Stopped> {
        let Some(after) = self.missed else {
            return Ok(false);
        };
        let (pool, until) = (&self.database.pool, self.begun);
        let page = events::page(pool, self.procurement, after, until, PAGE).await?;
        self.missed = page.last().map(Recorded::place);
        let told_again = Self::back(self.begun).at;
        let recent = page.iter().filter(|one| one.event.at > told_again);
        self.has.extend(recent.map(|one| one.id));
        self.ready.extend(page);
        self.shared = Arc::default();
        Ok(self.missed.is_some())
    }

    /// Takes what is news of a batch.
    fn take(&mut self, batch: &Batch<S>) {
        let told_again = Self::back(self.begun).at;
        let news = batch.events.iter();
        let news = news.filter(|one| one.event.at > told_again && !self.has.contains(&one.id));
        self.ready.extend(news.copied());
        self.shared = batch.shared.clone();
    }

    /// From where on there may be events at this time that were not there before.
    fn back(now: DateTime<Utc>) -> Place {
        let at = now - LOOK_BACK;
        Place { at, id: i64::MAX }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::{
        super::{Live, MOST_WAITING},
        *,
    };
    use crate::{
        dialogue::event::{Event, Kind},
        kernel::clock::Clock,
    };

    fn listening(live: &Live<()>, procurement: ProcurementId) -> Listening<()> {
        Listening {
            database: live.0.database.clone(),
            procurement,
            news: live.subscribe(procurement),
            missed: None,
            begun: live.0.database.clock.now(),
            has: HashSet::new(),
            ready: VecDeque::new(),
            shared: Arc::default(),
        }
    }

    #[tokio::test]
    async fn who_falls_behind_is_told_so_and_holds_up_nobody() {
        let live = Live::new(Database {
            // Nothing is asked of it: the test tells what happened.
            pool: PgPool::connect_lazy("postgres://nowhere.invalid/none").unwrap(),
            clock: Clock::default(),
        });
        let procurement = ProcurementId::new();
        let (mut slow, mut quick) = (listening(&live, procurement), listening(&live, procurement));
        let at = Utc::now();
        for id in 0..=MOST_WAITING as i64 {
            let event = Event {
                procurement,
                dialogue: None,
                kind: Kind::DialogueOpened,
                subject: procurement.0,
                at,
            };
            let happened = Recorded { id, event };
            // It is found again and again for half a minute, and told once.
            live.tell(&[(procurement, at)], vec![happened; 2], at);
            let (told, _) = quick.next().await.unwrap();
            assert_eq!(told.id, id);
        }
        assert!(matches!(slow.next().await, Err(Stopped::TooSlow)));
    }
}
