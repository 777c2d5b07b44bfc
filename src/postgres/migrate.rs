//! Bringing a database's schema up to date.

use graphile_worker::WorkerUtils;
use sqlx::PgPool;
use sqlx::migrate::Migrator;

use crate::database::JOB_SCHEMA;

/// The changes of `migrations/`, in order.
pub static MIGRATIONS: Migrator = sqlx::migrate!();

/// Why a schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A change of ours failed, or the database was made by another version of them.
    #[error("cannot migrate the database: {0}")]
    Ours(#[from] sqlx::migrate::MigrateError),
    /// A change of the job queue failed.
    #[error("cannot migrate the job queue's schema: {0}")]
    Jobs(String),
}

/// Makes or updates the schema: the job queue's first, since our changes may use it, then ours.
///
/// Running it again changes nothing; of several processes that run it at once, one does the work.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrationError> {
    WorkerUtils::new(pool.clone(), JOB_SCHEMA)
        .migrate()
        .await
        .map_err(|error| MigrationError::Jobs(error.to_string()))?;
    MIGRATIONS.run(pool).await?;
    Ok(())
}

/// Are all changes of this program's made? Later ones may be, too: a newer version of it runs beside this one.
pub async fn is_up_to_date(pool: &PgPool) -> Result<bool, sqlx::Error> {
    /// There is no such table (SQLSTATE).
    const UNDEFINED_TABLE: &str = "42P01";
    let made = sqlx::query_scalar("select version from _sqlx_migrations where success");
    let made: Vec<i64> = match made.fetch_all(pool).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_TABLE) => {
            return Ok(false);
        }
        made => made?,
    };
    Ok(MIGRATIONS.iter().all(|ours| made.contains(&ours.version)))
}
