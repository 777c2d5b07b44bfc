//! Torg in full on a port of its own: PostgreSQL, the search engine, the worker and the opener.

use std::{
    collections::BTreeSet,
    num::NonZero,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{RequestBuilder, Url};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::{sync::watch, time::Instant};
use torg::{
    auth::{
        self, Actor,
        algorithm::SigningAlgorithm,
        devkey::DevKey,
        token::{TokenSettings, Verifier},
    },
    chain::{ChainKey, PublicKeys},
    database::{Database, quota::Quotas},
    document::{Files, Limits, MinimumPace},
    graphql::{Backend, Live},
    http::{
        self, AdmissionLimits, ConnectionLimits, ServerOptions, Settings, SocketLimits, Sockets,
    },
    jobs::{self, Tools},
    kernel::{clock::Clock, ids::OrganisationId},
    procurement::reservation::ReservationRules,
    search::{
        self, SearchClient,
        engine::{Engine, client},
    },
    tender::{opener::Opener, procurement_key::NewKeys, sealing::OpeningKey},
};

use super::{
    cast::{self, Organisations, Person},
    client::Client,
    folder::folder,
    postgres::{TestDatabase, database},
};

const ISSUER: &str = "https://issuer.example";
/// An address where nothing listens.
const NOWHERE: &str = "http://127.0.0.1:9";
/// Maximum time until the worker has acted on a change.
const PATIENCE: Duration = Duration::from_secs(60);
const KEY_FILE: &str = "opener.key";
const DOCUMENTS: &str = "documents";
/// Limits of uploads in the tests: lower than in production.
pub const DOCUMENT_LIMITS: Limits = Limits {
    size: 60 << 20,
    pause: Duration::from_secs(6),
    whole: Duration::from_secs(600),
    pace: MinimumPace {
        bytes_per_second: 0,
        window: Duration::from_secs(1),
    },
};

/// Limits of sockets in the tests: lower than in production.
pub const SOCKET_LIMITS: SocketLimits = SocketLimits {
    sockets: NonZero::new(1_200).unwrap(),
    per_person: NonZero::new(600).unwrap(),
    per_network: NonZero::new(600).unwrap(),
    subscriptions: NonZero::new(3).unwrap(),
    message: NonZero::new(16 * 1024).unwrap(),
    init_timeout: Duration::from_secs(60),
};

/// The opener's key, and keys of procurements. All tests share them, because it takes time to make
/// them.
static OPENING: LazyLock<(OpeningKey, NewKeys)> = LazyLock::new(|| {
    let opening = OpeningKey::generate();
    let keys = NewKeys::generate(&opening, 40).unwrap();
    (opening, keys)
});

/// A running Torg, stopped when dropped.
pub struct TestApp {
    pub address: String,
    pub database: Database,
    pub search: SearchClient,
    pub files: Files,
    pub organisations: Organisations,
    pub http: reqwest::Client,
    backend: Backend,
    /// The files of `schema/operations` that were run.
    pub operations_run: Mutex<BTreeSet<String>>,
    folder: TempDir,
    key: DevKey,
    stop: watch::Sender<bool>,
    _database: TestDatabase,
}

/// A second server on the app's database.
pub struct AnotherServer {
    pub address: String,
    pub live: Live,
    pub sockets: Sockets,
}

/// Services that run in addition to the HTTP server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Services {
    /// The search engine, the worker and the opener.
    Everything,
    /// The search engine alone; no service queries the database by itself.
    Engine,
    /// The opener alone; search is down.
    Opener,
}

impl TestApp {
    /// Starts every service, as in production.
    pub async fn start() -> Self {
        Self::with(Services::Everything).await
    }

    /// Starts without search and without notifications, which is faster.
    pub async fn without_search() -> Self {
        Self::with(Services::Opener).await
    }

    /// Starts with a search engine and without services that use the database by themselves.
    pub async fn without_workers() -> Self {
        Self::with(Services::Engine).await
    }

    /// Starts without services on a machine whose clock is ahead of the database's by `error`.
    pub async fn on_wrong_machine(error: TimeDelta) -> Self {
        Self::with_clock(Services::Engine, Clock::on_wrong_machine(error)).await
    }

    async fn with(services: Services) -> Self {
        Self::with_clock(services, Clock::default()).await
    }

    async fn with_clock(services: Services, clock: Clock) -> Self {
        let test_database = database().await;
        let chain_key = ChainKey::generate();
        let database = Database {
            pool: pool(&test_database.url).await,
            clock,
            quotas: Quotas::default(),
            chain_key: Some(chain_key.clone()),
        };
        torg::database::measure(&database).await.unwrap();
        let folder = folder();
        let settings = TokenSettings {
            issuer: ISSUER.into(),
            audience: "torg".into(),
            algorithm: SigningAlgorithm::EdDsa,
        };
        let key = DevKey::load_or_create(folder.path(), settings).unwrap();
        let (opening, keys) = &*OPENING;
        keys.insert(&database.pool, opening).await.unwrap();
        std::fs::write(folder.path().join(KEY_FILE), opening.expose()).unwrap();
        let search = match services {
            Services::Opener => unreachable_search(),
            _ => embedded(&folder, &database.pool).await,
        };
        let files = Files::in_folder(&folder.path().join(DOCUMENTS), DOCUMENT_LIMITS).unwrap();
        let backend = Backend {
            database: database.clone(),
            search: search.clone(),
            files: files.clone(),
            // The server has only the public key, so it cannot open tenders.
            sealing: opening.recipient().parse().unwrap(),
            chain_keys: PublicKeys::default()
                .with(&chain_key.public())
                .with(&opening.chain_key().public()),
            reservations: Arc::new(ReservationRules::standard().unwrap()),
            live: Live::new(database.clone()),
        };
        let sockets = Sockets::new(SOCKET_LIMITS);
        let trusted = (key.verifier(), ISSUER);
        let address = serve(backend.clone(), trusted, sockets, unhurried()).await;
        let mut connection = database.pool.acquire().await.unwrap();
        let organisations = cast::store(&mut connection, ISSUER).await;
        drop(connection);
        let app = Self {
            address,
            database,
            search: search.clone(),
            files,
            organisations,
            http: http_client(),
            backend,
            operations_run: Mutex::default(),
            folder,
            key,
            stop: watch::Sender::new(false),
            _database: test_database,
        };
        if services == Services::Everything {
            app.start_worker(search).await;
        }
        if services != Services::Engine {
            app.start_opener().await;
        }
        app
    }

    /// Starts the worker that indexes and notifies, with this search engine.
    pub async fn start_worker(&self, search: SearchClient) {
        let stopped = ended(self.stop.subscribe());
        let tools = Tools {
            database: self.database.clone(),
            search,
            files: self.files.clone(),
        };
        let worker = jobs::worker(tools, stopped).await;
        let worker = worker.unwrap();
        tokio::spawn(async move { worker.run().await.unwrap() });
    }

    /// Returns the subscriptions of this server.
    pub fn live(&self) -> &Live {
        &self.backend.live
    }

    /// Starts another server on the same database.
    pub async fn another_server(&self, limits: SocketLimits) -> AnotherServer {
        self.server_with(limits, unhurried()).await
    }

    /// Starts another server with these HTTP settings.
    pub async fn server_with(&self, limits: SocketLimits, settings: Settings) -> AnotherServer {
        let live = Live::new(self.database.clone());
        let backend = Backend {
            live: live.clone(),
            ..self.backend.clone()
        };
        let sockets = Sockets::new(limits);
        let trusted = (self.key.verifier(), ISSUER);
        AnotherServer {
            address: serve(backend, trusted, sockets.clone(), settings).await,
            live,
            sockets,
        }
    }

    /// Starts another server with these quotas; returns its address.
    pub async fn server_with_quotas(&self, quotas: Quotas) -> String {
        let backend = Backend {
            database: Database {
                quotas,
                ..self.database.clone()
            },
            ..self.backend.clone()
        };
        let trusted = (self.key.verifier(), ISSUER);
        serve(backend, trusted, Sockets::new(SOCKET_LIMITS), unhurried()).await
    }

    /// Starts another server that trusts another token issuer; returns its address.
    pub async fn server_trusting(
        &self,
        verifier: Verifier,
        issuer: &str,
        settings: Settings,
    ) -> String {
        let sockets = Sockets::new(SOCKET_LIMITS);
        serve(self.backend.clone(), (verifier, issuer), sockets, settings).await
    }

    /// Starts another server that wants this throughput of uploads; returns its address.
    pub async fn server_with_pace(&self, pace: MinimumPace) -> String {
        let mut backend = self.backend.clone();
        backend.files.limits.pace = pace;
        let trusted = (self.key.verifier(), ISSUER);
        serve(backend, trusted, Sockets::new(SOCKET_LIMITS), unhurried()).await
    }

    async fn start_opener(&self) {
        let opener = Opener::new(self.opening_key(), self.chain_keys());
        let stopped = ended(self.stop.subscribe());
        let opener = jobs::opener(
            self.database.clone(),
            Arc::new(opener),
            self.backend.files.clone(),
            stopped,
        )
        .await;
        let opener = opener.unwrap();
        tokio::spawn(async move { opener.run().await.unwrap() });
    }

    /// Returns the public key that tenders are sealed to.
    pub fn recipient(&self) -> String {
        self.backend.sealing.recipient()
    }

    /// Returns the database, for other processes.
    pub fn test_database(&self) -> &TestDatabase {
        &self._database
    }

    /// Returns the public keys of the server's and the opener's entries of the chain.
    pub fn chain_keys(&self) -> PublicKeys {
        self.backend.chain_keys.clone()
    }

    pub fn opening_key(&self) -> OpeningKey {
        OpeningKey::load(&self.folder.path().join(KEY_FILE)).unwrap()
    }

    /// Opens a search engine in this test's folder and prepares its indexes.
    pub async fn embedded_engine(&self) -> SearchClient {
        embedded(&self.folder, &self.database.pool).await
    }

    /// Returns the folder of the documents.
    pub fn documents_folder(&self) -> PathBuf {
        self.folder.path().join(DOCUMENTS)
    }

    /// Returns the files in the documents' folder, including unfinished ones.
    pub fn document_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.documents_folder()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Returns the folder of the embedded search engine.
    pub fn search_folder(&self) -> PathBuf {
        search_folder(&self.folder)
    }

    /// Returns a client with this person's token.
    pub fn as_(&self, person: Person) -> Client<'_> {
        Client::new(self, Some(cast::token(&self.key, person)), None)
    }

    /// Returns a client with this person's token, acting for one of their organisations.
    pub fn acting_for(&self, person: Person, organisation: OrganisationId) -> Client<'_> {
        Client::new(
            self,
            Some(cast::token(&self.key, person)),
            Some(organisation),
        )
    }

    /// Returns the issuer whose tokens are accepted.
    pub fn issuer(&self) -> &'static str {
        ISSUER
    }

    /// Loads the person, acting for their only organisation.
    pub async fn actor(&self, person: Person) -> Actor {
        let (pool, subject) = (&self.database.pool, person.subject());
        let found = auth::store::person(pool, (ISSUER, &subject, None), None, None).await;
        Actor::Person(found.unwrap())
    }

    /// Returns a client without a token.
    pub fn anonymous(&self) -> Client<'_> {
        Client::new(self, None, None)
    }

    /// Signs a token for any subject, valid from `now` for `ttl`.
    pub fn mint(&self, subject: &str, ttl: TimeDelta, now: DateTime<Utc>) -> String {
        self.key.mint(subject, None, ttl, now).unwrap()
    }

    /// Returns a `POST /graphql` request without a body.
    pub fn post(&self) -> RequestBuilder {
        self.http.post(format!("{}/graphql", self.address))
    }

    /// Returns a `GET` request of a path with query parameters.
    pub fn get(&self, path: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        let address = format!("{}{path}", self.address);
        self.http
            .get(Url::parse_with_params(&address, parameters).unwrap())
    }

    /// Returns the time of Torg's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.database.clock.now()
    }

    /// Advances Torg's clock.
    pub fn advance(&self, by: TimeDelta) {
        self.database.clock.advance(by);
    }

    pub fn note_operation(&self, file: &str) {
        let mut run = self
            .operations_run
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        run.insert(file.to_owned());
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Returns a client for plain HTTP. It loads no certificates, which takes longer than a test's
/// requests.
pub fn http_client() -> reqwest::Client {
    let builder = reqwest::Client::builder().use_rustls_tls();
    builder.tls_built_in_root_certs(false).build().unwrap()
}

/// Returns the client of a search server that does not exist. All tests share it, because it loads
/// certificates.
fn unreachable_search() -> SearchClient {
    static CLIENT: LazyLock<SearchClient> =
        LazyLock::new(|| client(Engine::server(NOWHERE, None).unwrap()));
    CLIENT.clone()
}

/// Returns HTTP settings without a rate limit and with long timeouts, so that only the tests of
/// these limits depend on them.
pub fn unhurried() -> Settings {
    let many = NonZero::new(64).unwrap();
    Settings {
        rate: None,
        timeout: Duration::from_secs(120),
        queue: AdmissionLimits {
            running: many,
            waiting: 1_000,
            max_wait: Duration::from_secs(60),
        },
        ..Settings::default()
    }
}

/// Starts a server that accepts the tokens of one issuer; returns its address.
async fn serve(
    backend: Backend,
    (verifier, issuer): (Verifier, &str),
    sockets: Sockets,
    settings: Settings,
) -> String {
    let options = ServerOptions {
        verifier,
        issuer: issuer.into(),
        identity_key: "a key for tests, 32 characters long".parse().unwrap(),
        steps: Vec::new(),
        sockets,
        lease: None,
        settings,
    };
    let service = http::service(backend, options).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let limits = ConnectionLimits::default();
    tokio::spawn(http::serve(
        listener,
        service,
        limits,
        std::future::pending(),
    ));
    address
}

/// Connects a pool that the HTTP server, the worker and the opener share.
async fn pool(url: &str) -> PgPool {
    torg::database::pool_options()
        .max_connections(12)
        .connect(url)
        .await
        .unwrap()
}

fn search_folder(folder: &TempDir) -> PathBuf {
    folder.path().join("search")
}

async fn embedded(folder: &TempDir, pool: &PgPool) -> SearchClient {
    let search = client(Engine::embedded(&search_folder(folder)).unwrap());
    search::prepare(&search, pool).await.unwrap();
    search
}

async fn ended(mut stopped: watch::Receiver<bool>) {
    // An error means that the app was dropped, which stops the service too.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Repeats `ask` until it returns `Some`, for effects that the worker has after a change.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
