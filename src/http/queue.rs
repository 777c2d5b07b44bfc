//! How many requests run at a time, and how many may wait for their turn. Beyond that they are refused at once: a queue
//! that grows makes everyone wait, and then nobody is served in time.

use std::{num::NonZero, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};

use crate::telemetry::meters;

/// What a process takes at a time.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Requests that run.
    pub running: NonZero<u32>,
    /// Requests that wait.
    pub waiting: u32,
    /// How long one waits at most.
    pub patience: Duration,
}

impl Default for QueueLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let running = u32::try_from(cores * 4).unwrap_or(u32::MAX);
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
}

/// A request's turn, until it is dropped.
pub struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// There are too many before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overloaded;

impl Queue {
    /// Nobody waits yet.
    pub fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            running: Arc::new(Semaphore::new(limits.running.get() as usize)),
            waiting: Arc::new(Semaphore::new(limits.waiting as usize)),
        }
    }

    /// Would a request that came now be refused?
    pub fn is_full(&self) -> bool {
        self.waiting.available_permits() == 0 && self.running.available_permits() == 0
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
        let _place = self.waiting.try_acquire().map_err(|_| Overloaded)?;
        let _queued = meters::queued();
        let turn = self.running.clone().acquire_owned();
        match time::timeout(self.limits.patience, turn).await {
            Ok(Ok(turn)) => Ok(Turn(turn)),
            // The time is over; or the semaphore is closed, which nobody does.
            Ok(Err(_)) | Err(_) => Err(Overloaded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(running: u32, waiting: u32) -> Queue {
        Queue::new(QueueLimits {
            running: NonZero::new(running).unwrap(),
            waiting,
            patience: Duration::from_millis(10),
        })
    }

    #[tokio::test]
    async fn so_many_run_so_many_wait_and_others_are_refused_at_once() {
        let queue = queue(1, 1);
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

    #[tokio::test]
    async fn who_waited_long_enough_is_refused() {
        let queue = queue(1, 1);
        let _first = queue.turn().await.ok();
        assert_eq!(queue.turn().await.map(drop), Err(Overloaded));
        assert_eq!(queue.length(), 0);
    }
}
