//! What happens in dialogues, told to those who listen as it happens.
//!
//! Each server process has one [`Live`]. While anybody listens, it asks the database a few times a second, in one statement,
//! what is new in the procurements that are listened to, and hands it to all who listen to each. So it is the same whichever
//! process a change was made through, and a commit never waits for those who listen.

mod listening;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::broadcast,
    time::{self, MissedTickBehavior},
};

pub use listening::{Listening, Stopped};

use super::{
    event::{LOOK_BACK, Recorded},
    store::events,
};
use crate::{database::Database, kernel::ids::ProcurementId};

/// How often the database is asked.
const PERIOD: Duration = Duration::from_millis(200);
/// How many batches one who listens may be behind; then it has to come again.
const MOST_WAITING: usize = 64;

/// The events of all dialogues, for those who listen. `S` is what those who are handed a batch share while they read what
/// its events are about. Cheap to clone.
pub struct Live<S>(Arc<Inner<S>>);

struct Inner<S> {
    database: Database,
    heard: Mutex<Heard<S>>,
    /// What those share who read what they were handed long after the others.
    late: Mutex<Arc<S>>,
}

/// What is listened to.
struct Heard<S> {
    /// Does anything ask the database?
    asking: bool,
    channels: HashMap<ProcurementId, Channel<S>>,
}

/// The events of one procurement.
struct Channel<S> {
    listeners: broadcast::Sender<Arc<Batch<S>>>,
    /// Until when it is told what happened.
    reached: DateTime<Utc>,
    /// What was told lately, and may be found again.
    told: HashMap<i64, DateTime<Utc>>,
}

/// What was found new in a procurement at once.
pub struct Batch<S> {
    /// The earliest first; at least one.
    pub events: Vec<Recorded>,
    /// What those who are handed it share.
    pub shared: Arc<S>,
}

impl<S> Clone for Live<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Default + Send + Sync + 'static> Live<S> {
    /// Nobody listens yet.
    pub fn new(database: Database) -> Self {
        let heard = Heard {
            asking: false,
            channels: HashMap::new(),
        };
        Self(Arc::new(Inner {
            database,
            heard: Mutex::new(heard),
            late: Mutex::default(),
        }))
    }

    /// What those share who are late; made anew once it is not fresh any more.
    pub fn late(&self, is_fresh: impl Fn(&S) -> bool) -> Arc<S> {
        let late = self.0.late.lock();
        let mut late = late.unwrap_or_else(PoisonError::into_inner);
        if !is_fresh(&late) {
            *late = Arc::default();
        }
        late.clone()
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        let heard = self.heard();
        let channels = heard.channels.values();
        channels
            .map(|channel| channel.listeners.receiver_count())
            .sum()
    }

    /// What is found new in a procurement from now on. It may hold what happened a moment ago.
    fn subscribe(&self, procurement: ProcurementId) -> broadcast::Receiver<Arc<Batch<S>>> {
        let now = self.0.database.clock.now();
        let mut heard = self.heard();
        let channel = heard.channels.entry(procurement);
        let channel = channel.or_insert_with(|| Channel {
            listeners: broadcast::Sender::new(MOST_WAITING),
            reached: now,
            told: HashMap::new(),
        });
        let receiver = channel.listeners.subscribe();
        if !std::mem::replace(&mut heard.asking, true) {
            tokio::spawn(self.clone().ask());
        }
        receiver
    }

    /// Asks the database until nobody listens any more.
    async fn ask(self) {
        let mut ticks = time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let database = &self.0.database;
            let until = database.clock.now();
            let Some(wanted) = self.wanted() else { return };
            match events::since(&database.pool, &wanted, &database.clock).await {
                Ok(found) => self.tell(&wanted, found, until),
                // What was missed is found at the next time that it answers.
                Err(error) => tracing::warn!(%error, "cannot ask for what is new in dialogues"),
            }
        }
    }

    /// The procurements that are listened to, each with the time since when there may be something new.
    fn wanted(&self) -> Option<Vec<(ProcurementId, DateTime<Utc>)>> {
        let mut heard = self.heard();
        heard
            .channels
            .retain(|_, channel| channel.listeners.receiver_count() > 0);
        if heard.channels.is_empty() {
            // The next to listen finds that nothing asks; both happen under the lock.
            heard.asking = false;
            return None;
        }
        let channels = heard.channels.iter();
        Some(
            channels
                .map(|(id, channel)| (*id, channel.reached - LOOK_BACK))
                .collect(),
        )
    }

    fn tell(
        &self,
        wanted: &[(ProcurementId, DateTime<Utc>)],
        found: Vec<Recorded>,
        until: DateTime<Utc>,
    ) {
        let mut of: HashMap<ProcurementId, Vec<Recorded>> = HashMap::new();
        for event in found {
            of.entry(event.event.procurement).or_default().push(event);
        }
        let mut heard = self.heard();
        for (procurement, _) in wanted {
            if let Some(channel) = heard.channels.get_mut(procurement) {
                channel.tell(of.remove(procurement).unwrap_or_default(), until);
            }
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard<S>> {
        self.0.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Default> Channel<S> {
    fn tell(&mut self, found: Vec<Recorded>, until: DateTime<Utc>) {
        let mut events = found;
        events.retain(|one| self.told.insert(one.id, one.event.at).is_none());
        // A clock that was put back asks for nothing twice.
        self.reached = self.reached.max(until);
        let forgotten = self.reached - LOOK_BACK;
        self.told.retain(|_, at| *at > forgotten);
        if !events.is_empty() {
            let shared = Arc::default();
            // An error means that the last listener has gone.
            let _ = self.listeners.send(Arc::new(Batch { events, shared }));
        }
    }
}
