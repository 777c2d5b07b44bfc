//! Requests for work on the indexes. A command that cannot open the search engine, because a
//! running process uses the embedded one, enqueues a job, and that process does the work.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::{sync::watch, time::sleep};
use uuid::Uuid;

use super::{
    SearchClient, SearchError,
    report::IndexReport,
    store::requests::{self as store, RequestRow},
};
use crate::{
    database::{self, Database, Job},
    kernel::refusal::Fallible,
};

pub use store::pending_index_jobs;

/// Time between two writes of the progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Work on all indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Builds the indexes again from the database.
    Rebuild,
    /// Compares the indexes with the database.
    Check,
    /// Compares them and writes the documents that differ.
    Repair,
}

impl Work {
    const ALL: [Self; 3] = [Self::Rebuild, Self::Check, Self::Repair];

    fn as_str(self) -> &'static str {
        match self {
            Self::Rebuild => "REBUILD",
            Self::Check => "CHECK",
            Self::Repair => "REPAIR",
        }
    }

    /// Does the work in this process. `progress` receives lines for the operator.
    pub async fn run(
        self,
        client: &SearchClient,
        database: &Database,
        mut progress: impl FnMut(String),
    ) -> Result<Vec<IndexReport>, SearchError> {
        match self {
            Self::Rebuild => super::rebuild(client, &database.pool, &mut progress).await,
            Self::Check => super::check(client, database, false, &mut progress).await,
            Self::Repair => super::check(client, database, true, &mut progress).await,
        }
    }
}

/// Does the work of a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct MaintainIndexes {
    /// The request.
    pub request: Uuid,
}

impl Job for MaintainIndexes {
    const IDENTIFIER: &'static str = "maintain_indexes";
}

/// State of a request.
#[derive(Debug)]
pub enum RequestState {
    /// No process has taken it.
    Waiting,
    /// A process does it.
    Running {
        /// What has been done so far.
        progress: Option<String>,
        /// Why the last attempt failed; the process tries again.
        error: Option<String>,
    },
    /// It is done.
    Done(Vec<IndexReport>),
}

/// Asks the process with the search engine for work; returns the ID of the request.
pub async fn request(database: &Database, work: Work) -> Fallible<Uuid> {
    let id = Uuid::now_v7();
    let mut transaction = crate::database::begin(&database.pool).await?;
    store::insert(&mut transaction, id, work.as_str()).await?;
    let job = MaintainIndexes { request: id };
    database::enqueue(&mut transaction, database, &job).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Returns the state of a request.
pub async fn state(pool: &PgPool, id: Uuid) -> Result<RequestState, sqlx::Error> {
    let row = store::state(pool, id).await?;
    let RequestRow {
        started,
        progress,
        error,
        result,
    } = row.ok_or(sqlx::Error::RowNotFound)?;
    let reports = result.map(serde_json::from_value).transpose();
    Ok(
        match reports.map_err(|error| sqlx::Error::Decode(error.into()))? {
            Some(reports) => RequestState::Done(reports),
            None if started => RequestState::Running { progress, error },
            None => RequestState::Waiting,
        },
    )
}

/// Cancels a request; returns whether no process had taken it.
pub async fn cancel(pool: &PgPool, id: Uuid) -> Result<bool, sqlx::Error> {
    store::cancel(pool, id).await
}

/// Does the work of a request, and stores its progress and its result. A failure is stored too, and
/// returned, so that the job is retried.
pub async fn run(client: &SearchClient, database: &Database, id: Uuid) -> Result<(), SearchError> {
    let pool = &database.pool;
    let Some(name) = store::start(pool, id).await? else {
        return Ok(());
    };
    let known = Work::ALL.into_iter().find(|work| work.as_str() == name);
    let work = known.ok_or_else(|| SearchError::Task(format!("unknown work {name}")))?;
    let (done, doing) = watch::channel(String::new());
    let result = tokio::select! {
        result = work.run(client, database, |line| { done.send_replace(line); }) => result,
        never = store_progress(pool, id, doing) => never,
    };
    let stored = result.and_then(|reports| {
        serde_json::to_value(reports).map_err(|error| SearchError::Task(error.to_string()))
    });
    match stored {
        Ok(result) => Ok(store::finish(pool, id, &result).await?),
        Err(error) => {
            store::fail(pool, id, &error.to_string()).await?;
            Err(error)
        }
    }
}

/// Stores each new progress, at most once a second. Returns only on an error of the database.
async fn store_progress<T>(
    pool: &PgPool,
    id: Uuid,
    mut doing: watch::Receiver<String>,
) -> Result<T, SearchError> {
    while doing.changed().await.is_ok() {
        let line = doing.borrow_and_update().clone();
        store::progress(pool, id, &line).await?;
        sleep(PROGRESS_INTERVAL).await;
    }
    std::future::pending().await
}
