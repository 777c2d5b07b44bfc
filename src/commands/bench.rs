//! `torg bench`: import and search measured on real notices, in a marketplace of its own that is removed afterwards.

use std::{
    fs,
    future::IntoFuture,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use clap::Args;
use serde_json::{Value, json};
use torg::{
    app::{self, Store},
    auth::devkey::DevKey,
    config::Config,
    graphql::Backend,
    http,
    interop::import,
    tender::sealing::OpeningKey,
};

use super::{Failed, data};

/// What to measure.
#[derive(Args)]
pub struct Bench {
    /// OCDS files to import
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where to keep the data meanwhile; must not exist
    #[arg(long, default_value = "torg-bench")]
    folder: PathBuf,
    /// How many searches
    #[arg(long, default_value_t = 2000)]
    searches: usize,
}

/// Words of the field in several languages, with a typo here and there.
const WORDS: [&str; 24] = [
    "cleaning",
    "school meals",
    "städning",
    "entretien",
    "travaux de voirie",
    "Reinigung",
    "Straßenbau",
    "software",
    "maintenence",
    "ambulance",
    "siivous",
    "catering",
    "consultancy services",
    "asphalt",
    "generator",
    "assurance",
    "électricité",
    "usługi",
    "servicios de limpieza",
    "manutenzione",
    "hospital equipment",
    "bridge",
    "architekt",
    "insurence",
];

/// Filters that a search is narrowed by in turn.
fn filters() -> [Value; 4] {
    [
        json!({}),
        json!({ "phase": ["TENDERING", "UPCOMING", "EVALUATION"] }),
        json!({ "cpv": ["45000000", "90000000"] }),
        json!({ "nuts": ["DE", "FR"] }),
    ]
}

/// Measures and prints.
pub async fn run(options: Bench) -> Result<(), Failed> {
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
    let measured = measure(&config, &options).await;
    fs::remove_dir_all(&options.folder)?;
    measured
}

async fn measure(config: &Config, options: &Bench) -> Result<(), Failed> {
    let store = Store::open(config).await?;
    let search = app::engine(config)?;
    data::make_searchable(&search, &store.database).await?;
    let started = Instant::now();
    let summary = import::import(
        &store.database,
        &options.files,
        import::Options::default(),
        &mut std::io::stderr(),
    )
    .await?;
    let stored = started.elapsed();
    data::make_searchable(&search, &store.database).await?;
    let searchable = started.elapsed();
    let rate = |elapsed: Duration| summary.rows as f64 / elapsed.as_secs_f64();
    println!(
        "import      {} releases, {} refused",
        summary.rows, summary.refused
    );
    println!(
        "stored      {:.2} s, {:.0} releases/s",
        stored.as_secs_f64(),
        rate(stored)
    );
    println!(
        "searchable  {:.2} s, {:.0} releases/s",
        searchable.as_secs_f64(),
        rate(searchable)
    );

    let sealing = OpeningKey::generate().recipient().parse()?;
    let keys = DevKey::load_or_create(&config.data.join("keys"), config.tokens.clone())?;
    let backend = Backend {
        database: store.database.clone(),
        search,
        sealing,
        reservations: Arc::new(config.reservations.clone()),
    };
    let router = http::router(
        backend,
        keys.verifier(),
        config.tokens.issuer.clone(),
        Vec::new(),
    );
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = format!("http://{}{}", listener.local_addr()?, http::GRAPHQL_PATH);
    let server = tokio::spawn(axum::serve(listener, router).into_future());
    let mut times = searches(&address, options.searches).await?;
    server.abort();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "search      {} through the API, one client: p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms",
        times.len(),
        at(0.5),
        at(0.95),
        at(0.99)
    );
    println!("memory      {} MB resident", resident_megabytes()?);
    println!("when        {}", Utc::now().date_naive());
    Ok(())
}

/// Searches one after another; each page has ten procurements with buyers and code labels, and counts of four facets.
async fn searches(address: &str, count: usize) -> Result<Vec<Duration>, Failed> {
    let client = reqwest::Client::new();
    let query = include_str!("../../schema/operations/01-search.graphql");
    let filters = filters();
    let mut times = Vec::with_capacity(count);
    for turn in 0..count.max(1) {
        let variables = json!({ "query": WORDS[turn % WORDS.len()], "filter": filters[turn / WORDS.len() % filters.len()] });
        let body = json!({ "query": query, "variables": variables });
        let started = Instant::now();
        let answer: Value = client
            .post(address)
            .json(&body)
            .send()
            .await?
            .json()
            .await?;
        times.push(started.elapsed());
        if !answer["errors"].is_null() {
            return Err(format!("a search failed: {}", answer["errors"]).into());
        }
    }
    Ok(times)
}

/// What the kernel says this process keeps in memory, pages of the search index included.
fn resident_megabytes() -> Result<u64, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .ok_or("the kernel does not tell the resident memory")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap_or_default().parse()?;
    Ok(kilobytes / 1024)
}
