//! `GET /metrics`, served on a separate address so that it is not public.

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

/// The longest time to read the state of the job queue.
const TIMEOUT: Duration = Duration::from_secs(1);

/// What is measured at each request for the metrics.
pub struct MetricsSources {
    /// The database connection pools, by name.
    pub pools: Vec<(&'static str, PgPool)>,
    /// A pool to read the job queue with.
    pub queue: PgPool,
    /// The open WebSockets; `None` in a process that serves none.
    pub sockets: Option<Sockets>,
}

/// Returns the route `/metrics`, in Prometheus' text format.
pub fn metrics_router(sources: MetricsSources) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(Arc::new(sources))
}

async fn metrics(State(sources): State<Arc<MetricsSources>>) -> Response {
    for (name, pool) in &sources.pools {
        let (size, idle) = (f64::from(pool.size()), pool.num_idle() as f64);
        let state = |state: &'static str| gauge!("torg_database_connections", "pool" => *name, "state" => state);
        state("idle").set(idle);
        state("used").set((size - idle).max(0.0));
        let limit = f64::from(pool.options().get_max_connections());
        gauge!("torg_database_connections_limit", "pool" => *name).set(limit);
    }
    if let Some(sockets) = &sources.sockets {
        gauge!("torg_sockets").set(sockets.open() as f64);
    }
    // When the database does not answer, the gauges keep their last values.
    if let Ok(Ok(queue)) = timeout(TIMEOUT, jobs::store::queue(&sources.queue)).await {
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
