//! Requests to a Meilisearch server: the SDK's own client with timeouts, which it does not have.

use std::future::Future;
use std::time::Duration;

use futures::io::AsyncRead;
use meilisearch_sdk::errors::{Error as SdkError, MeilisearchCommunicationError};
use meilisearch_sdk::request::{HttpClient, Method};
use meilisearch_sdk::reqwest::ReqwestClient;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::EngineError;

/// Timeout of a request, including the connection. Searches and task look-ups take milliseconds, so
/// a server that needs longer is not available.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout of an upload of documents, which may use a slow connection.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// A Meilisearch server.
#[derive(Clone)]
pub struct Server {
    host: String,
    client: ReqwestClient,
}

impl Server {
    pub(super) fn new(url: &str, key: Option<&str>) -> Result<Self, EngineError> {
        let refuse = |reason: String| EngineError::Address {
            url: url.to_owned(),
            reason,
        };
        let parsed = Url::parse(url).map_err(|error| refuse(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(refuse(format!(
                "`{}` is neither http nor https",
                parsed.scheme()
            )));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(refuse("it has a query or a fragment".to_owned()));
        }
        // The SDK panics on a key that is no header value.
        if key.is_some_and(|key| HeaderValue::from_str(&format!("Bearer {key}")).is_err()) {
            return Err(EngineError::Key);
        }
        let client =
            ReqwestClient::new(key).map_err(|error| EngineError::Client(error.to_string()))?;
        Ok(Self {
            host: parsed.as_str().trim_end_matches('/').to_owned(),
            client,
        })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
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
        let limit = if url.ends_with("/documents") && method.body().is_some() {
            UPLOAD_TIMEOUT
        } else {
            REQUEST_TIMEOUT
        };
        within(
            limit,
            url,
            self.client
                .stream_request(url, method, content_type, expected_status_code),
        )
        .await
    }
}

/// Returns the answer, or the error of a gateway (504) when it does not arrive within `limit`.
async fn within<T>(
    limit: Duration,
    url: &str,
    answer: impl Future<Output = Result<T, SdkError>>,
) -> Result<T, SdkError> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(SdkError::MeilisearchCommunication(
            MeilisearchCommunicationError {
                status_code: 504,
                message: Some(format!("no answer within {} s", limit.as_secs())),
                url: url.to_owned(),
            },
        )),
    }
}
