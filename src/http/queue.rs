//! How many requests run at a time, and how many may wait for their turn. Beyond that they are refused at once: a queue
//! that grows makes everyone wait, and then nobody is served in time.

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

/// Some have waited without a pause for as long as this: that is no burst which passes.
const BURST: Duration = Duration::from_millis(100);
/// Nobody had to wait for as long as this: then the next who does begins another burst.
const PAUSE: Duration = Duration::from_millis(100);

/// What a process takes at a time.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Requests that run.
    pub running: NonZero<u32>,
    /// Requests that wait in a burst. While more come than can be served for longer than that, half as many wait as run.
    pub waiting: u32,
    /// How long one waits at most.
    pub patience: Duration,
}

impl Default for QueueLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let running = u32::try_from(cores + cores.div_ceil(2)).unwrap_or(u32::MAX);
        Self {
            running: NonZero::new(running).unwrap_or(NonZero::<u32>::MIN),
            waiting: running.saturating_mul(4),
            patience: Duration::from_secs(1),
        }
    }
}

/// The requests of this process. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    limits: QueueLimits,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    busy: Arc<Mutex<Busy>>,
}

/// A time in which all turns were taken whenever somebody came.
#[derive(Clone, Copy, Debug)]
struct Busy {
    since: Instant,
    last: Instant,
}

impl Busy {
    /// Somebody comes and finds all turns taken. Is it so for longer than a burst?
    fn again(&mut self, now: Instant) -> bool {
        if now.duration_since(self.last) > PAUSE {
            self.since = now;
        }
        self.last = now;
        now.duration_since(self.since) > BURST
    }
}

/// A request's turn, until it is dropped.
pub struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// There are too many before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overloaded;

impl Queue {
    /// Nobody waits yet.
    pub fn new(limits: QueueLimits) -> Self {
        let now = Instant::now();
        Self {
            limits,
            running: Arc::new(Semaphore::new(limits.running.get() as usize)),
            waiting: Arc::new(Semaphore::new(limits.waiting as usize)),
            busy: Arc::new(Mutex::new(Busy {
                since: now,
                last: now,
            })),
        }
    }

    /// Would a request that comes now be refused?
    pub fn is_full(&self) -> bool {
        self.running.available_permits() == 0 && self.length() >= self.room()
    }

    /// How many wait.
    pub fn length(&self) -> usize {
        self.limits.waiting as usize - self.waiting.available_permits()
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn, Overloaded> {
        if let Ok(turn) = self.running.clone().try_acquire_owned() {
            return Ok(Turn(turn));
        }
        if self.length() >= self.room() {
            return Err(Overloaded);
        }
        let _place = self.waiting.try_acquire().map_err(|_| Overloaded)?;
        let _queued = meters::queued();
        let turn = self.running.clone().acquire_owned();
        match time::timeout(self.limits.patience, turn).await {
            Ok(Ok(turn)) => Ok(Turn(turn)),
            // The time is over; or the semaphore is closed, which nobody does.
            Ok(Err(_)) | Err(_) => Err(Overloaded),
        }
    }

    /// How many may wait, now that all turns are taken.
    fn room(&self) -> usize {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let most = self.limits.waiting;
        let few = (self.limits.running.get() / 2).clamp(1, most.max(1));
        match busy.again(Instant::now()) {
            true => few as usize,
            false => most as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(running: u32, waiting: u32, patience: Duration) -> Queue {
        Queue::new(QueueLimits {
            running: NonZero::new(running).unwrap(),
            waiting,
            patience,
        })
    }

    #[tokio::test]
    async fn so_many_run_so_many_wait_and_others_are_refused_at_once() {
        let queue = queue(1, 1, Duration::from_secs(60));
        let first = queue.turn().await.ok();
        assert!(first.is_some() && !queue.is_full());
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.turn().await.map(drop) }
        });
        while queue.length() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(queue.is_full());
        assert_eq!(queue.turn().await.map(drop), Err(Overloaded));
        drop(first);
        assert_eq!(waiting.await.unwrap(), Ok(()));
        assert_eq!((queue.length(), queue.is_full()), (0, false));
    }

    #[test]
    fn a_burst_is_told_from_what_goes_on() {
        let begun = Instant::now();
        let mut busy = Busy {
            since: begun,
            last: begun,
        };
        for (milliseconds, longer) in [
            (0, false),
            (90, false),
            (100, false),
            (101, true),
            (201, true),
            // Another one.
            (302, false),
            (402, false),
            (403, true),
        ] {
            let now = begun + Duration::from_millis(milliseconds);
            assert_eq!(busy.again(now), longer, "{milliseconds} ms");
        }
    }

    #[tokio::test]
    async fn who_waited_long_enough_is_refused() {
        let queue = queue(1, 1, Duration::from_millis(10));
        let _first = queue.turn().await.ok();
        assert_eq!(queue.turn().await.map(drop), Err(Overloaded));
        assert_eq!(queue.length(), 0);
    }
}
