//! Serving: HTTP with a worker beside it, a worker alone, the opener.

use std::{future::IntoFuture, net::IpAddr, sync::Arc, time::Duration};

use clap::Args;
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use torg::{
    app::{self, Store},
    auth::{devkey::DevKey, jwks::JwksSettings, token::Verifier},
    config::Config,
    database::Database,
    graphql::{Backend, Live},
    http::{self, Front, Service, Sockets},
    jobs::{self, Tools},
    search,
    tender::sealing::OpeningKey,
};

use super::Failed;

/// How long requests in flight may take after a signal to end.
const GRACE: Duration = Duration::from_secs(10);

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

/// `torg serve`.
pub async fn run(listen: Listen) -> Result<(), Failed> {
    let config = Config::from_env()?;
    config.require_production()?;
    let sealing = Config::sealing_key()?;
    let verifier = verifier(&config)?;
    let listener = bind(&listen).await?;
    let store = Store::open(&config).await?;
    let search = app::engine(&config)?;
    let files = app::documents(&config)?;
    let backend = Backend {
        database: store.database.clone(),
        search: search.clone(),
        files: files.clone(),
        sealing,
        reservations: Arc::new(config.reservations),
        live: Live::new(store.database.clone()),
    };
    let sockets = Sockets::new(config.sockets);
    let front = Front {
        verifier,
        issuer: config.tokens.issuer,
        tabs: Vec::new(),
        sockets: sockets.clone(),
        settings: config.front,
    };
    let service = http::service(backend, front)?;
    println!(
        "Torg listens on http://{}{}",
        listener.local_addr()?,
        http::GRAPHQL_PATH
    );
    let tools = Tools {
        database: store.database.clone(),
        search,
        files,
    };
    until_signal(listener, (service, sockets), tools).await
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

/// Serves HTTP and runs the worker until SIGINT or SIGTERM; then finishes what is in flight, and closes the sockets.
pub async fn until_signal(
    listener: TcpListener,
    (service, sockets): (Service, Sockets),
    tools: Tools,
) -> Result<(), Failed> {
    let (_, stopping) = stop_signal()?;
    let worker = tokio::spawn(work(tools, stopping.clone()));
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(ended(stopping.clone()))
        .into_future();
    let closed = async {
        ended(stopping.clone()).await;
        sockets.close().await;
    };
    tokio::select! {
        (served, ()) = async { tokio::join!(served, closed) } => served?,
        () = async { ended(stopping.clone()).await; tokio::time::sleep(GRACE).await } => {}
    }
    worker.await?;
    Ok(())
}

/// Runs the worker until the process stops. That search or the database is down is no reason not to serve: it is tried
/// again a little later.
async fn work(tools: Tools, stopping: watch::Receiver<bool>) {
    while let Err(error) = work_once(&tools, &stopping).await {
        if pause(&error, &stopping).await {
            return;
        }
    }
}

async fn work_once(tools: &Tools, stopping: &watch::Receiver<bool>) -> Result<(), Failed> {
    search::prepare(&tools.search, &tools.database.pool).await?;
    let shutdown = ended(stopping.clone());
    let worker = jobs::worker(tools.clone(), shutdown).await?;
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
    let store = Store::open(&config).await?;
    let tools = Tools {
        database: store.database.clone(),
        search: app::engine(&config)?,
        files: app::documents(&config)?,
    };
    let (_, stopping) = stop_signal()?;
    work(tools, stopping).await;
    Ok(())
}

/// `torg opener`.
pub async fn opener(with_parent: bool) -> Result<(), Failed> {
    let config = Config::from_env()?;
    let key = Arc::new(OpeningKey::load(&Config::opener_key_file()?)?);
    let store = Store::open(&config).await?;
    let (stop, stopping) = stop_signal()?;
    if with_parent {
        end_with_parent(stop);
    }
    while let Err(error) = open_once(&store.database, &key, &stopping).await {
        if pause(&error, &stopping).await {
            break;
        }
    }
    Ok(())
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
