//! A subscription: first the missed events, then the new ones, without a gap and each event once.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Batch, LiveEvents, ReplayLimits};
use crate::{
    database::Database,
    dialogue::event::{EventPosition, LOOK_BACK, RecordedEvent, store},
    kernel::ids::ProcurementId,
};

/// Number of missed events that are read at a time.
const PAGE: i64 = 100;

/// Reason why a subscription ended.
#[derive(Debug)]
pub enum SubscriptionEnd {
    /// The subscriber was too slow; it has to subscribe again from the position of its last event.
    TooSlow,
    /// The subscriber missed more than these limits.
    TooMuchMissed(ReplayLimits),
    /// The database failed.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for SubscriptionEnd {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// A subscription to the events of one procurement.
pub struct EventSubscription<S> {
    database: Database,
    procurement: ProcurementId,
    new: broadcast::Receiver<Arc<Batch<S>>>,
    /// Position after which missed events may follow; `None` when all were read.
    missed: Option<EventPosition>,
    /// Time of the subscription: earlier events are missed ones, later ones are new.
    started_at: DateTime<Utc>,
    /// IDs of delivered events that a batch may contain again.
    delivered: HashSet<i64>,
    ready: VecDeque<RecordedEvent>,
    shared: Arc<S>,
}

impl<S: Default + Send + Sync + 'static> EventSubscription<S> {
    /// Subscribes to the events after a position, or to the events from now on.
    pub async fn begin(
        live: &LiveEvents<S>,
        procurement: ProcurementId,
        after: Option<EventPosition>,
    ) -> Result<Self, SubscriptionEnd> {
        // Subscribing before reading the missed events leaves no gap; duplicates are skipped.
        let new = live.subscribe(procurement);
        let database = live.0.database.clone();
        let started_at = database.clock.now();
        if let Some(after) = after {
            let range = (after.looked_back(), started_at);
            check_missed(&database, live.0.replay, procurement, range).await?;
        }
        let mut subscription = Self {
            database,
            procurement,
            new,
            missed: Some(after.map_or(Self::look_back(started_at), EventPosition::looked_back)),
            started_at,
            delivered: HashSet::new(),
            ready: VecDeque::new(),
            shared: Arc::default(),
        };
        if after.is_none() {
            while subscription.catch_up().await? {
                subscription.ready.clear();
            }
        }
        Ok(subscription)
    }

    /// Waits for the next event; returns it with the shared data of its batch.
    pub async fn next(&mut self) -> Result<(RecordedEvent, Arc<S>), SubscriptionEnd> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok((event, self.shared.clone()));
            }
            if self.catch_up().await? {
                continue;
            }
            match self.new.recv().await {
                Ok(batch) => self.take(&batch),
                // The channel cannot be closed while there is a receiver.
                Err(RecvError::Lagged(_) | RecvError::Closed) => {
                    return Err(SubscriptionEnd::TooSlow);
                }
            }
        }
    }

    /// Reads the next page of missed events; returns false when there are no more.
    async fn catch_up(&mut self) -> Result<bool, SubscriptionEnd> {
        let Some(after) = self.missed else {
            return Ok(false);
        };
        let (pool, until) = (&self.database.pool, self.started_at);
        let page = store::missed(pool, self.procurement, after, until, PAGE).await?;
        self.missed = page.last().map(RecordedEvent::position);
        let repeated_after = Self::look_back(self.started_at).at;
        let recent = page.iter().filter(|one| one.event.at > repeated_after);
        self.delivered.extend(recent.map(|one| one.id));
        self.ready.extend(page);
        self.shared = Arc::default();
        Ok(self.missed.is_some())
    }

    /// Queues the events of a batch that were not delivered before.
    fn take(&mut self, batch: &Batch<S>) {
        let repeated_after = Self::look_back(self.started_at).at;
        let events = batch.events.iter();
        let new =
            events.filter(|one| one.event.at > repeated_after && !self.delivered.contains(&one.id));
        self.ready.extend(new.copied());
        self.shared = batch.shared.clone();
    }

    /// Returns the position after which events may still be added at this time.
    fn look_back(now: DateTime<Utc>) -> EventPosition {
        let at = now - LOOK_BACK;
        EventPosition { at, id: i64::MAX }
    }
}

/// Checks that the events after a position and up to a time are within the limits. The first
/// [`LOOK_BACK`] of the range repeats events that the subscriber knows, so these do not count.
async fn check_missed(
    database: &Database,
    limits: ReplayLimits,
    procurement: ProcurementId,
    (after, until): (EventPosition, DateTime<Utc>),
) -> Result<(), SubscriptionEnd> {
    let most = i64::from(limits.events) + 1;
    let range = (after.at + LOOK_BACK, until);
    let missed = store::count_missed(&database.pool, procurement, range, most).await?;
    let is_too_old = |oldest: DateTime<Utc>| until - oldest > limits.age;
    match missed.count >= most || missed.oldest.is_some_and(is_too_old) {
        true => Err(SubscriptionEnd::TooMuchMissed(limits)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::{
        super::{LiveEvents, MOST_WAITING},
        *,
    };
    use crate::{
        database::quota::Quotas,
        dialogue::event::{DialogueEvent, DialogueEventKind},
        kernel::clock::Clock,
    };

    fn subscribed(live: &LiveEvents<()>, procurement: ProcurementId) -> EventSubscription<()> {
        EventSubscription {
            database: live.0.database.clone(),
            procurement,
            new: live.subscribe(procurement),
            missed: None,
            started_at: live.0.database.clock.now(),
            delivered: HashSet::new(),
            ready: VecDeque::new(),
            shared: Arc::default(),
        }
    }

    #[tokio::test]
    async fn a_slow_subscriber_ends_without_delaying_others() {
        let live = LiveEvents::new(Database {
            // Never used: the test sends the events itself.
            pool: PgPool::connect_lazy("postgres://nowhere.invalid/none").unwrap(),
            clock: Clock::default(),
            quotas: Quotas::default(),
            chain_key: None,
        });
        let procurement = ProcurementId::new();
        let (mut slow, mut quick) = (
            subscribed(&live, procurement),
            subscribed(&live, procurement),
        );
        let at = Utc::now();
        for id in 0..=MOST_WAITING as i64 {
            let event = DialogueEvent {
                procurement,
                dialogue: None,
                kind: DialogueEventKind::DialogueOpened,
                subject: procurement.0,
                at,
            };
            let public_id = uuid::Uuid::new_v4();
            let recorded = RecordedEvent {
                id,
                public_id,
                event,
            };
            // Polls find the event repeatedly for half a minute; it is delivered once.
            live.send(&[(procurement, at)], vec![recorded; 2], at);
            let (delivered, _) = quick.next().await.unwrap();
            assert_eq!(delivered.id, id);
        }
        assert!(matches!(slow.next().await, Err(SubscriptionEnd::TooSlow)));
    }
}
