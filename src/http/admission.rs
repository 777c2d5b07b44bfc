//! Admission control: how many requests run at a time, and how many wait for a permit.
//!
//! A request that would exceed both limits is refused at once. A queue that grows without a limit
//! makes every request wait until its client gives up.

use std::{
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::telemetry::meters;

/// The longest time for which a busy period counts as a burst that passes by itself.
const BURST: Duration = Duration::from_millis(100);
/// The time without a waiting request after which a new busy period begins.
const PAUSE: Duration = Duration::from_millis(100);

/// How many requests a process runs and queues.
#[derive(Clone, Copy, Debug)]
pub struct AdmissionLimits {
    /// Maximum number of requests that run.
    pub running: NonZero<u32>,
    /// Maximum number of requests that wait during a burst. After the burst it is half of
    /// `running`, at least 1.
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
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    busy: Arc<Mutex<BusyPeriod>>,
}

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
pub struct AdmissionPermit(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// The queue is full, or the request waited too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overloaded;

impl AdmissionQueue {
    /// Returns an empty queue.
    pub fn new(limits: AdmissionLimits) -> Self {
        let now = Instant::now();
        Self {
            limits,
            running: Arc::new(Semaphore::new(limits.running.get() as usize)),
            waiting: Arc::new(Semaphore::new(limits.waiting as usize)),
            busy: Arc::new(Mutex::new(BusyPeriod {
                since: now,
                last: now,
            })),
        }
    }

    /// Returns whether a new request would be refused.
    pub fn is_full(&self) -> bool {
        self.running.available_permits() == 0 && self.length() >= self.capacity()
    }

    /// Returns the number of requests that wait.
    pub fn length(&self) -> usize {
        self.limits.waiting as usize - self.waiting.available_permits()
    }

    /// Waits for a permit to run a request.
    pub async fn admit(&self) -> Result<AdmissionPermit, Overloaded> {
        if let Ok(permit) = self.running.clone().try_acquire_owned() {
            return Ok(AdmissionPermit(permit));
        }
        if self.length() >= self.capacity() {
            return Err(Overloaded);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| Overloaded)?;
        let _queued = meters::queued();
        let permit = self.running.clone().acquire_owned();
        match time::timeout(self.limits.max_wait, permit).await {
            Ok(Ok(permit)) => Ok(AdmissionPermit(permit)),
            // The request waited too long. The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Overloaded),
        }
    }

    /// Returns how many requests may wait, given that all permits are taken now.
    fn capacity(&self) -> usize {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let burst = self.limits.waiting;
        let sustained = (self.limits.running.get() / 2).clamp(1, burst.max(1));
        match busy.extend(Instant::now()) {
            true => sustained as usize,
            false => burst as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(running: u32, waiting: u32, max_wait: Duration) -> AdmissionQueue {
        AdmissionQueue::new(AdmissionLimits {
            running: NonZero::new(running).unwrap(),
            waiting,
            max_wait,
        })
    }

    #[tokio::test]
    async fn a_request_beyond_both_limits_is_refused_at_once() {
        let queue = queue(1, 1, Duration::from_secs(60));
        let first = queue.admit().await.ok();
        assert!(first.is_some() && !queue.is_full());
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.admit().await.map(drop) }
        });
        while queue.length() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(queue.is_full());
        assert_eq!(queue.admit().await.map(drop), Err(Overloaded));
        drop(first);
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!((queue.length(), queue.is_full()), (0, false));
    }

    #[test]
    fn a_burst_differs_from_a_sustained_overload() {
        let begun = Instant::now();
        let mut busy = BusyPeriod {
            since: begun,
            last: begun,
        };
        for (milliseconds, sustained) in [
            (0, false),
            (90, false),
            (100, false),
            (101, true),
            (201, true),
            // After a pause another burst begins.
            (302, false),
            (402, false),
            (403, true),
        ] {
            let now = begun + Duration::from_millis(milliseconds);
            assert_eq!(busy.extend(now), sustained, "{milliseconds} ms");
        }
    }

    #[tokio::test]
    async fn a_request_that_waits_too_long_is_refused() {
        let queue = queue(1, 1, Duration::from_millis(10));
        let _first = queue.admit().await.ok();
        assert_eq!(queue.admit().await.map(drop), Err(Overloaded));
        assert_eq!(queue.length(), 0);
    }
}
