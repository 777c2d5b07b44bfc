//! Full-text search with Meilisearch: documents, settings and queries. The code is the same for
//! both engines, the server and the embedded one.

pub mod cursor;
pub mod document;
pub mod engine;
pub mod facets;
pub mod filter;
pub mod highlight;
pub mod index;
mod public_questions;
pub mod query;
pub mod questions;
mod readable;
pub mod settings;
pub mod store;
pub mod words;

pub use engine::SearchClient;
pub use facets::{Facet, FacetQuery};
pub use filter::Filter;
pub use query::{Query, Results, Sort, Wanted, search};
pub use readable::remove_unreadable;

/// Prepares all indexes; creates and fills missing ones.
pub async fn prepare(client: &SearchClient, pool: &sqlx::PgPool) -> Result<(), SearchError> {
    index::prepare(client, pool).await?;
    questions::prepare(client, pool).await
}

/// Name of the index of procurements.
pub const INDEX: &str = "procurements";

/// Error of a search or of indexing. Its message is for the log.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The engine refused the request or is unreachable.
    #[error("search engine: {0}")]
    Engine(#[from] meilisearch_sdk::errors::Error),
    /// A task of the engine failed after the engine accepted it.
    #[error("search task failed: {0}")]
    Task(String),
    /// The database failed while documents were loaded.
    #[error("search cannot read the database: {0}")]
    Database(#[from] sqlx::Error),
}
