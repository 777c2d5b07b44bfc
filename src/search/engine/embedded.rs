//! Meilisearch's HTTP API answered in this process by Meilisearch's own engine (`milli`), on a folder.
//!
//! A request goes `routes` → the module of its subject → an [`Answer`](request::Answer) with the status and body a
//! server would give. Reading routes look at the index at once, in an LMDB snapshot, and wait for nobody. Writing
//! routes put a task into the queue of `tasks` and answer with its number; one thread (`writer`) applies the
//! tasks in order and in one transaction each, so that what a task wrote is seen when it has succeeded.
//!
//! What a server keeps and this engine does not: tasks over a restart (their numbers begin at 0 in each process),
//! keys and tenants (the process is the only caller), embedders, dumps and snapshots (the index can be rebuilt).

mod documents;
mod error;
mod facets;
mod format;
mod indexes;
mod indexing;
mod json;
mod multi_search;
mod payload;
mod query;
mod request;
mod routes;
mod search;
mod settings;
mod store;
mod task_routes;
mod tasks;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use futures::io::{AsyncRead, AsyncReadExt as _};
use meilisearch_sdk::errors::Error as SdkError;
use meilisearch_sdk::request::{Method, parse_response};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::error::ApiError;
use self::request::{Answer, Request, Verb};
use self::store::Store;
use self::tasks::Tasks;
use super::EngineError;

/// The engine in this process.
#[derive(Clone)]
pub struct Embedded {
    running: Arc<Running>,
}

/// The engine with its writer, which ends with it.
struct Running {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

/// What requests and the writer share.
struct Shared {
    store: Store,
    tasks: Tasks,
}

impl Embedded {
    pub(super) fn open(folder: &Path) -> Result<Self, EngineError> {
        let shared = Arc::new(Shared {
            store: Store::open(folder)?,
            tasks: Tasks::new(),
        });
        let failed = |source| EngineError::Folder {
            folder: folder.to_owned(),
            source,
        };
        let writer = writer::start(Arc::clone(&shared)).map_err(failed)?;
        Ok(Self {
            running: Arc::new(Running {
                shared,
                writer: Some(writer),
            }),
        })
    }

    pub(super) async fn stream_request<Query, Body, Output>(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, SdkError>
    where
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    {
        let verb = Verb::from(&method);
        let address = format!("{url}{}", yaup::to_string(method.query())?);
        let address = Url::parse(&address).map_err(|error| SdkError::Other(Box::new(error)))?;
        let mut body = Vec::new();
        let has_body = method.body().is_some();
        if let Some(reader) = method.into_body() {
            std::pin::pin!(reader)
                .read_to_end(&mut body)
                .await
                .map_err(|error| SdkError::Other(Box::new(error)))?;
        }
        let request = Request::new(verb, &address, has_body.then_some(content_type), body);
        let answer = self.answer(request).await;
        let text = answer
            .body
            .map_or_else(|| "null".to_owned(), |body| body.to_string());
        parse_response(answer.status, expected_status_code, &text, url.to_owned())
    }

    /// Answers off the asynchronous threads: a search computes, and reads pages that may have to come from the disk.
    async fn answer(&self, request: Request) -> Answer {
        let shared = Arc::clone(&self.running.shared);
        let answered = tokio::task::spawn_blocking(move || {
            catch_unwind(AssertUnwindSafe(|| routes::route(&shared, &request)))
                .unwrap_or_else(|_| ApiError::internal("a request panicked").into())
        });
        answered
            .await
            .unwrap_or_else(|error| ApiError::internal(error).into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.tasks.stop();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the embedded search engine panicked");
        }
    }
}
