//! The private PostgreSQL, and the databases the tests get from it.

mod damage;
mod other_process;
mod people;

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use torg::postgres::{DATABASE, Durability, MIGRATIONS, PostgresError, PrivatePostgres};

use crate::support::folder::folder;
use crate::support::postgres::database;

/// A server that loses its data when the machine crashes, since the tests do not crash it.
fn start(folder: &Path) -> Result<PrivatePostgres, PostgresError> {
    PrivatePostgres::start_with(folder, Durability::Volatile)
}

/// A connection to the database that comes with a server.
async fn connect(server: &PrivatePostgres) -> PgConnection {
    PgConnection::connect(&server.url(DATABASE)).await.unwrap()
}

/// Whether a server runs from a folder of which it keeps the cluster in `server/`.
fn is_running(folder: &Path) -> bool {
    folder.join("server/data/postmaster.pid").exists()
}

fn wait_until_stopped(folder: &Path) {
    let started = Instant::now();
    while is_running(folder) {
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "the server of {} still runs",
            folder.display()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn data_outlives_a_restart() {
    let folder = folder();
    let server = PrivatePostgres::start(folder.path()).unwrap();
    let mut connection = connect(&server).await;
    sqlx::query("CREATE TABLE kept AS SELECT 'räksmörgås' AS word")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    server.stop();
    assert!(!is_running(folder.path()));

    let server = PrivatePostgres::start(folder.path()).unwrap();
    let word: String = sqlx::query_scalar("SELECT word FROM kept")
        .fetch_one(&mut connect(&server).await)
        .await
        .unwrap();
    assert_eq!(word, "räksmörgås");
}

#[tokio::test]
async fn a_second_start_attaches_and_the_last_user_stops_the_server() {
    let folder = folder();
    let first = start(folder.path()).unwrap();
    let second = start(folder.path()).unwrap();
    assert_eq!(first.url("x"), second.url("x"));
    let mut connection = connect(&second).await;

    first.stop();
    let one: i32 = sqlx::query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
    second.stop();
    assert!(!is_running(folder.path()));
}

#[tokio::test]
async fn erasing_is_refused_while_the_server_is_in_use_and_starts_over_after() {
    let folder = folder();
    std::fs::write(folder.path().join("mine.txt"), "not the cluster's").unwrap();
    let server = start(folder.path()).unwrap();
    sqlx::query("CREATE TABLE gone ()")
        .execute(&mut connect(&server).await)
        .await
        .unwrap();
    let refused = PrivatePostgres::erase(folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("in use by another process: stop that one first"),
        "{refused}"
    );

    server.stop();
    PrivatePostgres::erase(folder.path()).unwrap();
    assert!(!folder.path().join("server").exists());
    assert!(folder.path().join("mine.txt").exists());
    PrivatePostgres::erase(folder.path()).unwrap();

    let server = start(folder.path()).unwrap();
    let table: Option<String> = sqlx::query_scalar("SELECT to_regclass('gone')::text")
        .fetch_one(&mut connect(&server).await)
        .await
        .unwrap();
    assert_eq!(table, None);
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let folder = folder();
    let deep = folder
        .path()
        .join("a long name with spaces, 'quotes' and ünïcode/".repeat(4));
    let server = start(&deep).unwrap();
    let encoding: String = sqlx::query_scalar("SHOW server_encoding")
        .fetch_one(&mut connect(&server).await)
        .await
        .unwrap();
    assert_eq!(encoding, "UTF8");
}

#[tokio::test]
async fn every_test_gets_a_migrated_database_of_its_own() {
    let (one, other) = (database().await, database().await);
    sqlx::query("CREATE TABLE mine ()")
        .execute(&one.pool)
        .await
        .unwrap();
    let mine = "SELECT to_regclass('mine') IS NOT NULL";
    assert!(
        sqlx::query_scalar::<_, bool>(mine)
            .fetch_one(&one.pool)
            .await
            .unwrap()
    );
    assert!(
        !sqlx::query_scalar::<_, bool>(mine)
            .fetch_one(&other.pool)
            .await
            .unwrap()
    );

    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
        .fetch_one(&other.pool)
        .await
        .unwrap();
    assert_eq!(usize::try_from(applied).unwrap(), MIGRATIONS.iter().count());
    let queue: bool = sqlx::query_scalar("SELECT to_regnamespace('graphile_worker') IS NOT NULL")
        .fetch_one(&other.pool)
        .await
        .unwrap();
    assert!(queue);
    // The address works for those who connect by themselves.
    PgConnection::connect(&one.url).await.unwrap();
}
