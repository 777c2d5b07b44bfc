//! The `torg` command: one binary for everything there is to run.

mod commands;
mod sample;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;
use torg::{
    config::Config,
    telemetry::{self, traces},
};

use commands::{Failed, admin, data, demo, keys, serve};

/// The API behind a public tender marketplace.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve a sample marketplace on this machine; nothing has to be prepared
    Demo(demo::Demo),
    /// Serve the API (configured by environment variables; see docs/configuration.md)
    Serve(serve::Listen),
    /// Run only what follows on changes: search index and notifications (needs MEILI_URL)
    Worker,
    /// Open tenders after their deadline; the only process with the private key
    Opener {
        /// End when standard input ends (for a process that starts this one)
        #[arg(long)]
        with_parent: bool,
    },
    /// Bring the database's schema up to date
    Migrate,
    /// Bring in notices from other systems
    Import {
        #[command(subcommand)]
        format: Format,
    },
    /// Build the search index anew beside the live one, and swap
    Reindex,
    /// Print the GraphQL schema
    Schema,
    /// Print a token signed with the development key, for a person of the sample or any other subject
    Token {
        /// Whose: `anna`, `oskar`, `sara`, `carl`, `maja`, …
        subject: String,
        /// Days it is valid
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
    },
    /// Make a person an administrator of the marketplace: they verify buyers, record nonprofit status, erase people
    Admin {
        /// The subject (`sub`) of their tokens; they have to have signed in once
        subject: String,
        /// Make them one no longer
        #[arg(long)]
        revoke: bool,
    },
    /// Make the opener's key: writes the private half to FILE, prints the public half
    OpenerKey {
        /// A file that does not exist yet
        file: PathBuf,
    },
    /// Measure import and search on real notices
    Bench(commands::bench::Bench),
}

#[derive(Subcommand)]
enum Format {
    /// OCDS 1.1 or 1.0: release packages, record packages, JSON Lines of releases
    Ocds(data::ImportOcds),
}

/// How long what blocks a thread may go on when all else has ended.
const LAST: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = Runtime::new().map_err(Failed::from).and_then(|runtime| {
        let ended = runtime.block_on(seen(arguments.command));
        runtime.shutdown_timeout(LAST);
        ended
    });
    ended.unwrap_or_else(|error| {
        eprintln!("torg: {error}");
        ExitCode::FAILURE
    })
}

/// Runs a command with its log, its metrics and its traces.
async fn seen(command: Command) -> Result<ExitCode, Failed> {
    let servers = matches!(
        command,
        Command::Serve(_) | Command::Worker | Command::Opener { .. }
    );
    let filter = match servers {
        true => "info,sqlx=warn,graphile_worker=warn",
        false => "error",
    };
    telemetry::start(&Config::telemetry()?, filter)?;
    let ended = run(command).await;
    traces::finish().await;
    ended
}

async fn run(command: Command) -> Result<ExitCode, Failed> {
    match command {
        Command::Demo(options) => demo::run(options).await?,
        Command::Serve(listen) => serve::run(listen).await?,
        Command::Worker => serve::worker().await?,
        Command::Opener { with_parent } => serve::opener(with_parent).await?,
        Command::Migrate => data::migrate().await?,
        Command::Import {
            format: Format::Ocds(options),
        } => return data::import(options).await,
        Command::Reindex => data::reindex().await?,
        Command::Schema => print!("{}", torg::graphql::sdl()),
        Command::Token { subject, days } => keys::token(&subject, days)?,
        Command::Admin { subject, revoke } => admin::run(&subject, !revoke).await?,
        Command::OpenerKey { file } => keys::opener_key(&file)?,
        Command::Bench(options) => commands::bench::run(options).await?,
    }
    Ok(ExitCode::SUCCESS)
}
