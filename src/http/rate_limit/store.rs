//! The SQL of the buckets that several processes share.

use std::time::Duration;

use sqlx::PgPool;

/// A client's bucket in the database.
pub struct SharedBucket {
    /// Hash of the client.
    pub client: Vec<u8>,
    /// Time until the bucket is full.
    pub fill: Duration,
}

/// Adds what clients spent to their buckets; returns these buckets, with what the clients spent
/// through other processes. A bucket is full after `most` at the latest.
pub async fn spend(
    pool: &PgPool,
    spent: Vec<(Vec<u8>, Duration)>,
    most: Duration,
) -> Result<Vec<SharedBucket>, sqlx::Error> {
    let (clients, spent): (Vec<Vec<u8>>, Vec<i64>) = spent
        .into_iter()
        .map(|(client, spent)| (client, microseconds(spent)))
        .unzip();
    // The order makes concurrent statements lock the rows in the same order.
    let rows = sqlx::query!(
        r#"insert into rate_limit_bucket as bucket (client, full_at)
           select client, statement_timestamp() + spent * interval '1 microsecond'
           from unnest($1::bytea[], $2::bigint[]) as mine (client, spent) order by client
           on conflict (client) do update set full_at = least(
               greatest(bucket.full_at, statement_timestamp()) + (excluded.full_at - statement_timestamp()),
               statement_timestamp() + $3::bigint * interval '1 microsecond')
           returning client, (extract(epoch from full_at - statement_timestamp()) * 1000000)::bigint as "fill!""#,
        &clients,
        &spent,
        microseconds(most),
    )
    .fetch_all(pool)
    .await?;
    let bucket = |client, fill: i64| SharedBucket {
        client,
        fill: Duration::from_micros(u64::try_from(fill).unwrap_or_default()),
    };
    Ok(rows
        .into_iter()
        .map(|row| bucket(row.client, row.fill))
        .collect())
}

/// Deletes the buckets that are full.
pub async fn delete_full(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from rate_limit_bucket where full_at < statement_timestamp() - interval '1 minute'"
    )
    .execute(pool)
    .await?;
    Ok(())
}

fn microseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
