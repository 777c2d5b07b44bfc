//! The commands that work on the data: `migrate`, `import`, `reindex`.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use torg::{
    app::{self, OpenDatabase},
    config::Config,
    database::Database,
    interop::import,
    jobs::{self, Tools},
    search,
};

use super::CommandError;

/// Runs `torg migrate`.
pub async fn migrate() -> Result<(), CommandError> {
    OpenDatabase::open(&Config::from_env()?).await?;
    println!("The database is up to date.");
    Ok(())
}

/// Runs `torg reindex`.
pub async fn reindex() -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let search = app::engine(&config)?;
    let store = OpenDatabase::open(&config).await?;
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

/// Arguments of `torg import ocds`.
#[derive(Args)]
pub struct ImportOcds {
    /// Files to read
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print each warning instead of only their number
    #[arg(long)]
    warnings: bool,
}

/// Runs `torg import ocds`; returns exit code 1 when a notice was refused.
pub async fn import(options: ImportOcds) -> Result<ExitCode, CommandError> {
    let config = Config::from_env()?;
    let store = OpenDatabase::open(&config).await?;
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
    eprintln!("Indexing the notices for search …");
    wait_until_searchable(&config, &store.database).await?;
    Ok(if summary.refused > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Waits until search finds the imported notices: indexes them in this process or, when a running
/// Torg uses the embedded search engine, waits for that process.
async fn wait_until_searchable(config: &Config, database: &Database) -> Result<(), CommandError> {
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

/// Runs all jobs that are due.
pub async fn make_searchable(tools: &Tools) -> Result<(), CommandError> {
    search::prepare(&tools.search, &tools.database.pool).await?;
    let worker = jobs::worker(tools.clone(), std::future::pending()).await?;
    worker.run_once().await.map_err(jobs::JobError::new)?;
    Ok(())
}
