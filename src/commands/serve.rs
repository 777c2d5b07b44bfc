//! Serving: HTTP with a worker beside it, a worker alone, the opener.

use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};

use clap::Args;
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::timeout,
};
use torg::{
    app::{self, Store},
    auth::{devkey::DevKey, jwks::JwksSettings, token::Verifier},
    config::Config,
    database::Database,
    graphql::{Backend, Live},
    http::{self, ConnectionLimits, Door, Front, Measured, Service, Sockets},
    jobs::{self, Tools},
    search,
    tender::sealing::OpeningKey,
};

use super::Failed;

/// Where to listen.
#[derive(Args)]
pub struct Listen {
    /// Address to listen on
    #[arg(long, env = "TORG_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on
    #[arg(long, env = "TORG_PORT", default_value_t = 8080)]
    pub port: u16,
}

/// What serves, and who comes and goes.
pub struct Served {
    /// Everything that is served.
    pub service: Service,
    /// What connections to it are held to.
    pub connections: ConnectionLimits,
    /// What it is behind.
    pub door: Door,
    /// Those that are open.
    pub sockets: Sockets,
    /// The connections that requests use.
    pub database: Database,
}

/// `torg serve`.
pub async fn run(listen: Listen) -> Result<(), Failed> {
    let config = Config::from_env()?;
    config.require_production()?;
    let sealing = Config::sealing_key()?;
    let verifier = verifier(&config)?;
    let listener = bind(&listen).await?;
    let metrics = Metrics::bind(&config).await?;
    let store = Store::beside(&config).await?;
    let tools = tools(&config, &store)?;
    let database = store.serving(&config).await?;
    let backend = Backend {
        database: database.clone(),
        search: tools.search.clone(),
        files: tools.files.clone(),
        sealing,
        reservations: Arc::new(config.reservations),
        live: Live::new(database.clone()),
    };
    let sockets = Sockets::new(config.sockets);
    let front = Front {
        verifier,
        issuer: config.tokens.issuer,
        tabs: Vec::new(),
        sockets: sockets.clone(),
        settings: config.front,
    };
    let door = Door::default();
    let service = http::service_behind(&door, backend, front)?;
    println!(
        "Torg listens on http://{}{}",
        listener.local_addr()?,
        http::GRAPHQL_PATH
    );
    let served = Served {
        service,
        connections: config.connections,
        door,
        sockets,
        database,
    };
    metrics.serve(&tools.database, Some(&served))?;
    until_signal(listener, served, tools, config.shutdown).await
}

/// What the worker works with.
pub fn tools(config: &Config, store: &Store) -> Result<Tools, Failed> {
    Ok(Tools {
        database: store.database.clone(),
        search: app::engine(config)?,
        files: app::documents(config)?,
    })
}

/// Where metrics are served, if they are.
pub struct Metrics(Option<TcpListener>);

impl Metrics {
    /// Listens, or says why it cannot.
    pub async fn bind(config: &Config) -> Result<Self, Failed> {
        let Some(address) = &config.telemetry.metrics else {
            return Ok(Self(None));
        };
        let listener = TcpListener::bind(address).await.map_err(|error| {
            format!("TORG_METRICS: cannot listen on {address}: {error}; give a free port of this machine, as 127.0.0.1:9464")
        })?;
        Ok(Self(Some(listener)))
    }

    /// Serves them until the process has ended.
    pub fn serve(self, beside: &Database, served: Option<&Served>) -> Result<(), Failed> {
        let Some(listener) = self.0 else {
            return Ok(());
        };
        println!("Metrics are on http://{}/metrics", listener.local_addr()?);
        let serving = served.map(|served| ("serving", served.database.pool.clone()));
        let worker = ("beside", beside.pool.clone());
        let router = http::metrics_router(Measured {
            pools: serving.into_iter().chain([worker]).collect(),
            queue: beside.pool.clone(),
            sockets: served.map(|served| served.sockets.clone()),
        });
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "metrics are no longer served");
            }
        });
        Ok(())
    }
}

fn verifier(config: &Config) -> Result<Verifier, Failed> {
    Ok(match &config.keys {
        Some(source) => Verifier::remote(&config.tokens, JwksSettings::of(source.clone()))?,
        None => DevKey::load(&config.data.join("keys"), config.tokens.clone())?.verifier(),
    })
}

/// Listens, or says that the port is taken.
pub async fn bind(listen: &Listen) -> Result<TcpListener, Failed> {
    let address = (listen.host, listen.port);
    TcpListener::bind(address).await.map_err(|error| {
        let (host, port) = address;
        let other = if port < u16::MAX { port + 1 } else { port - 1 };
        format!("cannot listen on {host}:{port}: {error}; stop what listens there, or choose another with --port {other}").into()
    })
}

/// Serves HTTP and runs the worker until SIGINT or SIGTERM. Then what runs is finished, what comes is refused, sockets are
/// closed, the jobs in hand are finished or given back; and, when all that is done or `bound` has passed, the process ends.
pub async fn until_signal(
    listener: TcpListener,
    served: Served,
    tools: Tools,
    bound: Duration,
) -> Result<(), Failed> {
    let (_, stopping) = stop_signal()?;
    let mut worker = tokio::spawn(work(tools, stopping.clone(), grace(bound)));
    let all_out = watch::Sender::new(false);
    let (service, limits) = (served.service, served.connections);
    let listening = http::serve(listener, service, limits, ended(all_out.subscribe()));
    let mut listening = pin!(listening);
    tokio::select! {
        () = &mut listening => return Ok(()),
        () = ended(stopping) => tracing::info!(?bound, "ending: what runs is finished, what comes is refused"),
    }
    let finish = async {
        let (_, _, worked) = tokio::join!(served.door.close(), served.sockets.close(), &mut worker);
        // Until here who comes is told to come back; from here on nobody listens.
        all_out.send_replace(true);
        worked
    };
    match timeout(bound, async { tokio::join!(finish, listening) }).await {
        Ok((worked, ())) => Ok(worked?),
        Err(_) => {
            tracing::warn!("what has not ended by now is cut off");
            Ok(())
        }
    }
}

/// How long the jobs in hand may take of what the process has to end: enough is left to give them back.
fn grace(bound: Duration) -> Duration {
    bound.mul_f64(0.7)
}

/// Runs the worker until the process stops. That search or the database is down is no reason not to serve: it is tried
/// again a little later.
async fn work(tools: Tools, stopping: watch::Receiver<bool>, grace: Duration) {
    while let Err(error) = work_once(&tools, &stopping, grace).await {
        if pause(&error, &stopping).await {
            return;
        }
    }
}

async fn work_once(
    tools: &Tools,
    stopping: &watch::Receiver<bool>,
    grace: Duration,
) -> Result<(), Failed> {
    tokio::select! {
        prepared = search::prepare(&tools.search, &tools.database.pool) => prepared?,
        () = ended(stopping.clone()) => return Ok(()),
    }
    let shutdown = ended(stopping.clone());
    let worker = jobs::worker_with_grace(tools.clone(), shutdown, grace).await?;
    Ok(worker.run().await.map_err(jobs::JobError::new)?)
}

/// Waits a little before trying again; answers whether the process is to stop meanwhile.
async fn pause(error: &Failed, stopping: &watch::Receiver<bool>) -> bool {
    const PAUSE: Duration = Duration::from_secs(2);
    tracing::warn!(%error, "the worker cannot go on; trying again");
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => false,
        () = ended(stopping.clone()) => true,
    }
}

/// `torg worker`.
pub async fn worker() -> Result<(), Failed> {
    let config = Config::from_env()?;
    let metrics = Metrics::bind(&config).await?;
    let store = Store::open(&config).await?;
    let tools = tools(&config, &store)?;
    metrics.serve(&store.database, None)?;
    let (_, stopping) = stop_signal()?;
    let work = work(tools, stopping.clone(), grace(config.shutdown));
    within(config.shutdown, stopping, work).await;
    Ok(())
}

/// `torg opener`.
pub async fn opener(with_parent: bool) -> Result<(), Failed> {
    let config = Config::from_env()?;
    let key = Arc::new(OpeningKey::load(&Config::opener_key_file()?)?);
    let metrics = Metrics::bind(&config).await?;
    let store = Store::beside(&config).await?;
    metrics.serve(&store.database, None)?;
    let (stop, stopping) = stop_signal()?;
    if with_parent {
        end_with_parent(stop);
    }
    let open = async {
        while let Err(error) = open_once(&store.database, &key, &stopping).await {
            if pause(&error, &stopping).await {
                break;
            }
        }
    };
    within(config.shutdown, stopping.clone(), open).await;
    Ok(())
}

/// Works until it ends, which it does within a bound once the process is to.
async fn within(bound: Duration, stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    let cut = async {
        ended(stopping).await;
        tokio::time::sleep(bound).await;
    };
    tokio::select! {
        () = work => {}
        () = cut => tracing::warn!("what has not ended by now is cut off"),
    }
}

async fn open_once(
    database: &Database,
    key: &Arc<OpeningKey>,
    stopping: &watch::Receiver<bool>,
) -> Result<(), Failed> {
    let shutdown = ended(stopping.clone());
    let worker = jobs::opener(database.clone(), key.clone(), shutdown).await?;
    Ok(worker.run().await.map_err(jobs::JobError::new)?)
}

/// Ends when the standard input does: the process that holds its other end has ended.
fn end_with_parent(stop: watch::Sender<bool>) {
    tokio::spawn(async move {
        let mut input = tokio::io::stdin();
        let mut buffer = [0; 64];
        while input.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        stop.send_replace(true);
    });
}

/// Turns true at SIGINT or SIGTERM.
fn stop_signal() -> Result<(watch::Sender<bool>, watch::Receiver<bool>), Failed> {
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

/// Waits until the process is to stop.
async fn ended(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the process's runtime.
    let _ = stopping.wait_for(|stop| *stop).await;
}
