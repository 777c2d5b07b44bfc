//! The `torg` command: one binary with a subcommand for each task.

mod commands;
mod sample;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use rustix::{fs::Mode, process::umask};
use tokio::runtime::Runtime;
use torg::{
    config::{Config, variables},
    telemetry::{self, traces},
};

use commands::{
    CommandError, admin, audit, data, demo, doctor, erase, health, keys, search, serve,
};

/// The API behind a public tender marketplace.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a sample marketplace on this machine, without any preparation
    Demo(demo::Demo),
    /// Serve the API (environment variables configure it: see docs/configuration.md)
    Serve(serve::Listen),
    /// Run only background jobs: search index and notifications (needs MEILI_URL)
    Worker,
    /// Open tenders after their deadline; the only process with the private key
    Opener {
        /// Stop when standard input closes (for a parent process that starts this one)
        #[arg(long)]
        with_parent: bool,
    },
    /// Ask a running process whether it can work; the exit code is 0 if it can
    Health(health::Health),
    /// Check the configuration end to end, and print what to fix; changes nothing
    Doctor(doctor::Doctor),
    /// Run the database migrations
    Migrate,
    /// Import notices from other systems
    Import {
        #[command(subcommand)]
        format: Format,
    },
    /// Rebuild the search index from the database, then replace the live index with it
    Reindex,
    /// Examine the search indexes
    Search {
        #[command(subcommand)]
        action: search::Search,
    },
    /// List withdrawn content, or erase it from the database and the document store
    Erase(erase::Erase),
    /// Compare the signed record of tenders with the database
    Audit {
        #[command(subcommand)]
        action: audit::Audit,
    },
    /// Verify a receipt of a tender, without a server
    VerifyReceipt(audit::VerifyReceipt),
    /// Print the GraphQL schema
    Schema,
    /// Print an access token signed with the development key
    Token {
        /// Subject of the token: a person of the sample (`anna`, `oskar`, `sara`, …) or any other
        subject: String,
        /// Number of days until the token expires
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
    },
    /// Make a person an administrator: they verify buyers, record nonprofit status, erase people
    Admin {
        /// Subject (`sub`) of the person's tokens; the person must have signed in once
        subject: String,
        /// Revoke the person's administrator role
        #[arg(long)]
        revoke: bool,
    },
    /// Create the opener's key pair: write the private key to FILE, print the public key
    OpenerKey {
        /// Path of a file that does not exist yet
        file: PathBuf,
        /// Key file of which the new file is to contain the keys, after the new key
        #[arg(long, value_name = "OLD_FILE")]
        rotate: Option<PathBuf>,
    },
    /// Create the key that signs receipts: write the private key to FILE, print the public key
    ChainKey {
        /// Path of a file that does not exist yet
        #[arg(required_unless_present = "show")]
        file: Option<PathBuf>,
        /// Print the public key of `torg serve`'s key instead
        #[arg(long)]
        show: bool,
    },
    /// Measure import and search with real notices
    Bench(commands::bench::Bench),
}

#[derive(Subcommand)]
enum Format {
    /// OCDS 1.1 or 1.0: release packages, record packages, JSON Lines of releases
    Ocds(data::ImportOcds),
}

/// The longest time to wait for blocking threads when the command has finished.
const THREAD_TIMEOUT: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Only the service's user may read what the process creates: documents, keys, indexes.
    umask(Mode::RWXG | Mode::RWXO);
    let result = Runtime::new()
        .map_err(CommandError::from)
        .and_then(|runtime| {
            let result = runtime.block_on(run_with_telemetry(arguments.command));
            runtime.shutdown_timeout(THREAD_TIMEOUT);
            result
        });
    result.unwrap_or_else(|error| {
        eprintln!("torg: {error}");
        ExitCode::FAILURE
    })
}

/// Runs a command with the log, the metrics and the traces.
async fn run_with_telemetry(command: Command) -> Result<ExitCode, CommandError> {
    let servers = matches!(
        command,
        Command::Serve(_) | Command::Worker | Command::Opener { .. }
    );
    let filter = match command {
        _ if servers => "info,sqlx=warn,graphile_worker=warn,meilisearch_sdk=error",
        Command::Doctor(_) => "error,torg=warn",
        _ => "error",
    };
    telemetry::start(&Config::telemetry()?, filter)?;
    // The doctor prints them with its other findings.
    if !matches!(command, Command::Doctor(_)) {
        report_unknown_variables(servers);
    }
    let result = run(command).await;
    traces::flush().await;
    result
}

/// Reports variables with misspelt names. They are no errors: an orchestrator may set variables of
/// its own whose names begin with the service's name.
fn report_unknown_variables(servers: bool) {
    for unknown in variables::unknown_in_environment() {
        match servers {
            true => tracing::warn!("{unknown}"),
            false => eprintln!("torg: {unknown}"),
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, CommandError> {
    match command {
        Command::Demo(options) => demo::run(options).await?,
        Command::Serve(listen) => serve::run(listen).await?,
        Command::Worker => serve::worker().await?,
        Command::Opener { with_parent } => serve::opener(with_parent).await?,
        Command::Health(options) => return health::run(options).await,
        Command::Doctor(options) => return doctor::run(options).await,
        Command::Migrate => data::migrate().await?,
        Command::Import {
            format: Format::Ocds(options),
        } => return data::import(options).await,
        Command::Reindex => search::reindex().await?,
        Command::Search {
            action: search::Search::Check(options),
        } => return search::check(&options).await,
        Command::Erase(options) => erase::run(options).await?,
        Command::Audit { action } => return audit::run(action).await,
        Command::VerifyReceipt(options) => return audit::receipt(&options),
        Command::Schema => print!("{}", torg::graphql::sdl()),
        Command::Token { subject, days } => keys::token(&subject, days)?,
        Command::Admin { subject, revoke } => admin::run(&subject, !revoke).await?,
        Command::OpenerKey { file, rotate } => keys::opener_key(&file, rotate.as_deref())?,
        Command::ChainKey { file, .. } => keys::chain_key(file.as_deref())?,
        Command::Bench(options) => commands::bench::run(options).await?,
    }
    Ok(ExitCode::SUCCESS)
}
