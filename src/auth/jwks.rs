//! The issuer's published keys, fetched by HTTP and kept for a while.
//!
//! - Keys are used for [`JwksSettings::max_age`] and then fetched again, so that a withdrawn key stops working.
//! - A token that names an unknown key makes the keys be fetched at once, so that a new key works at once. However many
//!   such tokens come, the address is asked once per [`JwksSettings::cool_down`], by one request at a time.
//! - When the address fails, the last good keys stay in use for [`MAX_STALE`] at most.
//!
//! Ages are told by the `now` that callers hand in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use reqwest::{Client, Url};
use tokio::sync::{Mutex, RwLock};

use super::jwk::KeySet;
use super::refusal::TokenRefusal;
use super::token::SigningAlgorithm;

/// How long keys may be used when none newer can be had. Longer, and whoever can cut us off from the issuer could
/// keep a withdrawn key alive for good.
pub const MAX_STALE: TimeDelta = TimeDelta::hours(24);

/// The largest key set that is read. Real ones have a few keys of 1 to 2 kB each.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Where the keys are, and how often they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksSettings {
    /// The address of the JWKS document: `https`, or `http` on this very machine.
    pub address: String,
    /// The age at which keys are fetched again.
    pub max_age: TimeDelta,
    /// The shortest time between two fetches, whatever tokens come.
    pub cool_down: TimeDelta,
    /// The longest time one fetch may take, connecting included.
    pub timeout: Duration,
}

impl JwksSettings {
    /// The usual settings for an address: 10 minutes of age, 10 seconds of cool-down, 5 seconds for a fetch.
    pub fn at(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            max_age: TimeDelta::minutes(10),
            cool_down: TimeDelta::seconds(10),
            timeout: Duration::from_secs(5),
        }
    }
}

/// Why a JWKS address cannot be used at all. Found at start.
#[derive(Debug, thiserror::Error)]
pub enum JwksSettingsError {
    /// Not a URL.
    #[error(
        "the JWKS address `{0}` is not a URL: give one like https://login.example.org/jwks.json"
    )]
    NotAUrl(String),
    /// A scheme that anyone between could answer for.
    #[error(
        "the JWKS address `{0}` is not secured: use https (plain http is taken for localhost, 127.0.0.1 and ::1 only)"
    )]
    NotSecured(String),
    /// The HTTP client could not be made.
    #[error(
        "the HTTP client for JWKS cannot start: check the machine's TLS and proxy settings ({0})"
    )]
    Client(#[source] reqwest::Error),
}

/// The keys of one issuer, for one algorithm.
#[derive(Debug)]
pub(super) struct Jwks(Arc<Cache>);

#[derive(Debug)]
struct Cache {
    settings: JwksSettings,
    algorithm: SigningAlgorithm,
    address: Url,
    client: Client,
    state: RwLock<State>,
    /// Held while fetching: one at a time.
    turn: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// The last good keys, and when they came.
    keys: Option<(KeySet, DateTime<Utc>)>,
    /// When the address was last asked, whatever came of it. Equal to the time of `keys` if that went well.
    asked_at: Option<DateTime<Utc>>,
}

impl Jwks {
    pub(super) fn new(
        settings: JwksSettings,
        algorithm: SigningAlgorithm,
    ) -> Result<Self, JwksSettingsError> {
        let address: Url = settings
            .address
            .parse()
            .map_err(|_| JwksSettingsError::NotAUrl(settings.address.clone()))?;
        let on_this_machine = is_loopback(&address);
        if address.scheme() != "https" && !(address.scheme() == "http" && on_this_machine) {
            return Err(JwksSettingsError::NotSecured(settings.address));
        }
        // Redirects are not followed: they would move the trust to an address nobody configured.
        let mut client = Client::builder()
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none());
        if on_this_machine {
            client = client.no_proxy();
        }
        let client = client.build().map_err(JwksSettingsError::Client)?;
        let state = RwLock::default();
        let turn = Mutex::default();
        Ok(Self(Arc::new(Cache {
            settings,
            algorithm,
            address,
            client,
            state,
            turn,
        })))
    }

    /// Whether any keys are known that may still be used; they are fetched, if they are due.
    pub(super) async fn is_known(&self, now: DateTime<Utc>) -> bool {
        // What matters is the fetch that this may begin; several keys are none for a token that names none.
        let _ = self.key(None, now).await;
        self.0.state.read().await.has_any(now)
    }

    /// The key for a token that names `kid` (or none).
    pub(super) async fn key(
        &self,
        kid: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Arc<DecodingKey>, TokenRefusal> {
        if self.0.is_due(kid, now).await {
            // In a task of its own: others wait for the same fetch, so it must not end with the request that began it.
            let cache = Arc::clone(&self.0);
            let kid = kid.map(str::to_owned);
            let fetch = tokio::spawn(async move { cache.refresh(kid.as_deref(), now).await });
            if let Err(error) = fetch.await {
                tracing::error!(%error, "the task that fetches signing keys ended early");
            }
        }
        self.0.state.read().await.answer(kid, now)
    }
}

impl Cache {
    /// Whether the address should be asked: the keys are old or lack this one, and the cool-down is over.
    async fn is_due(&self, kid: Option<&str>, now: DateTime<Utc>) -> bool {
        let state = self.state.read().await;
        let cooling = state
            .asked_at
            .is_some_and(|at| within(at, now, self.settings.cool_down));
        let sufficient = state.keys.as_ref().is_some_and(|(keys, at)| {
            within(*at, now, self.settings.max_age) && keys.find(kid).is_some()
        });
        !cooling && !sufficient
    }

    /// Fetches the keys, unless another request did while this one waited for its turn.
    async fn refresh(&self, kid: Option<&str>, now: DateTime<Utc>) {
        let _turn = self.turn.lock().await;
        if !self.is_due(kid, now).await {
            return;
        }
        let fetched = self.fetch().await;
        let mut state = self.state.write().await;
        state.asked_at = Some(now);
        match fetched {
            Ok(keys) if keys.len() == 0 => {
                // Taken at its word: withdrawing every key is how an issuer stops all its tokens.
                tracing::warn!(address = %self.address, algorithm = %self.algorithm, "the issuer publishes no usable key");
                state.keys = Some((keys, now));
            }
            Ok(keys) => {
                tracing::debug!(address = %self.address, keys = keys.len(), "fetched the issuer's keys");
                state.keys = Some((keys, now));
            }
            Err(error) => {
                tracing::warn!(address = %self.address, %error, "cannot fetch the issuer's keys, the last good ones stay");
            }
        }
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let mut response = self.client.get(self.address.clone()).send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if document.len() + chunk.len() > MAX_DOCUMENT_BYTES {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok(KeySet::read(&document, self.algorithm)?)
    }
}

impl State {
    fn has_any(&self, now: DateTime<Utc>) -> bool {
        let keys = self.keys.as_ref();
        keys.is_some_and(|(keys, at)| keys.len() > 0 && within(*at, now, MAX_STALE))
    }

    fn answer(
        &self,
        kid: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Arc<DecodingKey>, TokenRefusal> {
        let Some((keys, at)) = &self.keys else {
            return Err(TokenRefusal::KeysUnavailable);
        };
        if !within(*at, now, MAX_STALE) {
            return Err(TokenRefusal::KeysUnavailable);
        }
        let last_fetch_failed = self.asked_at != Some(*at);
        keys.find(kid).ok_or(if last_fetch_failed {
            // The key may be one that we could not learn of.
            TokenRefusal::KeysUnavailable
        } else {
            TokenRefusal::UnknownKey
        })
    }
}

/// Why a fetch brought no keys. For the log.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the address cannot be read: {}", causes(.0))]
    Http(#[from] reqwest::Error),
    #[error("the address answered {0}")]
    Status(reqwest::StatusCode),
    #[error("the document is larger than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
    #[error("the document is not a JSON Web Key Set: {0}")]
    NotAKeySet(#[from] serde_json::Error),
}

/// reqwest's own text stops at `error sending request`; the cause is below it.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Whether two moments are less than `span` apart. Either may be the later: requests come in with slightly different
/// `now`s, and a clock that is set back must not make old keys look new for long.
fn within(a: DateTime<Utc>, b: DateTime<Utc>, span: TimeDelta) -> bool {
    a.signed_duration_since(b).abs() < span
}

fn is_loopback(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    let ip = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
