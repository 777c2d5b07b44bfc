//! The search engine behind the Meilisearch SDK: a Meilisearch server, or its engine in this
//! process.
//!
//! Torg uses search only through Meilisearch's HTTP API, with [`SearchClient`]. [`Engine`] carries
//! the requests: [`Engine::server`] sends them to a server, [`Engine::embedded`] answers them in
//! this process (feature `embedded-search`) on a folder. The conformance tests of the crate
//! `embedded-meilisearch` check that both give the same answers.
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

#[cfg(feature = "embedded-search")]
use std::path::Path;
use std::time::Instant;

use async_trait::async_trait;
#[cfg(feature = "embedded-search")]
use embedded_meilisearch::OpenError;
use futures::io::AsyncRead;
use meilisearch_sdk::errors::Error as SdkError;
use meilisearch_sdk::request::{HttpClient, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::telemetry::meters::{self, SearchRequest};
use crate::telemetry::traces;

mod server;

/// The client for all searches and all indexing.
pub type SearchClient = meilisearch_sdk::client::Client<Engine>;

/// The engine that answers the SDK's requests. Clones are cheap and share one engine.
#[derive(Clone)]
pub enum Engine {
    /// A Meilisearch server.
    Server(server::Server),
    /// The engine in this process.
    #[cfg(feature = "embedded-search")]
    Embedded(embedded_meilisearch::Engine),
}

/// Reason why an engine cannot be opened. Each message is one line with the cause and the fix.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The address is not a URL that a client can use.
    #[error(
        "MEILI_URL `{url}` cannot be used: {reason}; give an address such as http://127.0.0.1:7700"
    )]
    Address {
        /// The address as given.
        url: String,
        /// Reason of the refusal.
        reason: String,
    },
    /// The key cannot be sent as a header.
    #[error(
        "MEILI_KEY cannot be used: it holds characters that are not allowed in an HTTP header; give the key as Meilisearch printed it"
    )]
    Key,
    /// The HTTP client cannot be created.
    #[error("the search client cannot be created: {0}")]
    Client(String),
    /// The folder of the embedded engine cannot be opened.
    #[cfg(feature = "embedded-search")]
    #[error("{0}{command}", command = rebuild_command(.0))]
    Folder(#[from] OpenError),
    /// This build has no embedded engine.
    #[cfg(not(feature = "embedded-search"))]
    #[error("this build has no embedded search; set MEILI_URL to a Meilisearch server")]
    NotBuiltIn,
}

impl EngineError {
    /// Returns whether another process has the folder of the embedded engine open.
    pub fn is_in_use(&self) -> bool {
        match self {
            #[cfg(feature = "embedded-search")]
            Self::Folder(OpenError::InUse { .. }) => true,
            _ => false,
        }
    }
}

/// Returns the command that rebuilds the indexes, where the fix is to rebuild them.
#[cfg(feature = "embedded-search")]
fn rebuild_command(error: &OpenError) -> &'static str {
    match error {
        OpenError::Damaged { .. } => " with `torg reindex`",
        OpenError::Folder { .. } | OpenError::InUse { .. } => "",
    }
}

impl Engine {
    /// Returns an engine that sends requests to the Meilisearch server at `url` (without a path,
    /// such as `http://127.0.0.1:7700`), with `key` as its bearer key. It does not connect yet.
    ///
    /// # Errors
    /// [`EngineError::Address`] or [`EngineError::Key`] when they cannot be used.
    pub fn server(url: &str, key: Option<&str>) -> Result<Engine, EngineError> {
        server::Server::new(url, key).map(Engine::Server)
    }

    /// Opens an engine in this process that keeps its indexes in `folder`, which is created if it
    /// does not exist.
    ///
    /// # Errors
    /// [`EngineError::Folder`].
    #[cfg(feature = "embedded-search")]
    pub fn embedded(folder: &Path) -> Result<Engine, EngineError> {
        Ok(Engine::Embedded(embedded_meilisearch::Engine::open(
            folder,
        )?))
    }
}

/// Returns the SDK's client for `engine`.
pub fn client(engine: Engine) -> SearchClient {
    let host = match &engine {
        Engine::Server(server) => server.host().to_owned(),
        #[cfg(feature = "embedded-search")]
        Engine::Embedded(_) => embedded_meilisearch::HOST.to_owned(),
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

#[cfg(all(test, feature = "embedded-search"))]
mod tests {
    use std::fs;

    use super::Engine;

    #[test]
    fn a_damaged_folder_is_refused_with_the_command_that_fixes_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("catalogue.json"), "{").unwrap();
        let refusal = Engine::embedded(folder.path()).err().unwrap().to_string();
        assert!(
            refusal.ends_with("; delete it and rebuild the indexes with `torg reindex`"),
            "{refusal}"
        );
    }
}
