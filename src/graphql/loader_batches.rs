//! Batches of loads, so that one SQL statement answers all keys that one level of a query asks for.
//!
//! A `DataLoader` collects keys until its load is polled. By default it waits for a fixed delay,
//! and on a busy machine a key that arrives after the delay causes another statement. Here a batch
//! starts when the request can only wait and the batch before has finished. It loads all keys
//! collected so far, without any timer.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures::{
    future::{BoxFuture, FutureExt},
    stream::{FuturesUnordered, StreamExt},
};

type Load = BoxFuture<'static, ()>;

/// Loads of one request that wait for the next batch. Cheap to clone.
#[derive(Clone, Default)]
pub struct LoaderBatches(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Whether `drive` runs the batches.
    driven: AtomicBool,
    waiting: Mutex<Vec<Load>>,
}

impl LoaderBatches {
    /// Adds a load to the next batch. This is the spawner of the request's `DataLoader`.
    ///
    /// Spawns the load at once when `drive` does not run, which is the case for the events of a
    /// subscription.
    pub fn add(&self, load: Load) {
        if self.0.driven.load(Ordering::Acquire) {
            self.waiting().push(load);
        } else {
            tokio::spawn(load);
        }
    }

    /// Runs `work` to completion, and the loads that it waits for in batches.
    pub async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.driven.store(true, Ordering::Release);
        let mut work = pin!(work);
        let mut batch = FuturesUnordered::new();
        poll_fn(|context| {
            loop {
                let notice = Arc::new(WakeNotice::new(context.waker()));
                let waker = Waker::from(notice.clone());
                if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(done);
                }
                match batch.poll_next_unpin(context) {
                    // The finished load has woken `work`.
                    Poll::Ready(Some(())) => {}
                    Poll::Pending => return Poll::Pending,
                    // `work` only yielded; the runtime polls again at once.
                    Poll::Ready(None) if notice.woken() => return Poll::Pending,
                    Poll::Ready(None) => {
                        let waiting = std::mem::take(&mut *self.waiting());
                        if waiting.is_empty() {
                            return Poll::Pending;
                        }
                        // A load takes its keys at its first poll. All loads are polled once before
                        // `work` continues, so that no result lets it add keys to this batch.
                        let started = waiting.into_iter().filter_map(|mut load| {
                            load.poll_unpin(context).is_pending().then_some(load)
                        });
                        batch.extend(started);
                    }
                }
            }
        })
        .await
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Load>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waker of the request that records whether it was called.
struct WakeNotice {
    woken: AtomicBool,
    request: Waker,
}

impl WakeNotice {
    fn new(request: &Waker) -> Self {
        Self {
            woken: AtomicBool::new(false),
            request: request.clone(),
        }
    }

    fn woken(&self) -> bool {
        self.woken.load(Ordering::Acquire)
    }
}

impl Wake for WakeNotice {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.request.wake_by_ref();
    }
}

#[cfg(test)]
mod tests;
