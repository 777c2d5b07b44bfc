//! The commands that keep running: `serve` (HTTP and a worker), `worker`, `opener`.

use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};

use clap::Args;
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use torg::{
    app::{self, OpenDatabase},
    auth::{devkey::DevKey, jwks::JwksSettings, token::Verifier},
    chain::ChainKey,
    config::Config,
    database::Database,
    document::Files,
    graphql::{Backend, Live},
    http::{
        self, ConnectionLimits, HealthSources, MetricsSources, ServerOptions, Service,
        ShutdownGate, Sockets,
    },
    jobs::{self, Tools},
    kernel::codes,
    search::{self, lease::Lease},
    tender::{heartbeat, opener::Opener, sealing::OpeningKey},
};

use super::{CommandError, start_log::log_start};

/// The address to listen on.
#[derive(Args)]
pub struct Listen {
    /// Address to listen on
    #[arg(long, env = "TORG_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on
    #[arg(long, env = "TORG_PORT", default_value_t = 8080)]
    pub port: u16,
}

/// The HTTP service, and what is needed to shut it down.
pub struct Server {
    /// The service with all routes.
    pub service: Service,
    /// Limits on connections.
    pub connections: ConnectionLimits,
    /// Refuses requests during shutdown.
    pub gate: ShutdownGate,
    /// The open WebSockets.
    pub sockets: Sockets,
    /// The database connections of the requests.
    pub database: Database,
}

/// Runs `torg serve`.
pub async fn run(listen: Listen) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    config.require_production()?;
    let sealing = Config::sealing_key()?;
    let verifier = verifier(&config)?;
    let identity_key = app::identity_key(&config)?;
    let listener = bind(&listen).await?;
    let metrics = MetricsServer::bind(&config).await?;
    let background = OpenDatabase::open_for_background(&config).await?;
    let OpenTools { tools, lease } = tools(&config, &background, "torg serve").await?;
    let database = background.serving(&config).await?;
    let own = database.chain_key.as_ref().map(ChainKey::public);
    let chain_keys = Config::chain_keys()?.unwrap_or_default();
    let chain_keys = own.iter().fold(chain_keys, |keys, own| keys.with(own));
    log_start("serve", &config, &background);
    let backend = Backend {
        database: database.clone(),
        search: tools.search.clone(),
        files: tools.files.clone(),
        sealing,
        chain_keys,
        reservations: Arc::new(config.reservations),
        live: Live::with_replay(database.clone(), config.replay),
    };
    let health = HealthSources {
        lease: Some(lease.status()),
        ..HealthSources::of_backend(&backend)
    };
    let sockets = Sockets::new(config.sockets);
    let server_options = ServerOptions {
        verifier,
        issuer: config.tokens.issuer,
        identity_key,
        steps: Vec::new(),
        sockets: sockets.clone(),
        lease: Some(lease.status()),
        settings: config.http,
    };
    let gate = ShutdownGate::default();
    let service = http::service_with_shutdown(&gate, backend, server_options)?;
    println!(
        "Torg listens on http://{}{}",
        listener.local_addr()?,
        http::GRAPHQL_PATH
    );
    let server = Server {
        service,
        connections: config.connections,
        gate,
        sockets,
        database,
    };
    metrics.serve(&tools.database, health, Some(&server))?;
    let tools = OpenTools { tools, lease };
    until_signal(listener, server, tools, config.shutdown).await
}

/// What the worker's jobs need, and the lease on the search engine.
pub struct OpenTools {
    /// What the jobs need.
    pub tools: Tools,
    /// The worker runs while it is held.
    pub lease: Lease,
}

/// The longest wait for the lease of a process that was stopped a moment ago.
const LEASE_PATIENCE: Duration = Duration::from_secs(5);

/// Opens what the worker's jobs need, for the command `name`.
pub async fn tools(
    config: &Config,
    open: &OpenDatabase,
    name: &str,
) -> Result<OpenTools, CommandError> {
    let search = app::search(config, open, name, LEASE_PATIENCE).await?;
    Ok(OpenTools {
        tools: Tools {
            database: open.database.clone(),
            search: search.client,
            files: app::documents(config)?,
        },
        lease: search.lease,
    })
}

/// The server of the metrics; it does nothing unless `TORG_METRICS` is set.
pub struct MetricsServer(Option<TcpListener>);

impl MetricsServer {
    /// Listens on the address in `TORG_METRICS`.
    pub async fn bind(config: &Config) -> Result<Self, CommandError> {
        let Some(address) = &config.telemetry.metrics else {
            return Ok(Self(None));
        };
        let listener = TcpListener::bind(address).await.map_err(|error| {
            format!(
                "TORG_METRICS: cannot listen on {address}: {error}; give a free port of this \
                 machine, such as 127.0.0.1:9464"
            )
        })?;
        Ok(Self(Some(listener)))
    }

    /// Serves the metrics until the process exits.
    pub fn serve(
        self,
        background: &Database,
        health: HealthSources,
        server: Option<&Server>,
    ) -> Result<(), CommandError> {
        let Some(listener) = self.0 else {
            return Ok(());
        };
        println!("Metrics are on http://{}/metrics", listener.local_addr()?);
        let serving = server.map(|server| ("serving", server.database.pool.clone()));
        // The label's value is part of the metrics' contract, so it keeps its old name.
        let worker = ("beside", background.pool.clone());
        let router = http::metrics_router(MetricsSources {
            pools: serving.into_iter().chain([worker]).collect(),
            queue: background.pool.clone(),
            sockets: server.map(|server| server.sockets.clone()),
            health,
        });
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the metrics server failed; metrics are no longer served");
            }
        });
        Ok(())
    }
}

fn verifier(config: &Config) -> Result<Verifier, CommandError> {
    Ok(match &config.keys {
        Some(source) => Verifier::remote(&config.tokens, JwksSettings::of(source.clone()))?,
        None => DevKey::load(&config.data.join("keys"), config.tokens.clone())?.verifier(),
    })
}

/// Listens on the address, or returns an error that suggests another port.
pub async fn bind(listen: &Listen) -> Result<TcpListener, CommandError> {
    let address = (listen.host, listen.port);
    TcpListener::bind(address).await.map_err(|error| {
        let (host, port) = address;
        let other = if port < u16::MAX { port + 1 } else { port - 1 };
        format!(
            "cannot listen on {host}:{port}: {error}; stop the program that uses the port, or \
             choose another with --port {other}"
        )
        .into()
    })
}

/// Serves HTTP and runs the worker until SIGINT or SIGTERM, then shuts down gracefully: running
/// requests and jobs finish, new requests are refused, WebSockets are closed, unfinished jobs are
/// returned to the queue. The function returns when this is done, or after `limit`.
pub async fn until_signal(
    listener: TcpListener,
    server: Server,
    tools: OpenTools,
    limit: Duration,
) -> Result<(), CommandError> {
    let (_, stopping) = stop_signal()?;
    // Otherwise the first search of a code would wait for it.
    tokio::task::spawn_blocking(codes::search::prepare);
    let mut worker = tokio::spawn(work(tools, stopping.clone(), grace(limit)));
    let drained = watch::Sender::new(false);
    let (service, limits) = (server.service, server.connections);
    let listening = http::serve(listener, service, limits, is_set(drained.subscribe()));
    let mut listening = pin!(listening);
    tokio::select! {
        () = &mut listening => return Ok(()),
        () = is_set(stopping) => {
            tracing::info!(?limit, "shutting down: running requests finish, new requests are refused");
        }
    }
    let drain = async {
        let (gate, sockets) = (&server.gate, &server.sockets);
        let (_, _, worker) = tokio::join!(gate.drain(), sockets.close(), &mut worker);
        // Until now new clients received SHUTTING_DOWN; now the server stops listening.
        drained.send_replace(true);
        worker
    };
    match timeout(limit, async { tokio::join!(drain, listening) }).await {
        Ok((worker, ())) => Ok(worker?),
        Err(_) => {
            tracing::warn!("{CUT_OFF}");
            Ok(())
        }
    }
}

/// The log line when a graceful shutdown takes too long.
const CUT_OFF: &str = "the time limit of the shutdown has passed; unfinished work is cut off";

/// Returns the share of the shutdown time in which jobs may finish; the rest is for returning them
/// to the queue.
fn grace(limit: Duration) -> Duration {
    limit.mul_f64(0.7)
}

/// Runs the worker until the process stops. When the search engine or the database is down, it
/// tries again every 2 seconds; the HTTP API keeps serving.
async fn work(tools: OpenTools, stopping: watch::Receiver<bool>, grace: Duration) {
    while let Err(error) = work_once(&tools, &stopping, grace).await {
        if pause(&error, &stopping).await {
            return;
        }
    }
}

async fn work_once(
    OpenTools { tools, lease }: &OpenTools,
    stopping: &watch::Receiver<bool>,
    grace: Duration,
) -> Result<(), CommandError> {
    let lease = lease.status();
    let prepare = async {
        lease.held().await;
        search::prepare(&tools.search, &tools.database.pool).await
    };
    tokio::select! {
        prepared = prepare => prepared?,
        () = is_set(stopping.clone()) => return Ok(()),
    }
    tracing::info!("the search index is ready");
    let stop = is_set(stopping.clone());
    // Without the lease another process may index, with another engine.
    let lost = async move { lease.lost().await };
    let shutdown = async move {
        tokio::select! {
            () = stop => {}
            () = lost => {}
        }
    };
    let worker = jobs::worker_with_grace(tools.clone(), shutdown, grace).await?;
    worker.run().await.map_err(jobs::JobError::new)?;
    match *stopping.borrow() {
        true => Ok(()),
        false => Err("the search engine is not reserved for this process".into()),
    }
}

/// Waits 2 seconds before the next try; returns whether the process must stop.
async fn pause(error: &CommandError, stopping: &watch::Receiver<bool>) -> bool {
    const PAUSE: Duration = Duration::from_secs(2);
    tracing::warn!(%error, "the worker failed; trying again");
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => false,
        () = is_set(stopping.clone()) => true,
    }
}

/// Error of a worker that would use the embedded engine.
const WORKER_NEEDS_SERVER: &str = "MEILI_URL is not set, and `torg worker` needs it: only one \
    process can use the embedded search engine, and `torg serve` runs the jobs itself; set MEILI_URL \
    for all processes to one Meilisearch server, or do not start a worker";

/// Runs `torg worker`.
pub async fn worker() -> Result<(), CommandError> {
    let config = Config::from_env()?;
    if config.meili.is_none() {
        return Err(WORKER_NEEDS_SERVER.into());
    }
    let metrics = MetricsServer::bind(&config).await?;
    let open = OpenDatabase::open_for_worker(&config).await?;
    let tools = tools(&config, &open, "torg worker").await?;
    let health = HealthSources {
        search: Some(tools.tools.search.clone()),
        files: Some(tools.tools.files.clone()),
        lease: Some(tools.lease.status()),
        ..HealthSources::of_database(&open.database)
    };
    metrics.serve(&open.database, health, None)?;
    log_start("worker", &config, &open);
    let (_, stopping) = stop_signal()?;
    let work = work(tools, stopping.clone(), grace(config.shutdown));
    within(config.shutdown, stopping, work).await;
    Ok(())
}

/// Runs `torg opener`.
pub async fn opener(with_parent: bool) -> Result<(), CommandError> {
    let config = Config::from_env()?;
    let key = OpeningKey::load(&Config::opener_key_file()?)?;
    key.prove()?;
    let opener =
        Arc::new(Opener::new(key, Config::required_chain_keys()?).anchored(Config::chain_anchor()));
    let metrics = MetricsServer::bind(&config).await?;
    let background = OpenDatabase::open_for_opener(&config).await?;
    let health = HealthSources::of_database(&background.database);
    metrics.serve(&background.database, health, None)?;
    let files = app::documents(&config)?;
    log_start("opener", &config, &background);
    let mut beats = JoinSet::new();
    let pool = background.database.pool.clone();
    beats.spawn(heartbeat::run(pool, opener.clone()));
    let (stop, stopping) = stop_signal()?;
    if with_parent {
        stop_with_parent(stop);
    }
    let open = async {
        while let Err(error) = open_once(&background.database, &opener, &files, &stopping).await {
            if pause(&error, &stopping).await {
                break;
            }
        }
    };
    within(config.shutdown, stopping.clone(), open).await;
    Ok(())
}

/// Runs `work` until it completes, but at most for `limit` after the stop signal.
async fn within(limit: Duration, stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    let expired = async {
        is_set(stopping).await;
        tokio::time::sleep(limit).await;
    };
    tokio::select! {
        () = work => {}
        () = expired => tracing::warn!("{CUT_OFF}"),
    }
}

async fn open_once(
    database: &Database,
    opener: &Arc<Opener>,
    files: &Files,
    stopping: &watch::Receiver<bool>,
) -> Result<(), CommandError> {
    let shutdown = is_set(stopping.clone());
    let worker = jobs::opener(database.clone(), opener.clone(), files.clone(), shutdown).await?;
    Ok(worker.run().await.map_err(jobs::JobError::new)?)
}

/// Stops the process when standard input closes: the parent process has exited.
fn stop_with_parent(stop: watch::Sender<bool>) {
    tokio::spawn(async move {
        let mut input = tokio::io::stdin();
        let mut buffer = [0; 64];
        while input.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        stop.send_replace(true);
    });
}

/// Returns a flag that becomes true at SIGINT or SIGTERM.
fn stop_signal() -> Result<(watch::Sender<bool>, watch::Receiver<bool>), CommandError> {
    let (sender, receiver) = watch::channel(false);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = sender.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stop.send_replace(true);
    });
    Ok((sender, receiver))
}

/// Waits until the flag is true.
async fn is_set(mut flag: watch::Receiver<bool>) {
    // An error means that the sender is dropped: the runtime is shutting down.
    let _ = flag.wait_for(|set| *set).await;
}
