//! The sample marketplace: some sixty fictional procurements in five languages, in every phase.
//!
//! `marketplace/*.json` tells their history ([`model`] is its format); [`fill`] plays it through the very use cases
//! that clients meet, each step on its day and by its person, so that no rule is gone around and every timestamp,
//! audit row and receipt is as if it had happened.

mod cast;
mod journey;
pub mod model;
mod player;
mod steps;
mod store;
#[cfg(test)]
mod tests;

pub use journey::Journey;
pub use model::Marketplace;

use torg::{
    database::Database,
    kernel::refusal::Failure,
    tender::sealing::{OpeningKey, SealingKey},
};

/// What was played.
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
    /// Where a demonstration leads.
    pub journey: Journey,
}

/// Why the marketplace could not be played or found.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// It was played before.
    #[error("the sample marketplace is in this database already; nothing was changed")]
    Present,
    /// An earlier try did not come to its end.
    #[error(
        "an earlier filling of the sample marketplace was interrupted; start over with an empty database (`torg demo --fresh`)"
    )]
    Unfinished,
    /// A file of the marketplace cannot be read.
    #[error("the sample's {file} is malformed: {source}")]
    Malformed {
        /// The file's name.
        file: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// A key names nothing.
    #[error("the sample has no {kind} `{key}`")]
    Missing {
        /// What kind of thing.
        kind: &'static str,
        /// The key.
        key: String,
    },
    /// An organisation says something that would be refused.
    #[error("the sample's organisation `{organisation}`: {reason}")]
    Organisation {
        /// The organisation's key.
        organisation: String,
        /// The refusals.
        reason: String,
    },
    /// A step was refused or failed.
    #[error("the sample's procurement `{procurement}`, {step}: {reason}")]
    Step {
        /// The procurement's key.
        procurement: String,
        /// Which step.
        step: String,
        /// The refusals, or what failed.
        reason: String,
    },
    /// The database failed.
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

/// Fills a migrated database with the sample marketplace. `issuer` is that of the people's tokens, whose subjects
/// are their keys (`anna`, `oskar`, `sara`, `carl`, `maja`, …).
///
/// Day 0 is the last full hour. The jobs that the steps enqueue stay in the queue, whose schema has to be there,
/// for the worker.
pub async fn fill(
    database: &Database,
    sealing: &SealingKey,
    opening: &OpeningKey,
    issuer: &str,
) -> Result<Summary, SampleError> {
    let marketplace = Marketplace::embedded()?;
    play(database, sealing, opening, issuer, &marketplace).await
}

/// Plays any marketplace that has the journey's procurements.
pub async fn play(
    database: &Database,
    sealing: &SealingKey,
    opening: &OpeningKey,
    issuer: &str,
    marketplace: &Marketplace,
) -> Result<Summary, SampleError> {
    if journey(database).await?.is_some() {
        return Err(SampleError::Present);
    }
    let mut player = player::Player::begin(database, sealing, opening, issuer, marketplace).await?;
    player.play_all().await?;
    let summary = player.summary()?;
    store::finish(&database.pool, &summary.journey).await?;
    Ok(summary)
}

/// Where a demonstration leads, in a database that was filled; `None` in one that was not.
pub async fn journey(database: &Database) -> Result<Option<Journey>, SampleError> {
    match store::journey(&database.pool).await? {
        None => Ok(None),
        Some(None) => Err(SampleError::Unfinished),
        Some(Some(journey)) => Ok(Some(journey)),
    }
}
