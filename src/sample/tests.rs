//! Tests of the sample marketplace in a database.

mod history;
mod refusals;

use tempfile::TempDir;
use test_database::{Schema, TestDatabase};
use torg::{
    chain::{ChainKey, PublicKeys},
    database::{
        Database,
        migrations::{MIGRATIONS, migrate},
        quota::Quotas,
    },
    document::{Files, Limits},
    kernel::{clock::Clock, ids::ProcurementId},
    procurement::{self, store::Procurement},
    tender::{
        opener::Opener,
        sealing::{OpeningKey, SealingKey},
    },
};

use crate::sample::{self, SampleError, Summary};

const ISSUER: &str = "https://issuer.example";

/// A database for one test, and the keys that seal and open its tenders.
struct Stage {
    /// Removes the database when dropped.
    _kept: TestDatabase,
    database: Database,
    opener: Opener,
    sealing: SealingKey,
    /// Folder of the documents, removed when dropped.
    _folder: TempDir,
    files: Files,
}

impl Stage {
    async fn new() -> Self {
        let schema = Schema {
            migrations: &MIGRATIONS,
            migrate: |pool| Box::pin(async move { migrate(&pool).await.unwrap() }),
        };
        let kept = test_database::database(&schema).await;
        let opening = OpeningKey::generate();
        let chain_key = ChainKey::generate();
        let folder = tempfile::tempdir().unwrap();
        Self {
            database: Database {
                pool: kept.pool.clone(),
                clock: Clock::default(),
                quotas: Quotas::default(),
                chain_key: Some(chain_key.clone()),
            },
            sealing: opening.recipient().parse().unwrap(),
            opener: Opener::new(opening, PublicKeys::default().with(&chain_key.public())),
            files: Files::in_folder(folder.path(), Limits::of_size(1 << 20)).unwrap(),
            _folder: folder,
            _kept: kept,
        }
    }

    async fn fill(&self) -> Result<Summary, SampleError> {
        sample::fill(
            &self.database,
            &self.files,
            &self.sealing,
            &self.opener,
            ISSUER,
        )
        .await
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
