//! Full-text search with Meilisearch: documents, settings and queries. The code is the same for
//! both engines, the server and the embedded one.

pub mod cursor;
pub mod document;
pub mod engine;
pub mod facets;
pub mod filter;
pub mod highlight;
pub mod index;
pub mod lease;
mod maintenance;
mod public_questions;
pub mod query;
pub mod questions;
mod readable;
pub mod report;
pub mod requests;
pub mod settings;
pub mod store;
pub mod words;

pub use engine::SearchClient;
pub use facets::{Facet, FacetQuery};
pub use filter::Filter;
pub use query::{Query, Results, Sort, Wanted, search};
pub use readable::remove_unreadable;

use std::collections::BTreeMap;

use sqlx::PgPool;

use crate::database::Database;
use index::Procurements;
use questions::Questions;
use report::IndexReport;

/// Prepares all indexes: applies settings, creates and fills missing indexes.
pub async fn prepare(client: &SearchClient, pool: &PgPool) -> Result<(), SearchError> {
    maintenance::rebuild::prepare::<Procurements>(client, pool).await?;
    maintenance::rebuild::prepare::<Questions>(client, pool).await
}

/// Returns whether all indexes exist with their current settings. Changes nothing.
pub async fn settings_are_current(client: &SearchClient) -> Result<bool, SearchError> {
    Ok(maintenance::is_current::<Procurements>(client).await?
        && maintenance::is_current::<Questions>(client).await?)
}

/// Builds all indexes again from the database; searches are available all the time, and no change
/// that is committed meanwhile is missing afterwards. `progress` receives lines for the operator.
pub async fn rebuild(
    client: &SearchClient,
    pool: &PgPool,
    mut progress: impl FnMut(String),
) -> Result<Vec<IndexReport>, SearchError> {
    let report = |name, documents| IndexReport::new(name, documents, &BTreeMap::new());
    let procurements = maintenance::rebuild::rebuild::<Procurements>(client, pool, |count| {
        progress(format!("{count} procurements"));
    });
    let procurements = report(INDEX, procurements.await?);
    let questions = maintenance::rebuild::rebuild::<Questions>(client, pool, |count| {
        progress(format!("{count} questions"));
    });
    let questions = report(questions::INDEX, questions.await?);
    Ok(vec![procurements, questions])
}

/// Compares all indexes with the database; with `repair` it writes or removes the documents that
/// differ. `progress` receives lines for the operator.
pub async fn check(
    client: &SearchClient,
    database: &Database,
    repair: bool,
    mut progress: impl FnMut(String),
) -> Result<Vec<IndexReport>, SearchError> {
    let procurements =
        maintenance::check::check::<Procurements>(client, database, repair, |count| {
            progress(format!("{count} procurements compared"));
        });
    let procurements = procurements.await?;
    let questions = maintenance::check::check::<Questions>(client, database, repair, |count| {
        progress(format!("{count} questions compared"));
    });
    Ok(vec![procurements, questions.await?])
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
    /// A rebuild lost its locks, so a change that was committed meanwhile may be missing.
    #[error(
        "the database connection of the rebuild was lost, so the index may lack recent changes; \
         run `torg reindex` again"
    )]
    Interrupted,
}
