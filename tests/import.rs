//! Import of notices from files.

mod again;
mod forms;
mod mapped;
mod merged;
mod real;
mod refused;
mod together;

use std::path::PathBuf;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use torg::{
    database::{Database, quota::Quotas},
    interop::import::{ImportError, Options, Summary, import},
    kernel::clock::Clock,
};

use crate::support::{
    folder::folder,
    postgres::{TestDatabase, database},
};

/// Database of a test with a folder for files.
struct Market {
    /// Guard that removes the database on drop.
    _kept: TestDatabase,
    database: Database,
    folder: TempDir,
}

impl Market {
    async fn new() -> Self {
        let kept = database().await;
        Self {
            database: Database {
                pool: kept.pool.clone(),
                clock: Clock::default(),
                quotas: Quotas::default(),
                chain_key: None,
            },
            folder: folder(),
            _kept: kept,
        }
    }

    /// Writes a file.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Imports a file. Returns the summary and the messages, with file names instead of paths.
    async fn import(&self, name: &str, text: &str) -> (Summary, String) {
        let file = self.file(name, text);
        self.import_files(&[file], Options::default())
            .await
            .unwrap()
    }

    async fn import_files(
        &self,
        files: &[PathBuf],
        options: Options,
    ) -> Result<(Summary, String), ImportError> {
        let mut messages = Vec::new();
        let summary = import(&self.database, files, options, &mut messages).await?;
        let told = summary.notices + summary.unchanged + summary.without_effect + summary.refused;
        assert_eq!(summary.rows, told, "every row has one fate: {summary:?}");
        let folder = format!("{}/", self.folder.path().display());
        let messages = String::from_utf8(messages).unwrap().replace(&folder, "");
        Ok((summary, messages))
    }

    /// Returns number, release and phase of a procurement's notices, in order.
    async fn notices(&self, ocid: &str) -> Vec<(i32, String, String)> {
        sqlx::query_as(
            "select n.number, n.release_id, n.phase from notice n
             join procurement p on p.id = n.procurement_id where p.ocid = $1 order by n.number",
        )
        .bind(ocid)
        .fetch_all(&self.database.pool)
        .await
        .unwrap()
    }

    /// Returns the title of the notice in force and the phase of the procurement.
    async fn in_force(&self, ocid: &str) -> (String, String) {
        sqlx::query_as(
            "select n.content->'title'->>'en', p.phase from procurement p join notice n on n.id = p.notice_id
             where p.ocid = $1",
        )
        .bind(ocid)
        .fetch_one(&self.database.pool)
        .await
        .unwrap()
    }

    async fn count(&self, what: &'static str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {what}")))
            .fetch_one(&self.database.pool)
            .await
            .unwrap()
    }

    /// Returns all rows that an import writes.
    async fn everything(&self) -> Vec<Vec<String>> {
        let mut tables = Vec::new();
        for table in [
            "organisation",
            "procurement",
            "notice",
            "lot",
            "dialogue",
            "imported_release",
            "imported_process",
            "audit",
            "graphile_worker._private_jobs",
        ] {
            let statement = format!("select t::text from {table} t order by 1");
            let rows = sqlx::query_scalar(AssertSqlSafe(statement));
            tables.push(rows.fetch_all(&self.database.pool).await.unwrap());
        }
        tables
    }
}

/// Returns a release of a tender with one lot; its title is its ID.
fn release(ocid: &str, id: &str, date: &str) -> Value {
    json!({
        "ocid": ocid, "id": id, "date": date, "tag": ["tender"], "language": "en",
        "buyer": { "id": "1", "name": "Town of Byford" },
        "parties": [{
            "id": "1", "name": "Town of Byford", "roles": ["buyer"],
            "identifier": { "scheme": "GB-COH", "id": "00000001" },
            "address": { "countryName": "GB" }
        }],
        "tender": {
            "title": id, "status": "active",
            "tenderPeriod": { "endDate": "2045-01-01T12:00:00Z" },
            "lots": [{ "id": "1", "title": "All of it" }]
        }
    })
}

fn lines(releases: &[Value]) -> String {
    releases
        .iter()
        .map(|release| format!("{release}\n"))
        .collect()
}
