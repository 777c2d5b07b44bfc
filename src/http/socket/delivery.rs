//! The delivery of one subscription: a task of its own, which computes a response only when the
//! client has received the previous one of its socket, when the client's rate limit allows another
//! event, and when the server has a permit.
//!
//! The task is necessary: a session that waits for a slow client polls none of its subscriptions,
//! and one that holds a permit meanwhile would keep others waiting.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Response;
use async_trait::async_trait;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time,
};

use crate::{
    graphql::live::{Turn, Turns},
    http::{AppState, rate_limit::RateLimitKey},
    telemetry::request_record,
};

/// The right of a socket to compute one response; it is returned when the response was sent.
pub type Demand = OwnedSemaphorePermit;

/// A response, and the demand that it was computed for. A response that is not an event has none.
pub type Delivered = (Response, Option<Demand>);

/// The turns of one subscription.
pub struct Deliveries {
    state: Arc<AppState>,
    key: RateLimitKey,
    /// The demand of the socket.
    demand: Arc<Semaphore>,
    taken: Mutex<Option<Demand>>,
}

impl Deliveries {
    /// Returns the turns of a subscription of this client, on a socket with this demand.
    pub fn new(state: Arc<AppState>, key: RateLimitKey, demand: Arc<Semaphore>) -> Arc<Self> {
        Arc::new(Self {
            state,
            key,
            demand,
            taken: Mutex::default(),
        })
    }

    fn take(&self) -> Option<Demand> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.take()
    }
}

#[async_trait]
impl Turns for Deliveries {
    async fn until_wanted(&self) {
        // The demand of an event that the subscriber could not see.
        drop(self.take());
        // The semaphore is never closed.
        let demand = self.demand.clone().acquire_owned().await.ok();
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = demand;
        let Some(events) = &self.state.events else {
            return;
        };
        while let Err(quota) = events.count(self.key) {
            time::sleep(quota.wait()).await;
        }
    }

    async fn turn(&self) -> Option<Turn> {
        let permit = self.state.queue.admit_event(self.key).await.ok()?;
        Some(Box::new(permit))
    }
}

/// Runs the responses of a subscription in a task; returns what it delivers. The task ends when the
/// returned stream is dropped.
pub fn run(
    responses: impl stream::Stream<Item = Response> + Send + 'static,
    deliveries: Arc<Deliveries>,
) -> BoxStream<'static, Delivered> {
    let (sender, mut receiver) = mpsc::channel(1);
    tokio::spawn(request_record::in_current_record(async move {
        let forward = async {
            let mut responses = std::pin::pin!(responses);
            while let Some(response) = responses.next().await {
                let delivered = (response, deliveries.take());
                if sender.send(delivered).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = forward => {}
            () = sender.closed() => {}
        }
    }));
    stream::poll_fn(move |context| receiver.poll_recv(context)).boxed()
}
