//! Delivery of new events to subscribers.
//!
//! Each server process has one [`LiveEvents`]. While there are subscribers, it polls the database
//! five times a second, with one statement for all procurements that have subscribers, and sends
//! the new events to the subscribers of each. So a subscriber gets the events of changes made
//! through any server process, and a commit never waits for subscribers.

mod subscription;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::broadcast,
    time::{self, MissedTickBehavior},
};

pub use subscription::{EventSubscription, SubscriptionEnd};

use super::{LOOK_BACK, RecordedEvent, store};
use crate::{database::Database, kernel::ids::ProcurementId};

/// Time between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Most batches that wait for one subscriber; a slower subscriber has to subscribe again.
const MOST_WAITING: usize = 64;

/// How much a subscriber that returns with a cursor gets again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayLimits {
    /// Maximum number of events.
    pub events: u32,
    /// Maximum age of a missed event.
    pub age: TimeDelta,
}

impl Default for ReplayLimits {
    fn default() -> Self {
        Self {
            events: 100,
            age: TimeDelta::hours(24),
        }
    }
}

/// Source of new events for subscribers. `S` is data that the subscribers of a batch share while
/// they load the subjects of its events. Cheap to clone.
pub struct LiveEvents<S>(Arc<Inner<S>>);

struct Inner<S> {
    database: Database,
    replay: ReplayLimits,
    subscriptions: Mutex<Subscriptions<S>>,
    /// Shared data of subscribers that read their batch long after the others.
    late: Mutex<Arc<S>>,
}

/// State of all subscriptions.
struct Subscriptions<S> {
    /// Whether a task polls the database.
    polling: bool,
    channels: HashMap<ProcurementId, Channel<S>>,
}

/// Subscriptions to the events of one procurement.
struct Channel<S> {
    subscribers: broadcast::Sender<Arc<Batch<S>>>,
    /// Time up to which events were sent.
    reached: DateTime<Utc>,
    /// Recently sent events by ID, which the next polls may find again.
    sent: HashMap<i64, DateTime<Utc>>,
}

/// New events of one procurement, found by one poll.
pub struct Batch<S> {
    /// Events, the earliest first; at least one.
    pub events: Vec<RecordedEvent>,
    /// Data that the subscribers of this batch share.
    pub shared: Arc<S>,
}

impl<S> Clone for LiveEvents<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Default + Send + Sync + 'static> LiveEvents<S> {
    /// Creates the source, without subscribers.
    pub fn new(database: Database) -> Self {
        Self::with_replay(database, ReplayLimits::default())
    }

    /// Creates the source with these limits, without subscribers.
    pub fn with_replay(database: Database, replay: ReplayLimits) -> Self {
        let subscriptions = Subscriptions {
            polling: false,
            channels: HashMap::new(),
        };
        Self(Arc::new(Inner {
            database,
            replay,
            subscriptions: Mutex::new(subscriptions),
            late: Mutex::default(),
        }))
    }

    /// Returns the shared data of late subscribers; replaces it when `is_fresh` rejects it.
    pub fn late(&self, is_fresh: impl Fn(&S) -> bool) -> Arc<S> {
        let late = self.0.late.lock();
        let mut late = late.unwrap_or_else(PoisonError::into_inner);
        if !is_fresh(&late) {
            *late = Arc::default();
        }
        late.clone()
    }

    /// Returns the number of subscribers.
    pub fn subscribers(&self) -> usize {
        let subscriptions = self.subscriptions();
        let channels = subscriptions.channels.values();
        channels
            .map(|channel| channel.subscribers.receiver_count())
            .sum()
    }

    /// Subscribes to the new events of a procurement. The first batch may have events from just
    /// before the subscription.
    fn subscribe(&self, procurement: ProcurementId) -> broadcast::Receiver<Arc<Batch<S>>> {
        let now = self.0.database.clock.now();
        let mut subscriptions = self.subscriptions();
        let channel = subscriptions.channels.entry(procurement);
        let channel = channel.or_insert_with(|| Channel {
            subscribers: broadcast::Sender::new(MOST_WAITING),
            reached: now,
            sent: HashMap::new(),
        });
        let receiver = channel.subscribers.subscribe();
        if !std::mem::replace(&mut subscriptions.polling, true) {
            tokio::spawn(self.clone().poll());
        }
        receiver
    }

    /// Polls the database until there are no subscribers.
    async fn poll(self) {
        let mut ticks = time::interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let database = &self.0.database;
            let until = database.clock.now();
            let Some(wanted) = self.wanted() else { return };
            match store::since(&database.pool, &wanted, &database.clock).await {
                Ok(found) => self.send(&wanted, found, until),
                // The next successful poll finds the events that this one missed.
                Err(error) => tracing::warn!(%error, "polling for dialogue events failed"),
            }
        }
    }

    /// Returns the procurements that have subscribers, each with the time since which there may be
    /// new events; `None` when there are no subscribers.
    fn wanted(&self) -> Option<Vec<(ProcurementId, DateTime<Utc>)>> {
        let mut subscriptions = self.subscriptions();
        subscriptions
            .channels
            .retain(|_, channel| channel.subscribers.receiver_count() > 0);
        if subscriptions.channels.is_empty() {
            // Under the same lock, the next subscriber sees the flag and starts a new task.
            subscriptions.polling = false;
            return None;
        }
        let channels = subscriptions.channels.iter();
        Some(
            channels
                .map(|(id, channel)| (*id, channel.reached - LOOK_BACK))
                .collect(),
        )
    }

    fn send(
        &self,
        wanted: &[(ProcurementId, DateTime<Utc>)],
        found: Vec<RecordedEvent>,
        until: DateTime<Utc>,
    ) {
        let mut by_procurement: HashMap<ProcurementId, Vec<RecordedEvent>> = HashMap::new();
        for event in found {
            by_procurement
                .entry(event.event.procurement)
                .or_default()
                .push(event);
        }
        let mut subscriptions = self.subscriptions();
        for (procurement, _) in wanted {
            if let Some(channel) = subscriptions.channels.get_mut(procurement) {
                channel.send(
                    by_procurement.remove(procurement).unwrap_or_default(),
                    until,
                );
            }
        }
    }

    fn subscriptions(&self) -> MutexGuard<'_, Subscriptions<S>> {
        let subscriptions = self.0.subscriptions.lock();
        subscriptions.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Default> Channel<S> {
    fn send(&mut self, found: Vec<RecordedEvent>, until: DateTime<Utc>) {
        let mut events = found;
        events.retain(|one| self.sent.insert(one.id, one.event.at).is_none());
        // A clock that was set back does not move the reached time back.
        self.reached = self.reached.max(until);
        let expired = self.reached - LOOK_BACK;
        self.sent.retain(|_, at| *at > expired);
        if !events.is_empty() {
            let shared = Arc::default();
            // An error means that the last subscriber has gone.
            let _ = self.subscribers.send(Arc::new(Batch { events, shared }));
        }
    }
}
