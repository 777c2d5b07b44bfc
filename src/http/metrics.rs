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

use super::{
    Sockets,
    health::{self, HealthSources},
};
use crate::{
    jobs::{self, store::TaskQueue},
    telemetry::prometheus,
    tender::heartbeat,
};

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
    /// What the health checks of this address ask.
    pub health: HealthSources,
}

/// Returns the route `/metrics`, in Prometheus' text format, and the health checks: workers and
/// openers serve no other address.
pub fn metrics_router(sources: MetricsSources) -> Router {
    let health = health::router(sources.health.clone());
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(Arc::new(sources))
        .merge(health)
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
        set_job_gauges(&queue);
    }
    if let Ok(Ok(overdue)) = timeout(TIMEOUT, heartbeat::overdue(&sources.queue)).await {
        gauge!("torg_openings_overdue").set(overdue as f64);
    }
    let media = [(header::CONTENT_TYPE, prometheus::MEDIA_TYPE)];
    (media, prometheus::render()).into_response()
}

/// Sets the gauges of the job queue. A task without jobs gets zeros.
fn set_job_gauges(queue: &[TaskQueue]) {
    let empty = jobs::TASKS.into_iter().filter(|task| {
        let mut tasks = queue.iter().map(|found| &found.task);
        tasks.all(|found| found != task)
    });
    for task in empty {
        set_task_gauges(task, [0; 4]);
    }
    for task in queue {
        let numbers = [task.waiting, task.scheduled, task.taken, task.failed];
        set_task_gauges(&task.task, numbers);
    }
    let oldest = queue.iter().map(|task| task.oldest);
    gauge!("torg_jobs_oldest_seconds").set(oldest.fold(0.0, f64::max));
}

fn set_task_gauges(task: &str, numbers: [i64; 4]) {
    let states = ["waiting", "scheduled", "taken", "failed"];
    for (state, jobs) in states.into_iter().zip(numbers) {
        gauge!("torg_jobs", "task" => task.to_owned(), "state" => state).set(jobs as f64);
    }
}
