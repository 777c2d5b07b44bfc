//! The sample marketplace: 60 fictional procurements in five languages, in every phase.
//!
//! `marketplace/*.json` holds their history, in the format of [`model`]. [`fill`] replays it
//! through the use cases that clients call, each step on its day and by its person. Every rule
//! applies, and the timestamps, audit rows and receipts are those of the history.

mod cast;
mod documents;
mod journey;
pub mod model;
mod player;
mod steps;
mod store;
mod tenders;
#[cfg(test)]
mod tests;

pub use journey::Journey;
pub use model::Marketplace;

use torg::{
    database::Database,
    document::Files,
    kernel::refusal::Failure,
    tender::{
        opener::Opener,
        procurement_key::{self, FREE_KEYS},
        sealing::SealingKey,
    },
};

/// Numbers of the objects in a filled marketplace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub organisations: usize,
    pub people: usize,
    pub procurements: usize,
    pub notices: usize,
    pub dialogues: usize,
    pub questions: usize,
    pub answers: usize,
    pub tenders: usize,
    pub awards: usize,
    /// The objects that a demonstration uses.
    pub journey: Journey,
}

/// Reason why the marketplace cannot be filled or found.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The database is already filled.
    #[error("the sample marketplace is in this database already; nothing was changed")]
    Present,
    /// An earlier filling was interrupted.
    #[error(
        "an earlier filling of the sample marketplace was interrupted; start over with an empty database (`torg demo --fresh`)"
    )]
    Unfinished,
    /// A file of the marketplace cannot be read.
    #[error("the sample's {file} is malformed: {source}")]
    Malformed {
        /// The file's name.
        file: String,
        /// The parser's error, with line and column.
        source: serde_json::Error,
    },
    /// A key refers to an object that does not exist.
    #[error("the sample has no {kind} `{key}`")]
    Missing {
        /// Type of the object.
        kind: &'static str,
        /// The key.
        key: String,
    },
    /// An organisation is refused.
    #[error("the sample's organisation `{organisation}`: {reason}")]
    Organisation {
        /// The organisation's key.
        organisation: String,
        /// The refusals.
        reason: String,
    },
    /// A step is refused or fails.
    #[error("the sample's procurement `{procurement}`, {step}: {reason}")]
    Step {
        /// The procurement's key.
        procurement: String,
        /// The step, by number, verb, person and day.
        step: String,
        /// The refusals, or the failure.
        reason: String,
    },
    /// The database fails.
    #[error("the sample marketplace could not be stored: {0}")]
    Database(#[from] sqlx::Error),
}

impl SampleError {
    fn missing(kind: &'static str, key: &str) -> Self {
        Self::Missing {
            kind,
            key: key.to_owned(),
        }
    }
}

impl From<SampleError> for Failure {
    fn from(error: SampleError) -> Self {
        Self::unexpected(error)
    }
}

/// Fills a migrated database with the sample marketplace. `issuer` is the issuer of the people's
/// tokens, whose subjects are their keys (`anna`, `oskar`, `sara`, `carl`, `maja`, …).
///
/// Day 0 is the last full hour. The jobs that the steps enqueue stay in the queue for the worker.
pub async fn fill(
    database: &Database,
    files: &Files,
    sealing: &SealingKey,
    opener: &Opener,
    issuer: &str,
) -> Result<Summary, SampleError> {
    let marketplace = Marketplace::embedded()?;
    play(database, files, sealing, opener, issuer, &marketplace).await
}

/// Fills a migrated database with `marketplace`, which must have the procurements of the
/// [`Journey`].
pub async fn play(
    database: &Database,
    files: &Files,
    sealing: &SealingKey,
    opener: &Opener,
    issuer: &str,
    marketplace: &Marketplace,
) -> Result<Summary, SampleError> {
    if journey(database).await?.is_some() {
        return Err(SampleError::Present);
    }
    procurement_key::top_up(&database.pool, opener.key().as_ref(), FREE_KEYS)
        .await
        .map_err(|error| SampleError::Step {
            procurement: "all".into(),
            step: "the keys of their tenders".into(),
            reason: error.to_string(),
        })?;
    let mut player =
        player::Player::begin(database, files, sealing, opener, issuer, marketplace).await?;
    player.play_all().await?;
    let summary = player.summary()?;
    store::finish(&database.pool, &summary.journey).await?;
    Ok(summary)
}

/// Returns the objects that a demonstration uses, or `None` when the database is not filled.
pub async fn journey(database: &Database) -> Result<Option<Journey>, SampleError> {
    match store::journey(&database.pool).await? {
        None => Ok(None),
        Some(None) => Err(SampleError::Unfinished),
        Some(Some(journey)) => Ok(Some(journey)),
    }
}
