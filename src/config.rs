//! Configuration: parses environment variables into typed values. A startup error names the
//! variable, the cause and the fix.

mod chain;
mod clients;
pub mod variables;

use std::{env, num::NonZero, path::PathBuf, str::FromStr, time::Duration};

use crate::{
    auth::{
        algorithm::SigningAlgorithm, identity_key::IdentityKey, jwks::KeySource,
        token::TokenSettings,
    },
    dialogue::event::live::ReplayLimits,
    document::{MinimumPace, rules},
    http::{AdmissionLimits, ConnectionLimits, OperationLimits, RateLimit, Settings, SocketLimits},
    procurement::reservation::ReservationRules,
    telemetry::Telemetry,
    tender::sealing::SealingKey,
};

/// A variable is missing or invalid.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {reason}")]
pub struct ConfigError {
    name: &'static str,
    reason: String,
}

impl ConfigError {
    fn new(name: &'static str, reason: impl Into<String>) -> Self {
        Self {
            name,
            reason: reason.into(),
        }
    }
}

/// The configuration of all commands. `docs/configuration.md` lists the variables.
#[derive(Debug)]
pub struct Config {
    /// URL of the PostgreSQL database; `None` for a private server in the data folder.
    pub database_url: Option<String>,
    /// Maximum number of database connections of the requests.
    pub database_connections: u32,
    /// Timeouts of the database for requests.
    pub database_timeouts: DatabaseTimeouts,
    /// File that replaces built-in quotas; `None` for the built-in quotas.
    pub quotas: Option<PathBuf>,
    /// The Meilisearch server; `None` for the embedded engine in the data folder.
    pub meili: Option<Meili>,
    /// The document storage; `None` for the folder `documents` in the data folder.
    pub documents: Option<Documents>,
    /// Maximum number of bytes of one document.
    pub document_limit: u64,
    /// Folder of the private PostgreSQL, the embedded search engine and the development keys.
    pub data: PathBuf,
    /// Issuer, audience and algorithm of access tokens.
    pub tokens: TokenSettings,
    /// The rules for reserved participation.
    pub reservations: ReservationRules,
    /// Limits on WebSockets.
    pub sockets: SocketLimits,
    /// How much a subscriber that returns with a cursor gets again.
    pub replay: ReplayLimits,
    /// How slowly a client may send a document.
    pub upload_pace: MinimumPace,
    /// Limits on connections.
    pub connections: ConnectionLimits,
    /// Settings of the HTTP API.
    pub http: Settings,
    /// Where the token issuer publishes its keys; `None` for the development key in the data
    /// folder.
    pub keys: Option<KeySource>,
    /// Key of the hashes that recognise a person after an erasure; `None` for the key file in the
    /// data folder.
    pub identity_key: Option<IdentityKey>,
    /// File of the key that signs the entries of the chain; `None` for the file in the data folder.
    pub chain_key_file: Option<PathBuf>,
    /// Settings of the log and the metrics.
    pub telemetry: Telemetry,
    /// The longest time for a graceful shutdown.
    pub shutdown: Duration,
}

/// Timeouts of the database for requests. Zero turns off the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseTimeouts {
    /// The longest time for one statement.
    pub statement: Duration,
    /// The longest wait for one lock.
    pub lock: Duration,
    /// The longest time for which a transaction is idle.
    pub idle: Duration,
    /// The longest wait for a connection.
    pub connection: Duration,
}

/// A Meilisearch server.
#[derive(Debug)]
pub struct Meili {
    /// URL of the server.
    pub url: String,
    /// API key of the server; `None` when it needs none.
    pub key: Option<String>,
}

/// The storage of uploaded documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Documents {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of an S3-compatible object storage.
    Bucket {
        /// Name of the bucket.
        bucket: String,
        /// Prefix of all object names, without slashes at its ends; may be empty.
        prefix: String,
    },
}

impl FromStr for Documents {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = "give a folder or s3://BUCKET/PREFIX".to_owned();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(text.into()));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if scheme != "s3" || bucket.is_empty() {
            return Err(invalid);
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

impl Config {
    /// Parses the environment variables.
    pub fn from_env() -> Result<Self, ConfigError> {
        let meili = optional("MEILI_URL").map(|url| Meili {
            url,
            key: optional("MEILI_KEY"),
        });
        let (issuer, keys) = issuer(optional)?;
        let http = http()?;
        Ok(Self {
            database_url: optional("DATABASE_URL"),
            database_connections: parsed("TORG_DATABASE_CONNECTIONS", 16)?,
            database_timeouts: database_timeouts()?,
            quotas: optional("TORG_QUOTAS").map(PathBuf::from),
            meili,
            documents: parsed_or_none("TORG_DOCUMENTS")?,
            document_limit: document_limit()?,
            data: optional("TORG_DATA")
                .unwrap_or_else(|| "torg-data".into())
                .into(),
            tokens: TokenSettings {
                issuer,
                audience: optional("TORG_JWT_AUDIENCE").unwrap_or_else(|| "torg".into()),
                algorithm: parsed("TORG_JWT_ALGORITHM", SigningAlgorithm::default())?,
            },
            reservations: reservations()?,
            sockets: sockets()?,
            replay: clients::replay()?,
            upload_pace: clients::upload_pace()?,
            connections: connections(http.proxies)?,
            http,
            keys,
            identity_key: secret("TORG_IDENTITY_KEY")?,
            chain_key_file: optional("TORG_CHAIN_KEY_FILE").map(PathBuf::from),
            telemetry: Self::telemetry()?,
            shutdown: up_to_a_day("TORG_SHUTDOWN_SECONDS", 10)?,
        })
    }

    /// Parses the settings of the log and the metrics, which start before everything else.
    pub fn telemetry() -> Result<Telemetry, ConfigError> {
        Ok(Telemetry {
            format: parsed("TORG_LOG_FORMAT", Default::default())?,
            metrics: optional("TORG_METRICS"),
        })
    }

    /// Parses the opener's public key, which tenders are sealed to.
    pub fn sealing_key() -> Result<SealingKey, ConfigError> {
        let name = "TORG_OPENER_RECIPIENT";
        let missing = || {
            ConfigError::new(
                name,
                "is not set; create a key pair with `torg opener-key FILE`, which prints it",
            )
        };
        let text = optional(name).ok_or_else(missing)?;
        text.parse()
            .map_err(|reason: String| ConfigError::new(name, reason))
    }

    /// Checks the variables that only a production server requires.
    pub fn require_production(&self) -> Result<(), ConfigError> {
        if self.database_url.is_none() {
            return Err(ConfigError::new(
                "DATABASE_URL",
                "is not set; give the URL of a PostgreSQL database, or try Torg with `torg demo`",
            ));
        }
        if self.keys.is_none() {
            return Err(ConfigError::new(
                "TORG_OIDC_ISSUER",
                "is not set; give your token issuer's URL (or that of its JWKS document as \
                 TORG_JWKS_URL, if it has no OpenID Connect discovery), or try Torg with \
                 `torg demo`",
            ));
        }
        Ok(())
    }
}

/// Reads the reservation rules of the configured file, or the built-in rules.
fn reservations() -> Result<ReservationRules, ConfigError> {
    let name = "TORG_RESERVATION_RULES";
    let read = match optional(name) {
        None => ReservationRules::standard(),
        Some(file) => {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| ConfigError::new(name, format!("`{file}`: {error}")))?;
            ReservationRules::read(&text)
        }
    };
    read.map_err(|error| {
        let reason = format!("{error}; see src/procurement/reservation.json for the format");
        ConfigError::new(name, reason)
    })
}

/// Returns the trusted issuer, and where it publishes its keys: by discovery at the issuer's URL,
/// or at the URL of a JWKS document.
fn issuer(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(String, Option<KeySource>), ConfigError> {
    let jwt_issuer = variable("TORG_JWT_ISSUER");
    let keys = variable("TORG_JWKS_URL").map(KeySource::Address);
    let Some(issuer) = variable("TORG_OIDC_ISSUER") else {
        let issuer = jwt_issuer.unwrap_or_else(|| "torg-development".into());
        return Ok((issuer, keys));
    };
    let refused = |reason: &str| Err(ConfigError::new("TORG_OIDC_ISSUER", reason));
    if keys.is_some() {
        return refused(
            "and TORG_JWKS_URL are both set; unset TORG_JWKS_URL, because the issuer's discovery \
             document contains the URL of its keys",
        );
    }
    if jwt_issuer.is_some_and(|jwt_issuer| jwt_issuer != issuer) {
        return refused("differs from TORG_JWT_ISSUER; unset TORG_JWT_ISSUER");
    }
    Ok((issuer.clone(), Some(KeySource::Issuer(issuer))))
}

/// Parses the limits on WebSockets; numbers are at least 1.
fn sockets() -> Result<SocketLimits, ConfigError> {
    let standard = SocketLimits::default();
    Ok(SocketLimits {
        sockets: parsed("TORG_SOCKETS", standard.sockets)?,
        per_person: parsed("TORG_SOCKETS_PER_PERSON", standard.per_person)?,
        per_network: parsed("TORG_SOCKETS_PER_NETWORK", standard.per_network)?,
        subscriptions: parsed("TORG_SOCKET_SUBSCRIPTIONS", standard.subscriptions)?,
        message: parsed("TORG_SOCKET_MESSAGE_LIMIT", standard.message)?,
        init_timeout: seconds("TORG_SOCKET_INIT_SECONDS", standard.init_timeout)?,
    })
}

/// Parses the limits on connections; numbers are at least 1. Behind a proxy there is no limit per
/// network.
fn connections(proxies: usize) -> Result<ConnectionLimits, ConfigError> {
    let standard = ConnectionLimits::default();
    let per_network = standard.per_network.unwrap_or(standard.connections);
    let per_network = parsed("TORG_CONNECTIONS_PER_NETWORK", per_network)?;
    Ok(ConnectionLimits {
        connections: parsed("TORG_CONNECTIONS", standard.connections)?,
        per_network: (proxies == 0).then_some(per_network),
        header_timeout: seconds("TORG_HEADER_SECONDS", standard.header_timeout)?,
        write_timeout: seconds("TORG_UNREAD_SECONDS", standard.write_timeout)?,
    })
}

/// Parses the settings of the HTTP API.
fn http() -> Result<Settings, ConfigError> {
    let standard = Settings::default();
    let queue = standard.queue;
    let max_wait = u64::try_from(queue.max_wait.as_millis()).unwrap_or(u64::MAX);
    Ok(Settings {
        body_limit: number("TORG_BODY_LIMIT", standard.body_limit)?,
        large_bodies: parsed("TORG_LARGE_BODIES", standard.large_bodies)?,
        upload_bytes: parsed("TORG_UPLOADS_IN_FLIGHT_BYTES", standard.upload_bytes)?,
        timeout: seconds("TORG_REQUEST_SECONDS", standard.timeout)?,
        queue: AdmissionLimits {
            running: parsed("TORG_RUNNING_REQUESTS", queue.running)?,
            waiting: parsed("TORG_WAITING_REQUESTS", queue.waiting)?,
            max_wait: Duration::from_millis(parsed("TORG_WAITING_MILLISECONDS", max_wait)?),
        },
        rate: rate()?,
        subscriptions: clients::subscriptions(standard.subscriptions)?,
        proxies: parsed("TORG_PROXIES", standard.proxies)?,
        origins: parsed("TORG_CORS_ORIGINS", standard.origins)?,
        public_cache: Duration::from_secs(parsed(
            "TORG_PUBLIC_CACHE_SECONDS",
            standard.public_cache.as_secs(),
        )?),
        introspection: parsed("TORG_INTROSPECTION", standard.introspection)?,
        operations: operations(standard.operations)?,
        trusted_documents: optional("TORG_TRUSTED_DOCUMENTS").map(PathBuf::from),
        only_trusted_documents: parsed(
            "TORG_ONLY_TRUSTED_DOCUMENTS",
            standard.only_trusted_documents,
        )?,
    })
}

/// Parses the rate limit; 0 requests per minute turn it off.
fn rate() -> Result<Option<RateLimit>, ConfigError> {
    let standard = RateLimit::default();
    let per_minute = parsed("TORG_RATE_PER_MINUTE", standard.per_minute.get())?;
    let burst = parsed("TORG_RATE_BURST", standard.burst)?;
    Ok(NonZero::new(per_minute).map(|per_minute| RateLimit { per_minute, burst }))
}

/// Parses the limits of one GraphQL operation; numbers are at least 1.
fn operations(standard: OperationLimits) -> Result<OperationLimits, ConfigError> {
    Ok(OperationLimits {
        length: number("TORG_OPERATION_BYTES", standard.length)?,
        tokens: number("TORG_OPERATION_TOKENS", standard.tokens)?,
        depth: number("TORG_OPERATION_DEPTH", standard.depth)?,
        selections: number("TORG_OPERATION_FIELDS", standard.selections)?,
        root_fields: number("TORG_OPERATION_ROOT_FIELDS", standard.root_fields)?,
        aliases: number("TORG_OPERATION_ALIASES", standard.aliases)?,
        aliases_per_field: number(
            "TORG_OPERATION_ALIASES_PER_FIELD",
            standard.aliases_per_field,
        )?,
        mutations: number("TORG_OPERATION_MUTATIONS", standard.mutations)?,
        directives: number("TORG_OPERATION_DIRECTIVES", standard.directives)?,
        values: number("TORG_OPERATION_VALUES", standard.values)?,
        complexity: number("TORG_OPERATION_COMPLEXITY", standard.complexity)?,
        nodes: number("TORG_OPERATION_NODES", standard.nodes)?,
        response_bytes: number("TORG_RESPONSE_BYTES", standard.response_bytes)?,
    })
}

/// Parses the timeouts of the database, in seconds.
fn database_timeouts() -> Result<DatabaseTimeouts, ConfigError> {
    Ok(DatabaseTimeouts {
        statement: up_to_a_day("TORG_DATABASE_STATEMENT_SECONDS", 10)?,
        lock: up_to_a_day("TORG_DATABASE_LOCK_SECONDS", 5)?,
        idle: up_to_a_day("TORG_DATABASE_IDLE_SECONDS", 30)?,
        connection: up_to_a_day("TORG_DATABASE_WAIT_SECONDS", 5)?,
    })
}

/// Parses a number of seconds, at most 86,400 (one day).
fn up_to_a_day(name: &'static str, default: u32) -> Result<Duration, ConfigError> {
    const DAY: u32 = 24 * 60 * 60;
    match parsed(name, default)? {
        seconds if seconds <= DAY => Ok(Duration::from_secs(u64::from(seconds))),
        _ => Err(ConfigError::new(
            name,
            "is more than a day; give at most 86400 seconds",
        )),
    }
}

/// Parses the maximum number of bytes of one document; the default is 100 MiB.
fn document_limit() -> Result<u64, ConfigError> {
    let name = "TORG_DOCUMENT_LIMIT";
    match parsed(name, 100 << 20)? {
        0 => Err(ConfigError::new(name, "is 0; give a number of bytes")),
        limit if limit > rules::UNATTACHED_BYTES as u64 => {
            let reason = format!(
                "is too large; give at most {}, the limit of an organisation's unattached documents",
                rules::UNATTACHED_BYTES
            );
            Err(ConfigError::new(name, reason))
        }
        limit => Ok(limit),
    }
}

/// Parses a number of at least 1.
fn number(name: &'static str, standard: usize) -> Result<usize, ConfigError> {
    let standard = NonZero::new(standard).unwrap_or(NonZero::<usize>::MIN);
    Ok(parsed(name, standard)?.get())
}

/// Parses a number of seconds of at least 1.
fn seconds(name: &'static str, standard: Duration) -> Result<Duration, ConfigError> {
    let standard = NonZero::new(standard.as_secs()).unwrap_or(NonZero::<u64>::MIN);
    Ok(Duration::from_secs(parsed(name, standard)?.get()))
}

/// Returns a variable that is set and not blank.
fn optional(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Parses a secret variable. The error does not repeat its value.
fn secret<T: FromStr>(name: &'static str) -> Result<Option<T>, ConfigError>
where
    T::Err: Into<String>,
{
    let value = optional(name).map(|value| value.parse());
    value
        .transpose()
        .map_err(|reason: T::Err| ConfigError::new(name, reason))
}

fn parsed<T: FromStr>(name: &'static str, default: T) -> Result<T, ConfigError>
where
    T::Err: std::fmt::Display,
{
    Ok(parsed_or_none(name)?.unwrap_or(default))
}

fn parsed_or_none<T: FromStr>(name: &'static str) -> Result<Option<T>, ConfigError>
where
    T::Err: std::fmt::Display,
{
    let Some(value) = optional(name) else {
        return Ok(None);
    };
    let invalid = |reason: T::Err| ConfigError::new(name, format!("`{value}`: {reason}"));
    value.parse().map(Some).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_stored_in_a_folder_or_a_bucket() {
        let bucket = |bucket: &str, prefix: &str| Documents::Bucket {
            bucket: bucket.into(),
            prefix: prefix.into(),
        };
        for (text, expected) in [
            (
                "/srv/documents",
                Some(Documents::Folder("/srv/documents".into())),
            ),
            ("documents", Some(Documents::Folder("documents".into()))),
            ("s3://torg", Some(bucket("torg", ""))),
            ("s3://torg/", Some(bucket("torg", ""))),
            ("s3://torg/a/b/", Some(bucket("torg", "a/b"))),
            ("s3:///a", None),
            ("gs://torg", None),
            ("https://torg.example/a", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
    }

    #[test]
    fn keys_are_found_by_discovery_or_at_a_url() {
        let issuer_of = |set: &[(&str, &str)]| {
            let found = issuer(|name| {
                let variable = set.iter().find(|(known, _)| *known == name);
                variable.map(|(_, value)| (*value).to_owned())
            });
            found.map_err(|error| error.to_string())
        };
        let oidc = ("TORG_OIDC_ISSUER", "https://a.example");
        let address = ("TORG_JWKS_URL", "https://a.example/jwks");
        let at = KeySource::Address(address.1.into());
        let discovered = Ok((oidc.1.to_owned(), Some(KeySource::Issuer(oidc.1.into()))));
        assert_eq!(issuer_of(&[]), Ok(("torg-development".into(), None)));
        assert_eq!(
            issuer_of(&[address, ("TORG_JWT_ISSUER", "b")]),
            Ok(("b".into(), Some(at)))
        );
        assert_eq!(issuer_of(&[oidc]), discovered);
        assert_eq!(issuer_of(&[oidc, ("TORG_JWT_ISSUER", oidc.1)]), discovered);
        for other in [address, ("TORG_JWT_ISSUER", "https://a.example/")] {
            let refused = issuer_of(&[oidc, other]).unwrap_err();
            assert!(refused.starts_with("TORG_OIDC_ISSUER: "), "{refused}");
        }
    }
}
