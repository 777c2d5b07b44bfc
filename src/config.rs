//! Configuration: environment variables into typed values. What is wrong is said at start and names the variable.

use std::{env, num::NonZero, path::PathBuf, str::FromStr, time::Duration};

use crate::{
    auth::{
        jwks::KeySource,
        token::{SigningAlgorithm, TokenSettings},
    },
    document::rules,
    http::{ConnectionLimits, OperationLimits, QueueLimits, Rate, Settings, SocketLimits},
    procurement::reservation::ReservationRules,
    telemetry::Telemetry,
    tender::sealing::SealingKey,
};

/// A variable is missing or wrong.
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

/// What `torg serve` and the other commands for real servers are configured by. The README has the table.
#[derive(Debug)]
pub struct Config {
    /// PostgreSQL; `None`: the private one in the data folder.
    pub database_url: Option<String>,
    /// Connections to it at most, for what is served.
    pub database_connections: u32,
    /// How long it may take, for what is served.
    pub database_timeouts: DatabaseTimeouts,
    /// A Meilisearch server; `None`: the embedded engine in the data folder.
    pub meili: Option<Meili>,
    /// Where uploaded documents are kept; `None`: the folder `documents` in the data folder.
    pub documents: Option<Documents>,
    /// Bytes of one document at most.
    pub document_limit: u64,
    /// Where a private PostgreSQL, the embedded search engine and development keys live.
    pub data: PathBuf,
    /// Who issues tokens, for whom, signed how.
    pub tokens: TokenSettings,
    /// By which rules participation may be reserved.
    pub reservations: ReservationRules,
    /// What WebSockets are held to.
    pub sockets: SocketLimits,
    /// What connections are held to.
    pub connections: ConnectionLimits,
    /// What the door is set to.
    pub front: Settings,
    /// Where the issuer says what its keys are; `None`: the development key in the data folder.
    pub keys: Option<KeySource>,
    /// How the process is seen.
    pub telemetry: Telemetry,
    /// How long what runs may take to end once the process is to.
    pub shutdown: Duration,
}

/// How long the database may take before a request is told to try again. Zero of the first three: as long as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseTimeouts {
    /// One statement.
    pub statement: Duration,
    /// Waiting for one lock.
    pub lock: Duration,
    /// A transaction that does nothing.
    pub idle: Duration,
    /// Waiting for a connection.
    pub connection: Duration,
}

/// A Meilisearch server.
#[derive(Debug)]
pub struct Meili {
    /// Its address.
    pub url: String,
    /// Its API key.
    pub key: Option<String>,
}

/// Where documents are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Documents {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of S3 or its like, and the prefix of the objects' names in it (may be empty).
    Bucket {
        /// Its name.
        bucket: String,
        /// Without slashes around it.
        prefix: String,
    },
}

impl FromStr for Documents {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = "give a folder, or s3://BUCKET/PREFIX".to_owned();
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(text.into()));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if scheme != "s3" || bucket.is_empty() {
            return Err(wrong);
        }
        Ok(Self::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
        })
    }
}

impl Config {
    /// Reads the environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        let meili = optional("MEILI_URL").map(|url| Meili {
            url,
            key: optional("MEILI_KEY"),
        });
        let (issuer, keys) = issuer(optional)?;
        let front = front()?;
        Ok(Self {
            database_url: optional("DATABASE_URL"),
            database_connections: parsed("TORG_DATABASE_CONNECTIONS", 16)?,
            database_timeouts: database_timeouts()?,
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
            connections: connections(front.proxies)?,
            front,
            keys,
            telemetry: Self::telemetry()?,
            shutdown: up_to_a_day("TORG_SHUTDOWN_SECONDS", 10)?,
        })
    }

    /// How the process is seen; needed before anything else.
    pub fn telemetry() -> Result<Telemetry, ConfigError> {
        Ok(Telemetry {
            format: parsed("TORG_LOG_FORMAT", Default::default())?,
            metrics: optional("TORG_METRICS"),
        })
    }

    /// The public half of the opener's key, which tenders are sealed to.
    pub fn sealing_key() -> Result<SealingKey, ConfigError> {
        let name = "TORG_OPENER_RECIPIENT";
        let missing = || {
            ConfigError::new(
                name,
                "is not set; `torg opener-key FILE` makes a key and prints it",
            )
        };
        let text = optional(name).ok_or_else(missing)?;
        text.parse()
            .map_err(|reason: String| ConfigError::new(name, reason))
    }

    /// The file of the opener's private key; only the opener's process needs it.
    pub fn opener_key_file() -> Result<PathBuf, ConfigError> {
        let name = "TORG_OPENER_KEY_FILE";
        let missing = || {
            ConfigError::new(
                name,
                "is not set; name the file that `torg opener-key FILE` wrote",
            )
        };
        optional(name).map(PathBuf::from).ok_or_else(missing)
    }

    /// What only a production server needs.
    pub fn require_production(&self) -> Result<(), ConfigError> {
        if self.database_url.is_none() {
            return Err(ConfigError::new(
                "DATABASE_URL",
                "is not set; give the address of a PostgreSQL server, or try Torg with `torg demo`",
            ));
        }
        if self.keys.is_none() {
            return Err(ConfigError::new(
                "TORG_OIDC_ISSUER",
                "is not set; give your token issuer's address (or that of its JWKS document as TORG_JWKS_URL, if it has \
                 no OpenID Connect discovery), or try Torg with `torg demo`",
            ));
        }
        Ok(())
    }
}

/// The rules of the named file, else those that are compiled in.
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
        let reason = format!("{error}; see src/procurement/reservation.json for the form");
        ConfigError::new(name, reason)
    })
}

/// Whose tokens are accepted, and where the keys are said: by discovery at the issuer's own address, else at the
/// address of a JWKS document.
fn issuer(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(String, Option<KeySource>), ConfigError> {
    let named = variable("TORG_JWT_ISSUER");
    let keys = variable("TORG_JWKS_URL").map(KeySource::Address);
    let Some(issuer) = variable("TORG_OIDC_ISSUER") else {
        return Ok((named.unwrap_or_else(|| "torg-development".into()), keys));
    };
    let refused = |reason: &str| Err(ConfigError::new("TORG_OIDC_ISSUER", reason));
    if keys.is_some() {
        return refused(
            "is set, and TORG_JWKS_URL too; keep one: the issuer's discovery document says where its keys are",
        );
    }
    if named.is_some_and(|named| named != issuer) {
        return refused("is another issuer than TORG_JWT_ISSUER; leave TORG_JWT_ISSUER out");
    }
    Ok((issuer.clone(), Some(KeySource::Issuer(issuer))))
}

/// What WebSockets are held to; numbers from 1 on.
fn sockets() -> Result<SocketLimits, ConfigError> {
    let standard = SocketLimits::default();
    Ok(SocketLimits {
        sockets: parsed("TORG_SOCKETS", standard.sockets)?,
        of_person: parsed("TORG_SOCKETS_PER_PERSON", standard.of_person)?,
        of_network: parsed("TORG_SOCKETS_PER_NETWORK", standard.of_network)?,
        subscriptions: parsed("TORG_SOCKET_SUBSCRIPTIONS", standard.subscriptions)?,
        message: parsed("TORG_SOCKET_MESSAGE_LIMIT", standard.message)?,
        init: seconds("TORG_SOCKET_INIT_SECONDS", standard.init)?,
    })
}

/// What connections are held to behind so many proxies; numbers from 1 on.
fn connections(proxies: usize) -> Result<ConnectionLimits, ConfigError> {
    let standard = ConnectionLimits::default();
    let of_network = standard.of_network.unwrap_or(standard.connections);
    let of_network = parsed("TORG_CONNECTIONS_PER_NETWORK", of_network)?;
    Ok(ConnectionLimits {
        connections: parsed("TORG_CONNECTIONS", standard.connections)?,
        of_network: (proxies == 0).then_some(of_network),
        headers: seconds("TORG_HEADER_SECONDS", standard.headers)?,
        unread: seconds("TORG_UNREAD_SECONDS", standard.unread)?,
    })
}

/// What the door is set to.
fn front() -> Result<Settings, ConfigError> {
    let standard = Settings::default();
    let queue = standard.queue;
    let milliseconds = u64::try_from(queue.patience.as_millis()).unwrap_or(u64::MAX);
    Ok(Settings {
        body_limit: number("TORG_BODY_LIMIT", standard.body_limit)?,
        large_bodies: parsed("TORG_LARGE_BODIES", standard.large_bodies)?,
        timeout: seconds("TORG_REQUEST_SECONDS", standard.timeout)?,
        queue: QueueLimits {
            running: parsed("TORG_RUNNING_REQUESTS", queue.running)?,
            waiting: parsed("TORG_WAITING_REQUESTS", queue.waiting)?,
            patience: Duration::from_millis(parsed("TORG_WAITING_MILLISECONDS", milliseconds)?),
        },
        rate: rate()?,
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

/// How often one may ask; a rate of 0 is none.
fn rate() -> Result<Option<Rate>, ConfigError> {
    let standard = Rate::default();
    let per_minute = parsed("TORG_RATE_PER_MINUTE", standard.per_minute.get())?;
    let burst = parsed("TORG_RATE_BURST", standard.burst)?;
    Ok(NonZero::new(per_minute).map(|per_minute| Rate { per_minute, burst }))
}

/// What one operation may ask for; numbers from 1 on.
fn operations(standard: OperationLimits) -> Result<OperationLimits, ConfigError> {
    Ok(OperationLimits {
        length: number("TORG_OPERATION_BYTES", standard.length)?,
        tokens: number("TORG_OPERATION_TOKENS", standard.tokens)?,
        depth: number("TORG_OPERATION_DEPTH", standard.depth)?,
        selections: number("TORG_OPERATION_FIELDS", standard.selections)?,
        root_fields: number("TORG_OPERATION_ROOT_FIELDS", standard.root_fields)?,
        aliases: number("TORG_OPERATION_ALIASES", standard.aliases)?,
        directives: number("TORG_OPERATION_DIRECTIVES", standard.directives)?,
        values: number("TORG_OPERATION_VALUES", standard.values)?,
        complexity: number("TORG_OPERATION_COMPLEXITY", standard.complexity)?,
        nodes: number("TORG_OPERATION_NODES", standard.nodes)?,
    })
}

/// How long the database may take, in seconds.
fn database_timeouts() -> Result<DatabaseTimeouts, ConfigError> {
    Ok(DatabaseTimeouts {
        statement: up_to_a_day("TORG_DATABASE_STATEMENT_SECONDS", 10)?,
        lock: up_to_a_day("TORG_DATABASE_LOCK_SECONDS", 5)?,
        idle: up_to_a_day("TORG_DATABASE_IDLE_SECONDS", 30)?,
        connection: up_to_a_day("TORG_DATABASE_WAIT_SECONDS", 5)?,
    })
}

/// A number of seconds, at most a day of them.
fn up_to_a_day(name: &'static str, default: u32) -> Result<Duration, ConfigError> {
    const DAY: u32 = 24 * 60 * 60;
    match parsed(name, default)? {
        seconds if seconds <= DAY => Ok(Duration::from_secs(u64::from(seconds))),
        _ => Err(ConfigError::new(name, "is more than a day; give seconds")),
    }
}

/// Bytes of one document: 100 MiB unless said otherwise.
fn document_limit() -> Result<u64, ConfigError> {
    let name = "TORG_DOCUMENT_LIMIT";
    match parsed(name, 100 << 20)? {
        0 => Err(ConfigError::new(name, "is 0; give a number of bytes")),
        limit if limit > rules::UNATTACHED_BYTES as u64 => {
            let reason = format!(
                "is more than {}, all that an organisation may have unattached",
                rules::UNATTACHED_BYTES
            );
            Err(ConfigError::new(name, reason))
        }
        limit => Ok(limit),
    }
}

/// A number from 1 on.
fn number(name: &'static str, standard: usize) -> Result<usize, ConfigError> {
    let standard = NonZero::new(standard).unwrap_or(NonZero::<usize>::MIN);
    Ok(parsed(name, standard)?.get())
}

/// A time in seconds, from 1 on.
fn seconds(name: &'static str, standard: Duration) -> Result<Duration, ConfigError> {
    let standard = NonZero::new(standard.as_secs()).unwrap_or(NonZero::<u64>::MIN);
    Ok(Duration::from_secs(parsed(name, standard)?.get()))
}

/// A variable that is set and not empty.
fn optional(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
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
    let wrong = |reason: T::Err| ConfigError::new(name, format!("`{value}`: {reason}"));
    value.parse().map(Some).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_in_a_folder_or_a_bucket() {
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
    fn keys_are_said_by_the_issuer_or_at_an_address() {
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
