//! The migrations of the database's schema, and of the job queue's schema.

use graphile_worker::WorkerUtils;
use sqlx::PgPool;
use sqlx::migrate::Migrator;

use super::JOB_SCHEMA;

/// The migrations in `migrations/`, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Reason why a schema could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A migration of `migrations/` failed, or differs from the one that the database applied.
    #[error("cannot migrate the database: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// A migration of the job queue failed.
    #[error("cannot migrate the job queue's schema: {0}")]
    Jobs(String),
}

/// Creates or updates the schema: first the job queue's, which Torg's migrations may use, then
/// Torg's.
///
/// A second call changes nothing. When several processes call it at the same time, one migrates and
/// the others wait.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrationError> {
    WorkerUtils::new(pool.clone(), JOB_SCHEMA)
        .migrate()
        .await
        .map_err(|error| MigrationError::Jobs(error.to_string()))?;
    MIGRATIONS.run(pool).await?;
    Ok(())
}

/// Returns whether all migrations of this program are applied. Later migrations may be applied too,
/// by a newer version that runs at the same time.
pub async fn is_up_to_date(pool: &PgPool) -> Result<bool, sqlx::Error> {
    /// SQLSTATE "undefined table".
    const UNDEFINED_TABLE: &str = "42P01";
    let applied = sqlx::query_scalar("select version from _sqlx_migrations where success");
    let applied: Vec<i64> = match applied.fetch_all(pool).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_TABLE) => {
            return Ok(false);
        }
        versions => versions?,
    };
    Ok(MIGRATIONS
        .iter()
        .all(|migration| applied.contains(&migration.version)))
}
