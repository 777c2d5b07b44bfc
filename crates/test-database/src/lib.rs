//! A migrated database for each test, on one server for all tests.
//!
//! The server is the one in `DATABASE_URL` (its user must be allowed to create databases), else a
//! private one. The private server keeps its files in memory (`/dev/shm`) where that has enough free
//! space, else in `target/test-postgres`. Each database is a copy of a migrated template. The template
//! is kept until the migrations change.
//!
//! Creating and dropping databases is most of the server's work: a database has several hundred
//! files. In memory, and copied as files, it takes a third of the time.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests use this crate"
)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::thread;

use futures::future::BoxFuture;
use private_postgres::{DATABASE, Durability, PrivatePostgres};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::runtime;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Number of the advisory lock that keeps two processes from creating the template at the same
/// time.
const TEMPLATE_LOCK: i64 = 0x746f_7267;

/// Number of older templates that are kept, for processes that test other branches.
const KEPT_TEMPLATES: usize = 8;

/// The schema of the databases.
pub struct Schema {
    /// Migrations of the schema; the template is created again when they change.
    pub migrations: &'static Migrator,
    /// Migrates the database of a pool, and panics when it cannot.
    pub migrate: fn(PgPool) -> BoxFuture<'static, ()>,
}

/// A migrated database for one test. It is removed when dropped, and kept when the test fails.
pub struct TestDatabase {
    pub pool: PgPool,
    pub url: String,
    name: String,
    server: PgConnectOptions,
}

/// Creates a database with this schema.
pub async fn database(schema: &Schema) -> TestDatabase {
    let Server {
        options, template, ..
    } = server(schema).await;
    let name = format!(
        "torg_test_{}_{}",
        std::process::id(),
        Uuid::now_v7().simple()
    );
    run(
        options,
        &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"),
    )
    .await;
    let own = options.clone().database(&name);
    let url = own.to_url_lossy().to_string();
    let pool = PgPoolOptions::new()
        .max_connections(5)
        .connect_with(own)
        .await
        .unwrap();
    TestDatabase {
        pool,
        url,
        name,
        server: options.clone(),
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "the test's database is kept until the next run: {}",
                self.url
            );
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        // The runtime of the test is shutting down, so the statement needs its own.
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")));
        });
    }
}

struct Server {
    options: PgConnectOptions,
    template: String,
    /// Statics are never dropped: the server's guardian stops it when this process ends.
    _private: Option<PrivatePostgres>,
}

async fn server(schema: &Schema) -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER.get_or_init(|| start(schema)).await
}

async fn start(schema: &Schema) -> Server {
    let (url, private) = match std::env::var("DATABASE_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let server = PrivatePostgres::start_with(&server_folder(), Durability::Volatile)
                .unwrap_or_else(|error| panic!("{error}"));
            (server.url(DATABASE), Some(server))
        }
    };
    let options = PgConnectOptions::from_str(&url).unwrap();
    if private.is_some() {
        drop_left_over(&options).await;
    }
    let template = make_template(&options, schema).await;
    Server {
        options,
        template,
        _private: private,
    }
}

/// Returns the folder of the private server. It belongs to the target folder, where this test
/// program is in `target/PROFILE/deps`, so that work trees do not share a server.
fn server_folder() -> PathBuf {
    let program = std::env::current_exe().expect("the test program has a path");
    let target = program
        .ancestors()
        .nth(3)
        .expect("it is in target/PROFILE/deps");
    if free_kilobytes(MEMORY_FOLDER).is_some_and(|free| free >= NEEDED_KILOBYTES) {
        let mut hasher = DefaultHasher::new();
        target.hash(&mut hasher);
        let name = format!("torg-test-postgres-{:016x}", hasher.finish());
        return Path::new(MEMORY_FOLDER).join(name);
    }
    target.join("test-postgres")
}

/// A folder that Linux keeps in memory.
const MEMORY_FOLDER: &str = "/dev/shm";

/// Free space that the server needs to keep its files in memory. A database takes 10 MB.
const NEEDED_KILOBYTES: u64 = 2 << 20;

/// Returns the free space of the file system of `folder`; `None` when `df` cannot tell.
fn free_kilobytes(folder: &str) -> Option<u64> {
    let output = Command::new("df").args(["-Pk", folder]).output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    printed
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}

/// Drops the databases of test processes that have ended.
async fn drop_left_over(server: &PgConnectOptions) {
    for name in names_like(server, "torg_test_%").await {
        let process = name.split('_').nth(2).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            run(
                server,
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            )
            .await;
        }
    }
}

/// Returns the name of the template of these migrations. Creates it when it does not exist, and
/// drops templates that are long out of use.
async fn make_template(server: &PgConnectOptions, schema: &Schema) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in schema.migrations.iter() {
        migration.checksum.hash(&mut hasher);
    }
    // The job queue's schema comes with its library, whose version is in this file.
    include_bytes!("../../../Cargo.lock").hash(&mut hasher);
    let template = format!("torg_template_{:016x}", hasher.finish());

    let mut lock = PgConnection::connect_with(server).await.unwrap();
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut lock)
        .await
        .unwrap();
    let found = names_like(server, "torg_template_%").await;
    if !found.contains(&template) {
        for old in found.iter().rev().skip(KEPT_TEMPLATES) {
            run(server, &format!("DROP DATABASE {old}")).await;
        }
        // The template gets its name when it is complete.
        run(server, "DROP DATABASE IF EXISTS unfinished_template").await;
        run(server, "CREATE DATABASE unfinished_template").await;
        let pool = PgPool::connect_with(server.clone().database("unfinished_template"))
            .await
            .unwrap();
        (schema.migrate)(pool.clone()).await;
        pool.close().await;
        run(
            server,
            &format!("ALTER DATABASE unfinished_template RENAME TO {template}"),
        )
        .await;
    }
    lock.close().await.unwrap();
    template
}

async fn names_like(server: &PgConnectOptions, pattern: &str) -> Vec<String> {
    let mut connection = PgConnection::connect_with(server).await.unwrap();
    sqlx::query_scalar("SELECT datname::text FROM pg_database WHERE datname LIKE $1 ORDER BY oid")
        .bind(pattern)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

/// Runs one statement on the server. The statements are written in this file.
async fn run(server: &PgConnectOptions, statement: &str) {
    let mut connection = PgConnection::connect_with(server).await.unwrap();
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
