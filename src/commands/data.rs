//! The commands that work on the data: `migrate`, `import`.

use std::{io::IsTerminal, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use torg::{
    app::{self, OpenDatabase},
    config::Config,
    interop::import,
    jobs::{self, Tools},
    search::{self, lease, requests},
};

use super::CommandError;

/// Runs `torg migrate`.
pub async fn migrate() -> Result<(), CommandError> {
    OpenDatabase::open(&Config::from_env()?).await?;
    println!("The database is up to date.");
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
    wait_until_searchable(&config, &store).await?;
    Ok(if summary.refused > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Waits until search finds the imported notices: indexes them in this process or, when a running
/// Torg uses the search engine, waits for that process.
async fn wait_until_searchable(config: &Config, open: &OpenDatabase) -> Result<(), CommandError> {
    let pool = &open.database.pool;
    loop {
        match app::search(config, open, "torg import", Duration::ZERO).await {
            Ok(search) => {
                let tools = Tools {
                    database: open.database.clone(),
                    search: search.client,
                    files: app::documents(config)?,
                };
                return make_searchable(&tools).await;
            }
            Err(error) if !error.is_in_use() => return Err(error.into()),
            Err(_) => {}
        }
        // The other process may end before it has run the jobs.
        loop {
            if requests::pending_index_jobs(pool).await? == 0 {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
            if !lease::is_held(pool).await? {
                break;
            }
        }
    }
}

/// Time between two looks at the database while another process works.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs all jobs that are due.
pub async fn make_searchable(tools: &Tools) -> Result<(), CommandError> {
    search::prepare(&tools.search, &tools.database.pool).await?;
    run_jobs(tools).await
}

/// Runs all jobs that are due, with the indexes as they are.
pub async fn run_jobs(tools: &Tools) -> Result<(), CommandError> {
    let worker = jobs::worker(tools.clone(), std::future::pending()).await?;
    worker.run_once().await.map_err(jobs::JobError::new)?;
    Ok(())
}
