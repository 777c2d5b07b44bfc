//! Full-text search through Meilisearch: what is indexed, how it is asked. One code path for both engines.

pub mod document;
pub mod engine;
pub mod index;
pub mod query;
pub mod questions;
pub mod settings;
pub mod store;

pub use engine::SearchClient;
pub use query::{Facet, Filter, Query, Results, Sort, search};

/// Prepares all indexes: makes and fills those that are not there.
pub async fn prepare(client: &SearchClient, pool: &sqlx::PgPool) -> Result<(), SearchError> {
    index::prepare(client, pool).await?;
    questions::prepare(client, pool).await
}

/// The index that answers searches.
pub const INDEX: &str = "procurements";

/// Searching or indexing did not work. The text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The engine refused or could not be reached.
    #[error("search engine: {0}")]
    Engine(#[from] meilisearch_sdk::errors::Error),
    /// The engine took the documents or settings and then failed on them.
    #[error("search task failed: {0}")]
    Task(String),
    /// What was to be indexed could not be read.
    #[error("search could not read the database: {0}")]
    Database(#[from] sqlx::Error),
}
