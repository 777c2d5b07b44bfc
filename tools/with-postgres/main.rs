//! `with-postgres FOLDER COMMAND [ARGUMENT…]` runs a command with `DATABASE_URL` set to a new,
//! migrated database on a private PostgreSQL in FOLDER, and exits with the command's exit code.
//!
//! `make sqlx` uses it to describe the queries of `torg` to the compiler. It must build while
//! `torg` does not, which is the case when a query has changed and its offline data has not.
//! Therefore it does not depend on `torg`, and reads the migrations when it runs.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use graphile_worker::WorkerUtils;
use private_postgres::{DATABASE, Durability, PrivatePostgres};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [folder, program, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: with-postgres FOLDER COMMAND [ARGUMENT…]");
        return ExitCode::from(2);
    };
    match run(Path::new(folder), Command::new(program).args(rest)).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("with-postgres: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(folder: &Path, command: &mut Command) -> Result<ExitCode, Box<dyn Error>> {
    let server = PrivatePostgres::start_with(folder, Durability::Volatile)?;
    // The database is new at each run, because a migration that is being written changes between
    // runs.
    let name = format!("with_postgres_{}", std::process::id());
    let mut maintenance = PgConnection::connect(&server.url(DATABASE)).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut maintenance)
        .await?;

    let url = server.url(&name);
    let code = match migrate(&url).await {
        Ok(()) => Ok(command.env("DATABASE_URL", &url).status()?),
        Err(error) => Err(error),
    };
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut maintenance)
        .await?;
    let code = code?
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// Migrates the database as `torg::database::migrations::migrate` does.
async fn migrate(url: &str) -> Result<(), Box<dyn Error>> {
    let pool = PgPool::connect(url).await?;
    WorkerUtils::new(pool.clone(), "graphile_worker")
        .migrate()
        .await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    Migrator::new(folder).await?.run(&pool).await?;
    pool.close().await;
    Ok(())
}
