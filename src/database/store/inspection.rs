//! Reads what the database is and what its role may do, for `torg doctor`. Changes nothing.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// State of the PostgreSQL server and of the role that is connected.
#[derive(Debug)]
pub struct Server {
    /// Version as a number, such as 170002 for 17.2.
    pub version: i32,
    /// Name of the role.
    pub role: String,
    /// Whether the role is a superuser.
    pub superuser: bool,
    /// Encoding of the database, such as `UTF8`.
    pub encoding: String,
    /// Maximum number of connections of the server.
    pub max_connections: i32,
    /// Number of connections that are open.
    pub connections: i64,
    /// Whether the server is a replica in recovery, or transactions are read-only.
    pub read_only: bool,
    /// Time of the server.
    pub now: DateTime<Utc>,
}

/// A table of Torg, and what the role may do with it.
#[derive(Debug)]
pub struct Table {
    /// Name of the table.
    pub name: String,
    /// Whether a trigger refuses changes of its rows.
    pub append_only: bool,
    /// Whether the role owns the table, directly or as a member of the owning role.
    pub owned: bool,
    /// Whether the role may read rows.
    pub may_select: bool,
    /// Whether the role may add rows.
    pub may_insert: bool,
    /// Whether the role may remove all rows at once.
    pub may_truncate: bool,
}

/// Returns the state of the server.
pub async fn server(connection: &mut PgConnection) -> Result<Server, sqlx::Error> {
    sqlx::query_as!(
        Server,
        r#"select current_setting('server_version_num')::int as "version!", current_user::text as "role!",
                  current_setting('is_superuser') = 'on' as "superuser!",
                  current_setting('server_encoding') as "encoding!",
                  current_setting('max_connections')::int as "max_connections!",
                  (select count(*) from pg_stat_activity where backend_type = 'client backend') as "connections!",
                  pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "read_only!",
                  clock_timestamp() as "now!""#
    )
    .fetch_one(connection)
    .await
}

/// Returns the tables of Torg in alphabetical order; none before the migrations.
pub async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>, sqlx::Error> {
    sqlx::query_as!(
        Table,
        r#"select c.relname::text as "name!",
                  exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only') as "append_only!",
                  pg_has_role(c.relowner, 'member') as "owned!",
                  has_table_privilege(c.oid, 'select') as "may_select!",
                  has_table_privilege(c.oid, 'insert') as "may_insert!",
                  has_table_privilege(c.oid, 'truncate') as "may_truncate!"
           from pg_class c
           where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname <> '_sqlx_migrations'
           order by c.relname"#
    )
    .fetch_all(connection)
    .await
}
