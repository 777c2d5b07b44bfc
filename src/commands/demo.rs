//! `torg demo`: a sample marketplace on a private PostgreSQL and the embedded search engine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use clap::Args;
use private_postgres::PrivatePostgres;
use tokio::process::{Child, Command};
use torg::{
    app::{self, OpenDatabase},
    auth::devkey::DevKey,
    chain::PublicKeys,
    config::Config,
    database::Database,
    document::Files,
    graphql::{Backend, Live},
    http::{self, HealthSources, ServerOptions, ShutdownGate, Sockets},
    tender::{
        opener::Opener,
        sealing::{OpeningKey, SealingKey},
    },
};

use super::{
    CommandError, data,
    explorer_steps::{self, Tokens},
    keys::write_private,
    serve,
};
use crate::sample::{self, Journey};

/// Options of `torg demo`.
#[derive(Args)]
pub struct Demo {
    #[command(flatten)]
    listen: serve::Listen,
    /// Delete the sample marketplace and start over
    #[arg(long)]
    fresh: bool,
}

/// People whose tokens are printed: their subject in the sample, and a description.
const PEOPLE: [(&str, &str); 5] = [
    (
        "anna",
        "Ekby kommun: writes, publishes, answers, opens, awards",
    ),
    ("oskar", "Ekby kommun: opens tenders"),
    ("sara", "Stadsodlarna, a nonprofit: asks and signs tenders"),
    ("maja", "Stadsodlarna: asks, may not sign"),
    ("carl", "Rentab, a company: asks and signs tenders"),
];

/// Number of days that a printed token is valid.
const TOKEN_DAYS: i64 = 30;

/// Serves the sample marketplace until a signal.
pub async fn run(options: Demo) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let listener = serve::bind(&options.listen).await?;
    if options.fresh {
        erase(&config)?;
    }
    eprintln!(
        "Starting PostgreSQL and the search engine in {} …",
        config.data.display()
    );
    let metrics = serve::MetricsServer::bind(&config).await?;
    let open = OpenDatabase::open(&config).await?;
    let open_tools = serve::tools(&config, &open, "torg demo").await?;
    let tools = &open_tools.tools;
    let folder = config.data.join("keys");
    let sign = DevKey::load_or_create(&folder, config.tokens.clone())?;
    let journey = sample::journey(&open.database).await?;
    let sealing = opener_key(&folder, journey.is_some())?;
    let chain_key = app::chain_key(&config)?;
    let journey = match journey {
        Some(journey) => journey,
        None => fill(&open, &tools.files, &sealing, &folder, &config).await?,
    };
    data::make_searchable(tools).await?;
    let tokens = tokens(&sign)?;
    let steps = explorer_steps::steps(&journey, &tokens, Utc::now());
    let opener = tokio::spawn(keep_opener(
        open.url.clone(),
        folder.clone(),
        chain_key.public(),
    ));
    let database = open.serving(&config).await?;
    let identity_key = app::identity_key(&config)?;
    let backend = Backend {
        database: database.clone(),
        search: tools.search.clone(),
        files: tools.files.clone(),
        sealing,
        chain_keys: PublicKeys::default().with(&chain_key.public()),
        reservations: Arc::new(config.reservations),
        live: Live::with_replay(database.clone(), config.replay),
    };
    let health = HealthSources {
        lease: Some(open_tools.lease.status()),
        ..HealthSources::of_backend(&backend)
    };
    let sockets = Sockets::new(config.sockets);
    let server_options = ServerOptions {
        verifier: sign.verifier(),
        issuer: config.tokens.issuer,
        identity_key,
        steps,
        sockets: sockets.clone(),
        lease: Some(open_tools.lease.status()),
        settings: config.http,
    };
    let gate = ShutdownGate::default();
    let service = http::service_with_shutdown(&gate, backend, server_options)?;
    welcome(&format!("http://{}", listener.local_addr()?), &tokens);
    let server = serve::Server {
        service,
        connections: config.connections,
        gate,
        sockets,
        database,
    };
    metrics.serve(&tools.database, health, Some(&server))?;
    serve::until_signal(listener, server, open_tools, config.shutdown).await?;
    // Its unfinished work is rolled back, and repeated at the next start.
    opener.abort();
    Ok(())
}

/// Removes all data of the demo. Refuses this with `DATABASE_URL`, which may name another database.
fn erase(config: &Config) -> Result<(), CommandError> {
    if config.database_url.is_some() {
        return Err("--fresh removes the demo's own database; with DATABASE_URL set, empty that database yourself".into());
    }
    PrivatePostgres::erase(&config.data.join("postgres"))?;
    for part in ["search", "keys", "documents"] {
        let folder = config.data.join(part);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| {
                format!(
                    "cannot remove {}: {error}; remove it yourself",
                    folder.display()
                )
            })?;
        }
    }
    Ok(())
}

const OPENER_KEY: &str = "opener.key";

/// Returns the public half of the opener's key, and creates the key at the first start. The private
/// half is only in its file.
fn opener_key(folder: &Path, in_use: bool) -> Result<SealingKey, CommandError> {
    let file = folder.join(OPENER_KEY);
    if in_use && !file.exists() {
        let message = format!(
            "{} is missing, and the sealed tenders cannot be opened without it; restore it, or start over with --fresh",
            file.display()
        );
        return Err(message.into());
    }
    if !file.exists() {
        write_private(&file, &OpeningKey::generate().expose())?;
    }
    Ok(OpeningKey::load(&file)?.recipient().parse()?)
}

async fn fill(
    open: &OpenDatabase,
    files: &Files,
    sealing: &SealingKey,
    keys: &Path,
    config: &Config,
) -> Result<Journey, CommandError> {
    eprintln!("Writing the sample marketplace …");
    let chain_key = app::chain_key(config)?;
    let opening = OpeningKey::load(&keys.join(OPENER_KEY))?;
    let opener = Opener::new(opening, PublicKeys::default().with(&chain_key.public()));
    let database = Database {
        chain_key: Some(chain_key),
        ..open.database.clone()
    };
    let summary = sample::fill(&database, files, sealing, &opener, &config.tokens.issuer).await?;
    eprintln!(
        "{} procurements, {} organisations, {} questions, {} tenders.",
        summary.procurements, summary.organisations, summary.questions, summary.tenders
    );
    Ok(summary.journey)
}

/// Runs the opener in its own process, so that the serving process cannot read the tenders that it
/// seals. Restarts the opener when it ends.
async fn keep_opener(database_url: String, keys: PathBuf, chain_keys: String) {
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        match start_opener(&database_url, &keys, &chain_keys) {
            Ok(mut opener) => {
                // The opener ends when its standard input closes, which `wait` would do.
                let _input = opener.stdin.take();
                let ended = opener.wait().await;
                tracing::error!(?ended, "the opener ended; starting it again");
            }
            Err(error) => tracing::error!(%error, "the opener cannot be started; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn start_opener(database_url: &str, keys: &Path, chain_keys: &str) -> Result<Child, CommandError> {
    let program = std::env::current_exe()?;
    Ok(Command::new(program)
        .args(["opener", "--with-parent"])
        .env("DATABASE_URL", database_url)
        .env("TORG_OPENER_KEY_FILE", keys.join(OPENER_KEY))
        .env("TORG_CHAIN_KEYS", chain_keys)
        // This process uses the address of the metrics.
        .env_remove("TORG_METRICS")
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?)
}

fn tokens(key: &DevKey) -> Result<Tokens, CommandError> {
    PEOPLE
        .into_iter()
        .map(|(subject, who)| {
            Ok((
                subject,
                who,
                key.mint(subject, None, TimeDelta::days(TOKEN_DAYS), Utc::now())?,
            ))
        })
        .collect()
}

fn welcome(address: &str, tokens: &Tokens) {
    println!("\nTorg's sample marketplace is open.\n");
    println!("  Explorer   {address}/          (the journey's operations, ready to run)");
    println!("  GraphQL    {address}{}", http::GRAPHQL_PATH);
    println!("\nTokens, valid for {TOKEN_DAYS} days (`Authorization: Bearer …`):\n");
    for (subject, who, token) in tokens {
        println!("  {subject:<6} {who}\n         {token}\n");
    }
    println!("Stop with Ctrl-C; the data stays. Start over with --fresh.");
}
