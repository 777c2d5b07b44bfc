//! When the loaders of a request load: in rounds, so that one statement answers all that a level of a query asks for.
//!
//! A loader gathers keys until it is polled. Left to itself it would wait for a time, and what a busy machine asks for
//! a moment later would make another statement. Here a round begins when the request has nothing left to do but wait,
//! and the round before is over: what was asked for until then is loaded at once, and nothing waits for a clock.

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

/// The loads of one request that wait for their round. Cheap to clone.
#[derive(Clone, Default)]
pub struct Rounds(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Does anything begin the rounds?
    driven: AtomicBool,
    waiting: Mutex<Vec<Load>>,
}

impl Rounds {
    /// Notes a load for the next round, or begins it where there are none (the events of a subscription are not driven).
    /// The spawner of the request's `DataLoader`.
    pub fn add(&self, load: Load) {
        if self.0.driven.load(Ordering::Acquire) {
            self.waiting().push(load);
        } else {
            tokio::spawn(load);
        }
    }

    /// Drives `work` to its end, and in rounds the loads that it waits for.
    pub async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.driven.store(true, Ordering::Release);
        let mut work = pin!(work);
        let mut round = FuturesUnordered::new();
        poll_fn(|context| {
            loop {
                let noticing = Arc::new(Noticing::new(context.waker()));
                let waker = Waker::from(noticing.clone());
                if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(done);
                }
                match round.poll_next_unpin(context) {
                    // What was loaded has woken the work.
                    Poll::Ready(Some(())) => {}
                    Poll::Pending => return Poll::Pending,
                    // It has only yielded and can go on; the runtime will be back at once.
                    Poll::Ready(None) if noticing.woken() => return Poll::Pending,
                    Poll::Ready(None) => {
                        let waiting = std::mem::take(&mut *self.waiting());
                        if waiting.is_empty() {
                            return Poll::Pending;
                        }
                        // A loader takes its keys when it is first polled: all do, before what one of them has loaded
                        // at once lets the work ask for more.
                        let begun = waiting.into_iter().filter_map(|mut load| {
                            load.poll_unpin(context).is_pending().then_some(load)
                        });
                        round.extend(begun);
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

/// Wakes the request, and remembers that it did.
struct Noticing {
    woken: AtomicBool,
    request: Waker,
}

impl Noticing {
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

impl Wake for Noticing {
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
