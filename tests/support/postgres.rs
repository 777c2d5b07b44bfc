//! A database for each test, on one server for all of them.
//!
//! The server is the one `DATABASE_URL` names (its user has to be allowed to make databases), else a private one in
//! `target/test-postgres`. Each database is a copy of a template that has been migrated; the template is kept until the
//! migrations change.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::str::FromStr;
use std::thread;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::runtime;
use tokio::sync::OnceCell;
use torg::postgres::{DATABASE, Durability, MIGRATIONS, PrivatePostgres, migrate};
use uuid::Uuid;

/// Keeps processes that run at the same time from making the template twice.
const TEMPLATE_LOCK: i64 = 0x746f_7267;

const KEPT_TEMPLATES: usize = 8;

/// A migrated database that nobody else uses. It is removed when dropped, or kept to look at if the test failed.
pub struct TestDatabase {
    pub pool: PgPool,
    pub url: String,
    name: String,
    server: PgConnectOptions,
}

/// A new database.
pub async fn database() -> TestDatabase {
    let Server {
        options, template, ..
    } = server().await;
    let name = format!(
        "torg_test_{}_{}",
        std::process::id(),
        Uuid::now_v7().simple()
    );
    run(
        options,
        &format!("CREATE DATABASE {name} TEMPLATE {template}"),
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
        // The test's own runtime is ending.
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
    /// Statics are never dropped: it is stopped by its guardian, when this process ends.
    _private: Option<PrivatePostgres>,
}

async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER.get_or_init(start).await
}

async fn start() -> Server {
    let (url, private) = match std::env::var("DATABASE_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-postgres");
            let server = PrivatePostgres::start_with(&folder, Durability::Volatile)
                .unwrap_or_else(|error| panic!("{error}"));
            (server.url(DATABASE), Some(server))
        }
    };
    let options = PgConnectOptions::from_str(&url).unwrap();
    if private.is_some() {
        drop_left_over(&options).await;
    }
    let template = make_template(&options).await;
    Server {
        options,
        template,
        _private: private,
    }
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

/// Makes the template of the present migrations, unless it is there, and drops those long out of use.
async fn make_template(server: &PgConnectOptions) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATIONS.iter() {
        migration.checksum.hash(&mut hasher);
    }
    // The job queue's schema comes with its library, whose version is in here.
    include_bytes!("../../Cargo.lock").hash(&mut hasher);
    let template = format!("torg_template_{:016x}", hasher.finish());

    let mut lock = PgConnection::connect_with(server).await.unwrap();
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut lock)
        .await
        .unwrap();
    let found = names_like(server, "torg_template_%").await;
    if !found.contains(&template) {
        // Other processes may be testing other branches with the last few.
        for old in found.iter().rev().skip(KEPT_TEMPLATES) {
            run(server, &format!("DROP DATABASE {old}")).await;
        }
        // It gets its name when it is whole.
        run(server, "DROP DATABASE IF EXISTS unfinished_template").await;
        run(server, "CREATE DATABASE unfinished_template").await;
        let pool = PgPool::connect_with(server.clone().database("unfinished_template"))
            .await
            .unwrap();
        migrate(&pool).await.unwrap();
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

/// Runs one statement of this file's own making on the server.
async fn run(server: &PgConnectOptions, statement: &str) {
    let mut connection = PgConnection::connect_with(server).await.unwrap();
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
