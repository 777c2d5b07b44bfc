//! The commands that work on the search indexes: `reindex`, `search check`.
//!
//! They do the work in this process. When a running Torg uses the embedded engine, they ask that
//! process to do it, and wait.

use std::{process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use tokio::time::{Instant, sleep};
use torg::{
    app::{self, OpenDatabase},
    config::Config,
    jobs::Tools,
    kernel::refusal::Failure,
    search::{
        lease,
        report::IndexReport,
        requests::{self, RequestState, Work},
    },
};
use uuid::Uuid;

use super::{CommandError, data};

/// Arguments of `torg search`.
#[derive(Subcommand)]
pub enum Search {
    /// Compare the search indexes with the database; exit with 1 if they differ
    Check(Check),
}

/// Arguments of `torg search check`.
#[derive(Args)]
pub struct Check {
    /// Write or remove the documents that differ
    #[arg(long)]
    repair: bool,
}

/// Runs `torg reindex`.
pub async fn reindex() -> Result<(), CommandError> {
    let reports = run(Work::Rebuild).await?;
    let counts = reports.iter().map(|report| {
        let IndexReport {
            documents, index, ..
        } = report;
        format!("{documents} {index}")
    });
    let counts: Vec<String> = counts.collect();
    println!("The search indexes hold {}.", counts.join(" and "));
    Ok(())
}

/// Runs `torg search check`; returns exit code 1 when documents differ and were not repaired.
pub async fn check(options: &Check) -> Result<ExitCode, CommandError> {
    let work = match options.repair {
        true => Work::Repair,
        false => Work::Check,
    };
    let reports = run(work).await?;
    for report in &reports {
        println!("{report}");
    }
    let differences: usize = reports.iter().map(IndexReport::differences).sum();
    Ok(match (differences, options.repair) {
        (0, _) => ExitCode::SUCCESS,
        (_, true) => {
            println!("Repaired {differences}.");
            ExitCode::SUCCESS
        }
        (_, false) => {
            println!("Repair them with `torg search check --repair`.");
            ExitCode::FAILURE
        }
    })
}

/// Does the work in this process, or asks the process that uses the engine.
async fn run(work: Work) -> Result<Vec<IndexReport>, CommandError> {
    let config = Config::from_env()?;
    let open = OpenDatabase::open(&config).await?;
    let search = match app::search(&config, &open, "torg search", Duration::ZERO).await {
        Ok(search) => search,
        Err(error) if error.is_in_use() => {
            eprintln!("{error}\nAsking that process to do the work …");
            return ask(&open, work).await;
        }
        Err(error) => return Err(error.into()),
    };
    let tools = Tools {
        database: open.database.clone(),
        search: search.client,
        files: app::documents(&config)?,
    };
    // With a server, the workers run the jobs.
    if work != Work::Rebuild && config.meili.is_none() {
        data::run_jobs(&tools).await?;
    }
    let result = work.run(&tools.search, &tools.database, show).await;
    eprintln!();
    Ok(result?)
}

fn show(line: String) {
    eprint!("\r{line}");
}

/// Time between two looks at the request.
const PAUSE: Duration = Duration::from_millis(300);
/// The longest wait until the other process takes the request.
const PATIENCE: Duration = Duration::from_secs(60);

/// Enqueues the work and waits until the other process has done it.
async fn ask(open: &OpenDatabase, work: Work) -> Result<Vec<IndexReport>, CommandError> {
    let pool = &open.database.pool;
    let request = requests::request(&open.database, work).await;
    let id = request.map_err(|failure| match failure {
        Failure::Unexpected(error) => error,
        Failure::Refused(_) => "the request was refused".into(),
    })?;
    let begun = Instant::now();
    let mut shown = (None, None);
    loop {
        match requests::state(pool, id).await? {
            RequestState::Done(reports) => {
                eprintln!();
                return Ok(reports);
            }
            RequestState::Running { progress, error } => {
                let now = (progress, error);
                if now != shown {
                    shown = now;
                    print_progress(&shown);
                }
            }
            RequestState::Waiting => {
                let ended = !lease::is_held(pool).await?;
                if ended || begun.elapsed() > PATIENCE {
                    give_up(open, id).await?;
                }
            }
        }
        sleep(PAUSE).await;
    }
}

fn print_progress((progress, error): &(Option<String>, Option<String>)) {
    if let Some(error) = error {
        eprintln!("\n{error}; the process tries again");
    }
    if let Some(progress) = progress {
        show(progress.clone());
    }
}

/// Cancels a request that no process takes, and returns an error; returns if it was taken now.
async fn give_up(open: &OpenDatabase, id: Uuid) -> Result<(), CommandError> {
    match requests::cancel(&open.database.pool, id).await? {
        false => Ok(()),
        true => Err(
            "no process took the request: the running Torg has ended, is busy with other work, or \
             is an older version; stop it if it runs, then run the command again"
                .into(),
        ),
    }
}
