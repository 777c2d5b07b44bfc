//! The sample marketplace, played into a database.

mod history;
mod refusals;

use torg::{
    database::Database,
    kernel::{clock::Clock, ids::ProcurementId},
    procurement::{self, store::Procurement},
    sample::{self, SampleError, Summary},
    tender::sealing::{OpeningKey, SealingKey},
};

use crate::support::postgres::{TestDatabase, database};

const ISSUER: &str = "https://issuer.example";

/// A database of its own and the keys to fill it with.
struct Stage {
    /// Removes the database when dropped.
    _kept: TestDatabase,
    database: Database,
    opening: OpeningKey,
    sealing: SealingKey,
}

impl Stage {
    async fn new() -> Self {
        let kept = database().await;
        let opening = OpeningKey::generate();
        Self {
            database: Database {
                pool: kept.pool.clone(),
                clock: Clock::default(),
            },
            sealing: opening.recipient().parse().unwrap(),
            opening,
            _kept: kept,
        }
    }

    async fn fill(&self) -> Result<Summary, SampleError> {
        sample::fill(&self.database, &self.sealing, &self.opening, ISSUER).await
    }

    async fn procurements(&self) -> Vec<Procurement> {
        let ids: Vec<ProcurementId> = sqlx::query_scalar("select id from procurement order by id")
            .fetch_all(&self.database.pool)
            .await
            .unwrap();
        procurement::store::by_ids(&self.database.pool, &ids)
            .await
            .unwrap()
    }
}
