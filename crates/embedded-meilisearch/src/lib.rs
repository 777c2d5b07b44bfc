//! Meilisearch's HTTP API answered in this process by Meilisearch's own engine (`milli`), on a
//! folder.
//!
//! [`Engine`] implements the SDK's [`HttpClient`], so a program uses the same
//! `meilisearch_sdk::client::Client` for this engine and for a server.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use embedded_meilisearch::{Engine, client};
//!
//! let search = client(Engine::open(std::path::Path::new("data/search"))?);
//! let task = search.create_index("books", Some("id")).await?;
//! task.wait_for_completion(&search, None, None).await?;
//! # Ok(())
//! # }
//! ```
//!
//! `routes` passes a request to the module of its subject, which returns an
//! [`Answer`](request::Answer) with the status and body that a server would send. Routes that read
//! look at the index at once, in an LMDB snapshot, and never wait for a writer. Routes that write
//! put a task into the queue of `tasks` and answer with the task's number. One thread (`writer`)
//! applies the tasks in order, each in one transaction, so the changes of a task are visible once
//! it has succeeded.
//!
//! In contrast to a server, this engine has no keys or tenants (the process is the only caller), no
//! embedders, no dumps and no snapshots. It forgets tasks at a restart: their numbers begin at 0 in
//! each process.

mod documents;
mod error;
mod facet_search;
mod facets;
mod filter;
mod format;
mod indexes;
mod indexing;
mod json;
mod multi_search;
mod open_error;
mod payload;
mod query;
mod request;
mod routes;
mod search;
mod settings;
mod store;
mod task_routes;
mod tasks;
mod uid;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use futures::io::{AsyncRead, AsyncReadExt as _};
use meilisearch_sdk::client::Client;
use meilisearch_sdk::errors::Error as SdkError;
use meilisearch_sdk::request::{HttpClient, Method, parse_response};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::open_error::OpenError;

use self::error::ApiError;
use self::request::{Answer, Request, Verb};
use self::store::Store;
use self::tasks::Tasks;

/// Base address for the SDK's URLs. It is never resolved.
pub const HOST: &str = "http://embedded.invalid";

/// Returns the SDK's client for `engine`.
pub fn client(engine: Engine) -> Client<Engine> {
    Client::new_with_client(HOST, None::<String>, engine)
}

/// A search engine in this process. Clones are cheap and share one engine.
#[derive(Clone)]
pub struct Engine {
    running: Arc<RunningEngine>,
}

/// The engine and its writer thread, which stops when this is dropped.
struct RunningEngine {
    state: Arc<EngineState>,
    writer: Option<JoinHandle<()>>,
}

/// State that the requests and the writer thread share.
struct EngineState {
    store: Store,
    tasks: Tasks,
}

impl Engine {
    /// Opens the engine on `folder`, which is created if it does not exist. Only one process at a
    /// time can have the folder open. When the last clone is dropped, the writer stops; tasks that
    /// are still in the queue are lost.
    ///
    /// # Errors
    /// Every [`OpenError`].
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let state = Arc::new(EngineState {
            store: Store::open(folder)?,
            tasks: Tasks::new(),
        });
        let failed = |source| OpenError::Folder {
            folder: folder.to_owned(),
            source,
        };
        let writer = writer::start(Arc::clone(&state)).map_err(failed)?;
        Ok(Self {
            running: Arc::new(RunningEngine {
                state,
                writer: Some(writer),
            }),
        })
    }

    /// Answers on a thread for blocking work: a search computes, and may read pages from the disk.
    async fn answer(&self, request: Request) -> Answer {
        let state = Arc::clone(&self.running.state);
        let answered = tokio::task::spawn_blocking(move || {
            catch_unwind(AssertUnwindSafe(|| routes::route(&state, &request)))
                .unwrap_or_else(|_| ApiError::internal("a request panicked").into())
        });
        answered
            .await
            .unwrap_or_else(|error| ApiError::internal(error).into())
    }
}

#[async_trait]
impl HttpClient for Engine {
    async fn stream_request<
        Query: Serialize + Send + Sync,
        Body: AsyncRead + Send + Sync + 'static,
        Output: DeserializeOwned + 'static,
    >(
        &self,
        url: &str,
        method: Method<Query, Body>,
        content_type: &str,
        expected_status_code: u16,
    ) -> Result<Output, SdkError> {
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

    fn is_tokio(&self) -> bool {
        true
    }
}

impl Drop for RunningEngine {
    fn drop(&mut self) {
        self.state.tasks.stop();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer of the embedded search engine panicked");
        }
    }
}
