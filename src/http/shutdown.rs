//! Graceful shutdown of the HTTP API: running requests finish, new requests are refused.

use std::sync::Arc;

use axum::{Extension, Router};
use tokio::sync::watch;

/// Counts the running requests and knows whether the process is shutting down. Cheap to clone.
#[derive(Clone)]
pub struct ShutdownGate(Arc<State>);

struct State {
    draining: watch::Sender<bool>,
    in_flight: watch::Sender<usize>,
}

/// A running request; it is counted until this value is dropped.
pub struct InFlightRequest(ShutdownGate);

impl Default for ShutdownGate {
    fn default() -> Self {
        Self(Arc::new(State {
            draining: watch::Sender::new(false),
            in_flight: watch::Sender::new(0),
        }))
    }
}

impl ShutdownGate {
    /// Adds the gate to the requests of `router`.
    pub fn attach_to(&self, router: Router) -> Router {
        router.layer(Extension(self.clone()))
    }

    /// Refuses new requests from now on; returns when all running requests are answered.
    pub async fn drain(&self) {
        self.0.draining.send_replace(true);
        let mut in_flight = self.0.in_flight.subscribe();
        // An error would mean that the sender is dropped, but `self` holds it.
        let _ = in_flight.wait_for(|in_flight| *in_flight == 0).await;
    }

    /// Returns whether new requests are refused.
    pub fn is_draining(&self) -> bool {
        *self.0.draining.borrow()
    }

    /// Counts a request. The caller checks [`Self::is_draining`] afterwards, so that
    /// [`Self::drain`] waits for every request that passed the check.
    pub(super) fn enter(&self) -> InFlightRequest {
        self.0.in_flight.send_modify(|in_flight| *in_flight += 1);
        InFlightRequest(self.clone())
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        let in_flight = &self.0.0.in_flight;
        in_flight.send_modify(|in_flight| *in_flight = in_flight.saturating_sub(1));
    }
}
