//! The SQL of the locks that order the writers of an index. PostgreSQL keeps the locks, so they
//! hold between processes, and it releases them when their holder ends.
//!
//! Each lock has two numbers: the index, and the lock's number within the index.

use sqlx::{PgConnection, PgExecutor};

/// Takes a lock together with others that share it, until the transaction ends.
pub async fn share(
    transaction: &mut PgConnection,
    index: i32,
    number: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock_shared($1::int4, $2::int4)",
        index,
        number
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Does the same without waiting; returns whether the lock was free.
pub async fn try_share(
    transaction: &mut PgConnection,
    index: i32,
    number: i32,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock_shared($1::int4, $2::int4) as "free!""#,
        index,
        number
    )
    .fetch_one(transaction)
    .await
}

/// Takes several locks alone, in the given order, until the transaction ends.
pub async fn take(
    transaction: &mut PgConnection,
    index: i32,
    numbers: &[i32],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock($1::int4, number) from unnest($2::int4[]) as wanted (number)",
        index,
        numbers
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Takes a lock alone, until the connection ends or [`release`] is called.
pub async fn hold(
    connection: &mut PgConnection,
    index: i32,
    number: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_lock($1::int4, $2::int4)", index, number)
        .execute(connection)
        .await?;
    Ok(())
}

/// Releases the lock of [`hold`]; returns whether the connection held it until now.
pub async fn release(
    connection: &mut PgConnection,
    index: i32,
    number: i32,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_advisory_unlock($1::int4, $2::int4) as "held!""#,
        index,
        number
    )
    .fetch_one(connection)
    .await
}

/// Takes a lock until the connection ends, alone or shared, without waiting; returns whether it
/// was free.
pub async fn try_hold(
    connection: &mut PgConnection,
    index: i32,
    number: i32,
    alone: bool,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select case when $3 then pg_try_advisory_lock($1::int4, $2::int4)
                  else pg_try_advisory_lock_shared($1::int4, $2::int4) end as "free!""#,
        index,
        number,
        alone
    )
    .fetch_one(connection)
    .await
}

/// A process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderRow {
    /// PostgreSQL's process of its connection.
    pub backend: i32,
    /// Name that it gave itself; empty if this role may not read it.
    pub name: String,
    /// Address of its machine; `None` for a connection through a socket file.
    pub address: Option<String>,
    /// Whether it holds the lock alone.
    pub alone: bool,
}

/// Returns the holders of a lock, the oldest connection first.
pub async fn holders(
    executor: impl PgExecutor<'_>,
    index: i32,
    number: i32,
) -> Result<Vec<HolderRow>, sqlx::Error> {
    sqlx::query_as!(
        HolderRow,
        r#"select pg_locks.pid as "backend!", coalesce(activity.application_name, '') as "name!",
                  host(activity.client_addr) as address, pg_locks.mode = 'ExclusiveLock' as "alone!"
           from pg_locks left join pg_stat_activity as activity on activity.pid = pg_locks.pid
           where pg_locks.locktype = 'advisory' and pg_locks.objsubid = 2 and pg_locks.granted
             and pg_locks.database = (select oid from pg_database where datname = current_database())
             and pg_locks.classid = $1::int4::oid and pg_locks.objid = $2::int4::oid
           order by activity.backend_start, pg_locks.pid"#,
        index,
        number
    )
    .fetch_all(executor)
    .await
}
