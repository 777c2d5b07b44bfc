//! `torg bench`: measures import, search, long procurements, large dialogues and code lists, in its
//! own marketplace, which is removed afterwards.

mod dialogue;
mod listener;
mod lots;
mod overload;
mod searches;

use std::{
    fs,
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use clap::Args;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use torg::{
    app::{self, OpenDatabase},
    auth::devkey::DevKey,
    chain::PublicKeys,
    config::Config,
    database::Database,
    graphql::{Backend, Live},
    http::{self, AdmissionLimits, ServerOptions, Settings, Sockets},
    interop::import,
    jobs::Tools,
    kernel::codes::{self, Scheme},
    tender::{opener::Opener, sealing::OpeningKey},
};

use super::{CommandError, data};

/// Options of `torg bench`.
#[derive(Args)]
pub struct Bench {
    /// OCDS files to import and search in
    #[arg(required_unless_present_any = ["lots", "dialogue", "overload"])]
    files: Vec<PathBuf>,
    /// Folder for the data of the run; must not exist
    #[arg(long, default_value = "torg-bench")]
    folder: PathBuf,
    /// Number of searches
    #[arg(long, default_value_t = 2000)]
    searches: usize,
    /// Also measure the page of a procurement with this number of lots
    #[arg(long, value_parser = clap::value_parser!(u16).range(101..=5000))]
    lots: Option<u16>,
    /// Also measure a dialogue with 2,000 questions, 500 contributions and 500 subscribers
    #[arg(long)]
    dialogue: bool,
    /// Measure only overload: send ten times the requests that the server at this address can
    /// answer. The server must run without a rate limit (TORG_RATE_PER_MINUTE=0)
    #[arg(long)]
    overload: Option<String>,
    /// Process number of that server, to report its memory
    #[arg(long)]
    pid: Option<u32>,
}

/// Measures and prints the results.
pub async fn run(options: Bench) -> Result<(), CommandError> {
    if let Some(url) = &options.overload {
        return overload::run(url, options.pid).await;
    }
    if options.folder.exists() {
        return Err(format!(
            "{} exists; remove it or name another --folder",
            options.folder.display()
        )
        .into());
    }
    let mut config = Config::from_env()?;
    config.data = options.folder.clone();
    config.database_url = None;
    config.meili = None;
    config.documents = None;
    let measured = measure(&config, &options).await;
    fs::remove_dir_all(&options.folder)?;
    measured
}

async fn measure(config: &Config, options: &Bench) -> Result<(), CommandError> {
    let market = Market::open(config).await?;
    if !options.files.is_empty() {
        market.import(&options.files).await?;
        let times = searches::run(&market.client, options.searches).await?;
        println!(
            "search      {} through the API, one client: {times}",
            times.count()
        );
    }
    if let Some(count) = options.lots {
        lots::run(&market, &config.data, count).await?;
    }
    if options.dialogue {
        dialogue::run(&market).await?;
    }
    println!("codes       {}", code_searches());
    println!(
        "memory      {} MB resident",
        resident_kilobytes("self")? / 1024
    );
    println!("when        {}", Utc::now().date_naive());
    Ok(())
}

/// A marketplace with its API on its own port.
struct Market {
    store: OpenDatabase,
    tools: Tools,
    client: Client,
    keys: DevKey,
    issuer: String,
    opener: Opener,
    live: Live,
    server: JoinHandle<()>,
}

impl Drop for Market {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Market {
    async fn open(config: &Config) -> Result<Self, CommandError> {
        let store = OpenDatabase::open(config).await?;
        let chain_key = app::chain_key(config)?;
        let trusted = PublicKeys::default().with(&chain_key.public());
        let tools = Tools {
            database: Database {
                chain_key: Some(chain_key),
                ..store.database.clone()
            },
            search: app::engine(config)?,
            files: app::documents(config)?,
        };
        data::make_searchable(&tools).await?;
        let keys = DevKey::load_or_create(&config.data.join("keys"), config.tokens.clone())?;
        let opening = OpeningKey::generate();
        let live = Live::new(tools.database.clone());
        let issuer = config.tokens.issuer.clone();
        let backend = Backend {
            database: tools.database.clone(),
            search: tools.search.clone(),
            files: tools.files.clone(),
            sealing: opening.recipient().parse()?,
            chain_keys: trusted.clone(),
            reservations: Arc::new(config.reservations.clone()),
            live: live.clone(),
        };
        let server_options = ServerOptions {
            verifier: keys.verifier(),
            issuer: issuer.clone(),
            identity_key: app::identity_key(config)?,
            steps: Vec::new(),
            sockets: Sockets::new(config.sockets),
            lease: None,
            // One client sends the requests of many, so no rate limit applies.
            settings: Settings {
                rate: None,
                queue: AdmissionLimits {
                    running: NonZero::new(64).ok_or("64 is not 0")?,
                    waiting: 10_000,
                    ..AdmissionLimits::default()
                },
                ..config.http.clone()
            },
        };
        let service = http::service(backend, server_options)?;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let client = Client {
            address: format!("http://{}{}", listener.local_addr()?, http::GRAPHQL_PATH),
            http: reqwest::Client::new(),
        };
        let server = tokio::spawn(http::serve(
            listener,
            service,
            config.connections,
            std::future::pending(),
        ));
        Ok(Self {
            store,
            tools,
            client,
            keys,
            issuer,
            opener: Opener::new(opening, trusted),
            live,
            server,
        })
    }

    /// Imports files and prints the time until they are stored, and until they are searchable.
    async fn import(&self, files: &[PathBuf]) -> Result<(), CommandError> {
        let database = &self.store.database;
        let options = import::Options::default();
        let started = Instant::now();
        let summary = import::import(database, files, options, &mut std::io::stderr()).await?;
        let stored = started.elapsed();
        data::make_searchable(&self.tools).await?;
        let searchable = started.elapsed();
        println!(
            "import      {} releases, {} refused",
            summary.rows, summary.refused
        );
        for (what, elapsed) in [("stored    ", stored), ("searchable", searchable)] {
            let seconds = elapsed.as_secs_f64();
            let rate = summary.rows as f64 / seconds;
            println!("{what}  {seconds:.2} s, {rate:.0} releases/s");
        }
        Ok(())
    }
}

/// Client of the API that sends one request after another.
struct Client {
    address: String,
    http: reqwest::Client,
}

impl Client {
    /// Returns the data, and the time until the whole answer arrived.
    async fn ask(&self, query: &str, variables: Value) -> Result<(Value, Duration), CommandError> {
        self.ask_as(None, query, variables).await
    }

    /// Returns the same for a request with a token.
    async fn ask_as(
        &self,
        token: Option<&str>,
        query: &str,
        variables: Value,
    ) -> Result<(Value, Duration), CommandError> {
        let body = json!({ "query": query, "variables": variables });
        let started = Instant::now();
        let mut request = self.http.post(&self.address).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut answer: Value = request.send().await?.json().await?;
        let elapsed = started.elapsed();
        if !answer["errors"].is_null() {
            return Err(format!("a query failed: {}", answer["errors"]).into());
        }
        Ok((answer["data"].take(), elapsed))
    }
}

impl Client {
    /// Returns the address of the server: `host:port`.
    fn server(&self) -> Result<&str, CommandError> {
        let server = self.address.split('/').nth(2);
        server.ok_or_else(|| format!("`{}` is no address", self.address).into())
    }
}

/// Durations of repeated measurements.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn count(&self) -> usize {
        self.0.len()
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort();
        let at = |share: f64| {
            let place = (sorted.len().saturating_sub(1) as f64 * share) as usize;
            let time = sorted.get(place).copied().unwrap_or_default();
            time.as_secs_f64() * 1000.0
        };
        let (half, most, nearly_all) = (at(0.5), at(0.95), at(0.99));
        write!(
            f,
            "p50 {half:.2} ms, p95 {most:.2} ms, p99 {nearly_all:.2} ms"
        )
    }
}

/// Measures the code searches of a CPV picker while a person types, without the API.
fn code_searches() -> String {
    const TYPED: [&str; 10] = [
        "st",
        "stä",
        "städ",
        "städning skol",
        "cleaning",
        "siivous",
        "9091",
        "90919300-5",
        "straßenbau",
        "xyzzy",
    ];
    // The first search builds the index.
    codes::search::search(Scheme::Cpv, TYPED[0], "sv").len();
    let mut times = Times::default();
    for _ in 0..20 {
        for typed in TYPED {
            let started = Instant::now();
            std::hint::black_box(codes::search::search(Scheme::Cpv, typed, "sv"));
            times.0.push(started.elapsed());
        }
    }
    format!("{} searches of CPV: {times}", times.count())
}

/// Returns the resident memory of a process in kilobytes, including pages of the search index.
fn resident_kilobytes(process: &str) -> Result<u64, CommandError> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .ok_or("/proc has no resident memory of the process")?;
    Ok(line.split_whitespace().nth(1).unwrap_or_default().parse()?)
}
