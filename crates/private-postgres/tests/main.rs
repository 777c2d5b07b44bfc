//! All tests of the private PostgreSQL: one binary, so that it is linked once.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helper functions are test code too"
)]

mod damage;
mod other_process;
mod users;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use private_postgres::{DATABASE, Durability, PostgresError, PrivatePostgres};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Makes an empty folder below the machine's temporary folder; it is removed when dropped. Other
/// users can enter it, as the server's user must when root runs the tests.
fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("private-postgres-test-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir()
        .expect("the temporary folder can be written to")
}

/// Starts a server that does not flush its data to the disk, which is faster.
fn start(folder: &Path) -> Result<PrivatePostgres, PostgresError> {
    PrivatePostgres::start_with(folder, Durability::Volatile)
}

/// Connects to the database that is created with every server.
async fn connect(server: &PrivatePostgres) -> PgConnection {
    PgConnection::connect(&server.url(DATABASE)).await.unwrap()
}

/// Returns whether the server of `folder` runs. The folder must hold its cluster in `server/`.
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
async fn data_survives_a_restart() {
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
async fn erase_is_refused_in_use_and_removes_the_cluster_after() {
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
async fn a_path_too_long_for_a_socket_works() {
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
