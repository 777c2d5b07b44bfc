//! The migrations of the database's schema, and of the job queue's schema.

use graphile_worker::WorkerUtils;
use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

use super::JOB_SCHEMA;

/// The migrations in `migrations/`, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Reason why a schema could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A migration of `migrations/` failed, or differs from the one that the database applied.
    #[error("cannot migrate the database: {0}")]
    Schema(MigrateError),
    /// Migrations are missing, and the database's role may not apply them.
    #[error(
        "the database lacks migrations, and this role may not apply them; run `torg migrate` with \
         the DATABASE_URL of the role that owns the database"
    )]
    NotOwner,
    /// A migration of the job queue failed.
    #[error("cannot migrate the job queue's schema: {0}")]
    Jobs(String),
}

/// Creates or updates the schema: first the job queue's, which Torg's migrations may use, then
/// Torg's.
///
/// A second call changes nothing, and needs no right except to read: a serving role does not own
/// the tables. When several processes call it at the same time, one migrates and the others wait.
/// Later migrations may be applied already, by a newer version.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrationError> {
    WorkerUtils::new(pool.clone(), JOB_SCHEMA)
        .migrate()
        .await
        .map_err(|error| MigrationError::Jobs(error.to_string()))?;
    let up_to_date = is_up_to_date(pool).await;
    if up_to_date.map_err(|error| MigrationError::Schema(error.into()))? {
        return Ok(());
    }
    MIGRATIONS.run(pool).await.map_err(|error| match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)
            if has_code(&cause, INSUFFICIENT_PRIVILEGE) =>
        {
            MigrationError::NotOwner
        }
        error => MigrationError::Schema(error),
    })
}

/// SQLSTATE "undefined table".
const UNDEFINED_TABLE: &str = "42P01";
/// SQLSTATE "insufficient privilege".
const INSUFFICIENT_PRIVILEGE: &str = "42501";

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().as_deref() == Some(code))
}

/// Returns whether all migrations of this program are applied, with the same content. Later
/// migrations may be applied too, by a newer version that runs at the same time.
pub async fn is_up_to_date(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let applied = sqlx::query_as("select version, checksum from _sqlx_migrations where success");
    let applied: Vec<(i64, Vec<u8>)> = match applied.fetch_all(pool).await {
        Err(error) if has_code(&error, UNDEFINED_TABLE) => return Ok(false),
        applied => applied?,
    };
    Ok(MIGRATIONS.iter().all(|migration| {
        let mut applied = applied.iter();
        applied.any(|(version, checksum)| {
            *version == migration.version && *checksum == *migration.checksum
        })
    }))
}
