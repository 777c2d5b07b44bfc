//! Commands that work on the data: migrate, import, reindex.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use torg::{
    app::{self, Store},
    config::Config,
    database::Database,
    interop::import,
    jobs::{self, Tools},
    search,
};

use super::Failed;

/// `torg migrate`.
pub async fn migrate() -> Result<(), Failed> {
    Store::open(&Config::from_env()?).await?;
    println!("The database is up to date.");
    Ok(())
}

/// `torg reindex`.
pub async fn reindex() -> Result<(), Failed> {
    let config = Config::from_env()?;
    let search = app::engine(&config)?;
    let store = Store::open(&config).await?;
    let count = search::index::rebuild(&search, &store.database.pool, |count| {
        eprint!("\r{count} procurements")
    })
    .await?;
    eprintln!();
    let questions = search::questions::rebuild(&search, &store.database.pool, |count| {
        eprint!("\r{count} questions")
    })
    .await?;
    eprintln!();
    println!("The search indexes hold {count} procurements and {questions} questions.");
    Ok(())
}

/// What to import.
#[derive(Args)]
pub struct ImportOcds {
    /// Files to read
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Tell each warning, not only how many there were
    #[arg(long)]
    warnings: bool,
}

/// `torg import ocds`. Exit code 1 when a row was refused.
pub async fn import(options: ImportOcds) -> Result<ExitCode, Failed> {
    let config = Config::from_env()?;
    let store = Store::open(&config).await?;
    let report = import::Options {
        warnings: options.warnings,
        terminal: std::io::stderr().is_terminal(),
    };
    let summary = import::import(
        &store.database,
        &options.files,
        report,
        &mut std::io::stderr(),
    )
    .await?;
    println!("{summary}");
    eprintln!("Making the notices searchable …");
    wait_until_searchable(&config, &store.database).await?;
    Ok(if summary.refused > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Waits until what was imported is found by search: indexes it here or, where a running Torg holds the search
/// engine, lets that do it.
async fn wait_until_searchable(config: &Config, database: &Database) -> Result<(), Failed> {
    match app::engine(config) {
        Ok(search) => {
            make_searchable(&Tools {
                database: database.clone(),
                search,
                files: app::documents(config)?,
            })
            .await
        }
        Err(error) if error.is_in_use() => {
            const PAUSE: Duration = Duration::from_millis(200);
            while jobs::store::pending_index_jobs(&database.pool).await? > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Does all that waits in the queue now.
pub async fn make_searchable(tools: &Tools) -> Result<(), Failed> {
    search::prepare(&tools.search, &tools.database.pool).await?;
    let worker = jobs::worker(tools.clone(), std::future::pending()).await?;
    worker.run_once().await.map_err(jobs::JobError::new)?;
    Ok(())
}
