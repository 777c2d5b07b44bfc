//! A stand-in for a Meilisearch server that holds documents back, for interleavings that no real
//! engine produces on demand.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

/// The server. It accepts documents of all indexes and forgets settings.
pub struct FakeSearch {
    pub address: String,
    state: Arc<Documents>,
}

struct Documents {
    received: AtomicUsize,
    accepted: Mutex<Vec<Value>>,
    held: watch::Sender<bool>,
}

impl FakeSearch {
    pub async fn start() -> Self {
        let state = Arc::new(Documents {
            received: AtomicUsize::new(0),
            accepted: Mutex::default(),
            held: watch::Sender::new(false),
        });
        let router = Router::new()
            .route("/indexes/{index}/documents", post(add))
            .route("/tasks/{task}", get(async || Json(task())))
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state }
    }

    /// Makes documents wait for [`Self::release`] before they are accepted.
    pub fn hold(&self) {
        self.state.held.send_replace(true);
    }

    /// Accepts the documents that wait, and later ones.
    pub fn release(&self) {
        self.state.held.send_replace(false);
    }

    /// Returns the number of requests with documents, accepted or not.
    pub fn received(&self) -> usize {
        self.state.received.load(Ordering::SeqCst)
    }

    /// Returns the accepted documents in their order.
    pub fn accepted(&self) -> Vec<Value> {
        let accepted = self.state.accepted.lock();
        accepted.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn add(
    State(state): State<Arc<Documents>>,
    Json(documents): Json<Vec<Value>>,
) -> (StatusCode, Json<Value>) {
    state.received.fetch_add(1, Ordering::SeqCst);
    let mut held = state.held.subscribe();
    held.wait_for(|held| !held).await.unwrap();
    let mut accepted = state
        .accepted
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    accepted.extend(documents);
    (StatusCode::ACCEPTED, Json(task()))
}

/// Returns a task that has succeeded.
fn task() -> Value {
    let at = "2026-11-01T08:00:00Z";
    json!({
        "uid": 1, "taskUid": 1, "indexUid": "procurements", "status": "succeeded",
        "type": "documentAdditionOrUpdate", "enqueuedAt": at, "startedAt": at, "finishedAt": at,
        "duration": "PT1S", "error": null, "canceledBy": null,
        "details": { "receivedDocuments": 1, "indexedDocuments": 1 },
    })
}
