//! The SQL of the procurements' key pairs.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::kernel::ids::ProcurementId;

/// Returns the public key of a procurement, if it has one.
pub async fn of_procurement(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select recipient from procurement_key where procurement_id = $1",
        procurement as ProcurementId,
    )
    .fetch_optional(connection)
    .await
}

/// Assigns a free key that is wrapped for this opener; the caller has locked the procurement's row.
/// `None` if no key is free, or if another procurement took the chosen one meanwhile.
pub async fn assign(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    opener: &str,
    at: DateTime<Utc>,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into procurement_key (procurement_id, recipient, assigned_at)
         select $1, k.recipient, $3 from sealing_key k
         where k.opener = $2 and not exists (select 1 from procurement_key p where p.recipient = k.recipient)
         order by random() limit 1
         on conflict do nothing returning recipient",
        procurement as ProcurementId,
        opener,
        at,
    )
    .fetch_optional(connection)
    .await
}

/// Returns the number of free keys that are wrapped for this opener.
pub async fn free(pool: &PgPool, opener: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from sealing_key k
           where k.opener = $1 and not exists (select 1 from procurement_key p where p.recipient = k.recipient)"#,
        opener,
    )
    .fetch_one(pool)
    .await
}

/// Inserts keys: the public keys, and the private keys wrapped for this opener.
pub async fn insert(
    pool: &PgPool,
    opener: &str,
    recipients: &[String],
    wrapped: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sealing_key (recipient, opener, wrapped)
         select recipient, $1, wrapped from unnest($2::text[], $3::bytea[]) as made (recipient, wrapped)",
        opener,
        recipients,
        wrapped,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Returns the wrapped private key of this public key.
pub async fn wrapped(
    connection: &mut PgConnection,
    recipient: &str,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select wrapped from sealing_key where recipient = $1",
        recipient,
    )
    .fetch_optional(connection)
    .await
}
