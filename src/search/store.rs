//! The SQL of rebuilding the index.

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

use crate::kernel::ids::ProcurementId;

/// The next published procurements by ID.
pub async fn published_after(
    pool: &PgPool,
    after: Uuid,
    limit: i64,
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ProcurementId" from procurement
           where id > $1 and notice_id is not null order by id limit $2"#,
        after,
        limit,
    )
    .fetch_all(pool)
    .await
}

/// The published procurements that were changed, or had a dialogue opened, since a time.
pub async fn changed_since(
    pool: &PgPool,
    since: DateTime<Utc>,
) -> Result<Vec<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ProcurementId" from procurement
           where notice_id is not null and (updated_at >= $1
              or exists (select 1 from dialogue where procurement_id = procurement.id and opens_at >= $1))"#,
        since,
    )
    .fetch_all(pool)
    .await
}

/// The database's clock.
pub async fn now(pool: &PgPool) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(pool)
        .await
}
