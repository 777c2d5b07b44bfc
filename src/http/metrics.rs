//! `GET /metrics`, on an address of its own: what a process is doing is nobody else's business.

use std::{sync::Arc, time::Duration};

use ::metrics::gauge;
use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use sqlx::PgPool;
use tokio::time::timeout;

use super::Sockets;
use crate::{jobs, telemetry::prometheus};

/// How long the database may take to tell of its queue.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is looked at whenever metrics are asked for.
pub struct Measured {
    /// The pools of connections, with a name each.
    pub pools: Vec<(&'static str, PgPool)>,
    /// Where the job queue is.
    pub queue: PgPool,
    /// Those that are open, where there are any.
    pub sockets: Option<Sockets>,
}

/// `/metrics`, in Prometheus' text format.
pub fn metrics_router(measured: Measured) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(Arc::new(measured))
}

async fn metrics(State(measured): State<Arc<Measured>>) -> Response {
    for (name, pool) in &measured.pools {
        let (size, idle) = (f64::from(pool.size()), pool.num_idle() as f64);
        let state = |state: &'static str| gauge!("torg_database_connections", "pool" => *name, "state" => state);
        state("idle").set(idle);
        state("used").set((size - idle).max(0.0));
        let limit = f64::from(pool.options().get_max_connections());
        gauge!("torg_database_connections_limit", "pool" => *name).set(limit);
    }
    if let Some(sockets) = &measured.sockets {
        gauge!("torg_sockets").set(sockets.open() as f64);
    }
    // What the queue is like is left as it was known last when the database does not answer.
    if let Ok(Ok(queue)) = timeout(PATIENCE, jobs::store::queue(&measured.queue)).await {
        for (state, jobs) in [
            ("waiting", queue.waiting),
            ("scheduled", queue.scheduled),
            ("taken", queue.taken),
            ("failed", queue.failed),
        ] {
            gauge!("torg_jobs", "state" => state).set(jobs as f64);
        }
        gauge!("torg_jobs_oldest_seconds").set(queue.oldest);
    }
    let media = [(header::CONTENT_TYPE, prometheus::MEDIA_TYPE)];
    (media, prometheus::render()).into_response()
}
