//! A migrated database for each test.

use test_database::Schema;
pub use test_database::TestDatabase;
use torg::database::migrations::{MIGRATIONS, migrate};

/// Creates a database with Torg's schema.
pub async fn database() -> TestDatabase {
    let schema = Schema {
        migrations: &MIGRATIONS,
        migrate: |pool| Box::pin(async move { migrate(&pool).await.unwrap() }),
    };
    test_database::database(&schema).await
}
