//! The process's end, for those who are being served: what runs is finished, what comes is refused.

use std::sync::Arc;

use axum::{Extension, Router};
use tokio::sync::watch;

/// Knows who is inside, and whether it closes. Cheap to clone.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    closing: watch::Sender<bool>,
    inside: watch::Sender<usize>,
}

/// A request that is being served, until dropped.
pub struct Inside(Door);

impl Default for Door {
    fn default() -> Self {
        Self(Arc::new(Inner {
            closing: watch::Sender::new(false),
            inside: watch::Sender::new(0),
        }))
    }
}

impl Door {
    /// Requests to this router go through it.
    pub fn before(&self, router: Router) -> Router {
        router.layer(Extension(self.clone()))
    }

    /// Refuses what comes from now on; done when all that is inside is answered.
    pub async fn close(&self) {
        self.0.closing.send_replace(true);
        let mut inside = self.0.inside.subscribe();
        // An error would mean that the sender is gone, which this holds.
        let _ = inside.wait_for(|inside| *inside == 0).await;
    }

    /// Is what comes refused?
    pub fn is_closing(&self) -> bool {
        *self.0.closing.borrow()
    }

    /// A request comes in. It looks only then whether the door closes, so that none slips through unseen.
    pub(super) fn enter(&self) -> Inside {
        self.0.inside.send_modify(|inside| *inside += 1);
        Inside(self.clone())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let inside = &self.0.0.inside;
        inside.send_modify(|inside| *inside = inside.saturating_sub(1));
    }
}
