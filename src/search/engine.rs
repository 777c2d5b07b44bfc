//! The search engine behind the Meilisearch SDK: a Meilisearch server, or the same engine inside this process.
//!
//! Torg speaks Meilisearch's HTTP API through [`SearchClient`] and nothing else. [`Engine`] is what carries the
//! requests: [`Engine::server`] sends them to a server, [`Engine::embedded`] answers them in-process (feature
//! `embedded-search`) on a folder. Both give the same answers; the conformance tests hold them to it.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use torg::search::engine::{Engine, client};
//!
//! let search = client(Engine::embedded(std::path::Path::new("data/search"))?);
//! let task = search.create_index("procurements", Some("id")).await?;
//! task.wait_for_completion(&search, None, None).await?;
//! # Ok(())
//! # }
//! ```

use std::path::{Path, PathBuf};
use std::time::Instant;

use async_trait::async_trait;
use futures::io::AsyncRead;
use meilisearch_sdk::errors::Error as SdkError;
use meilisearch_sdk::request::{HttpClient, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::telemetry::meters::{self, SearchRequest};
use crate::telemetry::traces;

#[cfg(feature = "embedded-search")]
mod embedded;
mod server;

/// The client that all of Torg searches and indexes through.
pub type SearchClient = meilisearch_sdk::client::Client<Engine>;

/// Address the SDK builds its URLs on when no server is there; it is never resolved.
const EMBEDDED_HOST: &str = "http://embedded.invalid";

/// What answers the SDK's requests. Cloning it is cheap, and the clones share one engine.
#[derive(Clone)]
pub enum Engine {
    /// A Meilisearch server.
    Server(server::Server),
    /// The engine in this process.
    #[cfg(feature = "embedded-search")]
    Embedded(embedded::Embedded),
}

/// Why an engine cannot be opened. Each names its cause and the mend, on one line.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The address is no URL a client could use.
    #[error(
        "MEILI_URL `{url}` cannot be used: {reason}; give an address such as http://127.0.0.1:7700"
    )]
    Address {
        /// The address as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key cannot be sent as a header.
    #[error(
        "MEILI_KEY cannot be used: it holds characters that are not allowed in an HTTP header; give the key as Meilisearch printed it"
    )]
    Key,
    /// The client could not be made.
    #[error("the search client cannot be made: {0}")]
    Client(String),
    /// The folder cannot be made, read or written.
    #[error("search folder {}: {source}; make it readable and writable for this user, or name another", folder.display())]
    Folder {
        /// The engine's folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has the folder open.
    #[error("search folder {} is in use by another process; stop that one, or name another folder", folder.display())]
    InUse {
        /// The engine's folder.
        folder: PathBuf,
    },
    /// The folder holds something else, or its data is damaged.
    #[error("search folder {} cannot be used: {reason}; delete it and run `torg reindex`", folder.display())]
    Damaged {
        /// The engine's folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Engine {
    /// An engine that sends requests to the Meilisearch server at `url` (no path, as `http://127.0.0.1:7700`),
    /// with `key` as its bearer key. Nothing is sent yet.
    ///
    /// # Errors
    /// [`EngineError::Address`] or [`EngineError::Key`] when they cannot be used.
    pub fn server(url: &str, key: Option<&str>) -> Result<Engine, EngineError> {
        server::Server::new(url, key).map(Engine::Server)
    }

    /// An engine in this process that keeps its indexes in `folder`, which is made if it is not there.
    /// One process at a time may have it open. The engine's writer ends when the last clone is dropped;
    /// tasks that have not been applied by then are forgotten.
    ///
    /// # Errors
    /// [`EngineError::Folder`], [`EngineError::InUse`] or [`EngineError::Damaged`].
    #[cfg(feature = "embedded-search")]
    pub fn embedded(folder: &Path) -> Result<Engine, EngineError> {
        embedded::Embedded::open(folder).map(Engine::Embedded)
    }
}

/// The SDK's client over `engine`.
pub fn client(engine: Engine) -> SearchClient {
    let host = match &engine {
        Engine::Server(server) => server.host().to_owned(),
        #[cfg(feature = "embedded-search")]
        Engine::Embedded(_) => EMBEDDED_HOST.to_owned(),
    };
    SearchClient::new_with_client(host, None::<String>, engine)
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
        let (begun, request) = (Instant::now(), SearchRequest::of(url));
        let answer = async {
            match self {
                Engine::Server(server) => {
                    server
                        .stream_request(url, method, content_type, expected_status_code)
                        .await
                }
                #[cfg(feature = "embedded-search")]
                Engine::Embedded(embedded) => {
                    embedded
                        .stream_request(url, method, content_type, expected_status_code)
                        .await
                }
            }
        };
        let answer = traces::search(request.as_str(), answer).await;
        meters::searched(request, answer.is_ok(), begun.elapsed());
        answer
    }

    fn is_tokio(&self) -> bool {
        true
    }
}
