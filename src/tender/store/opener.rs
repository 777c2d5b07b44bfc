//! The SQL of the opener's heartbeat, and of openings that it should have done.

use sqlx::PgPool;

/// Records that an opener with this public key runs; forgets those that stopped a day ago.
pub async fn record_heartbeat(
    pool: &PgPool,
    recipient: &str,
    version: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with stopped as (
             delete from opener_heartbeat
             where recipient <> $1 and at < clock_timestamp() - interval '1 day'
         )
         insert into opener_heartbeat (recipient, version, at) values ($1, $2, clock_timestamp())
         on conflict (recipient) do update set version = excluded.version, at = excluded.at",
        recipient,
        version,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Returns the public keys of the openers that ran in the past `seconds`.
pub async fn running(pool: &PgPool, seconds: f64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select recipient from opener_heartbeat
         where at > clock_timestamp() - make_interval(secs => $1)",
        seconds,
    )
    .fetch_all(pool)
    .await
}

/// Returns the number of openings that were requested more than `seconds` ago and are not done.
pub async fn overdue(pool: &PgPool, seconds: f64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from opening
           where opened_at is null and requested_at < clock_timestamp() - make_interval(secs => $1)"#,
        seconds,
    )
    .fetch_one(pool)
    .await
}
