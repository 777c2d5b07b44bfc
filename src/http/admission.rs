//! Admission control: how many requests run at a time, and how many wait for a permit.
//!
//! A request that would exceed both limits is refused at once. A queue that grows without a limit
//! makes every request wait until its client gives up. Permits and places are shared between
//! clients ([`schedule`]): when all places are taken, a client with few requests gets the place of
//! one with many.

mod schedule;

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time};

use super::rate_limit::RateLimitKey;
use crate::telemetry::meters;

pub use schedule::{Class, Share};
use schedule::{Grant, Pool, Schedule, Ticket};

/// The longest time for which a busy period counts as a burst that passes by itself.
const BURST: Duration = Duration::from_millis(100);
/// The time without a waiting request after which a new busy period begins.
const PAUSE: Duration = Duration::from_millis(100);

/// How many requests a process runs and queues.
#[derive(Clone, Copy, Debug)]
pub struct AdmissionLimits {
    /// Maximum number of requests that run. A quarter of it, at least 1, runs in addition: for
    /// tender writes, and for clients that run nothing while one client holds more than half.
    pub running: NonZero<u32>,
    /// Maximum number of requests of each class (anonymous, signed in, tender writes) that wait
    /// during a burst. After the burst it is half of `running`, at least 1, for clients that
    /// already have a request here.
    pub waiting: u32,
    /// The longest time that a request waits.
    pub max_wait: Duration,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let running = u32::try_from(cores + cores.div_ceil(2)).unwrap_or(u32::MAX);
        Self {
            running: NonZero::new(running).unwrap_or(NonZero::<u32>::MIN),
            waiting: running.saturating_mul(4),
            max_wait: Duration::from_secs(1),
        }
    }
}

/// The queue of this process. Cheap to clone.
#[derive(Clone)]
pub struct AdmissionQueue {
    limits: AdmissionLimits,
    state: Arc<Mutex<State>>,
}

struct State {
    schedule: Schedule,
    answers: HashMap<Ticket, oneshot::Sender<Answer>>,
    busy: BusyPeriod,
}

type Answer = Result<AdmissionPermit, Overloaded>;

/// A period in which every new request found all permits taken.
#[derive(Clone, Copy, Debug)]
struct BusyPeriod {
    since: Instant,
    last: Instant,
}

impl BusyPeriod {
    /// Notes a request that found all permits taken; returns whether the period is longer than a
    /// burst.
    fn extend(&mut self, now: Instant) -> bool {
        if now.duration_since(self.last) > PAUSE {
            self.since = now;
        }
        self.last = now;
        now.duration_since(self.since) > BURST
    }
}

/// The right to run one request, until it is dropped.
pub struct AdmissionPermit {
    share: Share,
    pool: Pool,
    queue: AdmissionQueue,
}

impl Drop for AdmissionPermit {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.schedule.release(self.share, self.pool);
        let started = self.queue.start(&mut state);
        drop(state);
        for (answer, permit) in started {
            // A request that was cancelled meanwhile returns its permit here.
            drop(answer.send(Ok(permit)));
        }
    }
}

/// The queue is full, or the request waited too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overloaded;

/// Whether a request may wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Never,
    /// If there is a place.
    Bounded,
    Unbounded,
}

/// A request in the queue; it leaves the queue when this value is dropped.
struct Waiter {
    share: Share,
    ticket: Ticket,
    answer: oneshot::Receiver<Answer>,
    queue: AdmissionQueue,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut state = self.queue.state();
        if state.answers.remove(&self.ticket).is_some() {
            state.schedule.cancel(self.share, self.ticket);
        }
    }
}

impl AdmissionQueue {
    /// Returns an empty queue.
    pub fn new(limits: AdmissionLimits) -> Self {
        let now = Instant::now();
        let state = State {
            schedule: Schedule::new(limits.running.get()),
            answers: HashMap::new(),
            busy: BusyPeriod {
                since: now,
                last: now,
            },
        };
        Self {
            limits,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Returns whether every new request would be refused, for any client.
    pub fn is_full(&self) -> bool {
        let state = self.state();
        let places = self.limits.waiting as usize;
        [Class::Anonymous, Class::SignedIn]
            .into_iter()
            .all(|class| {
                let waiting = state.schedule.length(class);
                waiting > 0 && waiting >= places && state.schedule.displaceable(class, 0).is_none()
            })
    }

    /// Returns the number of requests that wait.
    #[cfg(test)]
    fn length(&self) -> usize {
        let state = self.state();
        let classes = [Class::Anonymous, Class::SignedIn, Class::TenderWrite];
        let lengths = classes.map(|class| state.schedule.length(class));
        lengths.into_iter().sum()
    }

    /// Waits for a permit to run a request. `is_tender_write` is called only when the request would
    /// have to wait.
    pub async fn admit(
        &self,
        share: Share,
        is_tender_write: impl FnOnce() -> bool,
    ) -> Result<AdmissionPermit, Overloaded> {
        let mut share = share;
        if share.class == Class::SignedIn {
            if let Ok(mut waiter) = self.enter(share, Wait::Never)
                && let Ok(answer) = waiter.answer.try_recv()
            {
                return answer;
            }
            if is_tender_write() {
                share.class = Class::TenderWrite;
            }
        }
        let mut waiter = self.enter(share, Wait::Bounded)?;
        if let Ok(answer) = waiter.answer.try_recv() {
            return answer;
        }
        let _queued = meters::queued();
        match time::timeout(self.limits.max_wait, &mut waiter.answer).await {
            Ok(Ok(answer)) => answer,
            // The request waited too long. The queue always answers.
            Ok(Err(_)) | Err(_) => Err(Overloaded),
        }
    }

    /// Waits for a permit to resolve an event of a subscription, without a limit of time.
    pub async fn admit_event(&self, key: RateLimitKey) -> Result<AdmissionPermit, Overloaded> {
        let class = Class::Event;
        let mut waiter = self.enter(Share { class, key }, Wait::Unbounded)?;
        (&mut waiter.answer).await.unwrap_or(Err(Overloaded))
    }

    /// Adds a request to the queue, and starts it if there is a permit.
    fn enter(&self, share: Share, wait: Wait) -> Result<Waiter, Overloaded> {
        let (sender, answer) = oneshot::channel();
        let mut state = self.state();
        let load = state.schedule.load(share);
        let ticket = state.schedule.enqueue(share);
        state.answers.insert(ticket, sender);
        let started = self.start(&mut state);
        let mut place = Ok(None);
        if wait != Wait::Unbounded && state.answers.contains_key(&ticket) {
            place = match wait {
                Wait::Never => Err(Overloaded),
                _ => self.place(&mut state, share, load),
            };
            if place.is_err() {
                state.answers.remove(&ticket);
                state.schedule.cancel(share, ticket);
            }
        }
        drop(state);
        for (answer, permit) in started {
            drop(answer.send(Ok(permit)));
        }
        if let Some(displaced) = place? {
            drop(displaced.send(Err(Overloaded)));
        }
        Ok(Waiter {
            share,
            ticket,
            answer,
            queue: self.clone(),
        })
    }

    /// Checks that a request that was just added, by a client with `load` earlier requests, may
    /// wait. Returns the request that has to leave its place, if any.
    fn place(
        &self,
        state: &mut State,
        share: Share,
        load: usize,
    ) -> Result<Option<oneshot::Sender<Answer>>, Overloaded> {
        let burst = self.limits.waiting as usize;
        let sustained = (self.limits.running.get() as usize / 2).clamp(1, burst.max(1));
        let places = match state.busy.extend(Instant::now()) && load > 0 {
            true => sustained,
            false => burst,
        };
        if state.schedule.length(share.class) <= places {
            return Ok(None);
        }
        let (other, ticket) = state
            .schedule
            .displaceable(share.class, load)
            .ok_or(Overloaded)?;
        state.schedule.cancel(other, ticket);
        Ok(state.answers.remove(&ticket))
    }

    /// Starts the requests for which there are permits.
    fn start(&self, state: &mut State) -> Vec<(oneshot::Sender<Answer>, AdmissionPermit)> {
        let mut started = Vec::new();
        while let Some(grant) = state.schedule.next() {
            let Grant {
                ticket,
                share,
                pool,
            } = grant;
            match state.answers.remove(&ticket) {
                Some(answer) => {
                    let queue = self.clone();
                    started.push((answer, AdmissionPermit { share, pool, queue }));
                }
                None => state.schedule.release(share, pool),
            }
        }
        started
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
