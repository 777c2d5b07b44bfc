//! A cache of the issuer's published keys, which are fetched by HTTP.
//!
//! - Keys are cached for [`JwksSettings::max_age`] and then fetched again, so that a withdrawn key
//!   stops working.
//! - A token with an unknown `kid` leads to a fetch, so that a new key works at once. The fetches
//!   are at least [`JwksSettings::cool_down`] apart, however many such tokens arrive, and never
//!   concurrent.
//! - When a fetch fails, the last good keys stay in use for at most [`MAX_STALE`]. Requests that
//!   these keys can verify do not wait for further fetches.
//! - An issuer may be configured by its own URL. Its discovery document has the URL of the keys and
//!   is read before each fetch ([`super::provider`]).
//!
//! Callers pass the current time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use tokio::sync::{Mutex, RwLock};

use super::algorithm::SigningAlgorithm;
use super::jwk::KeySet;
use super::provider::{FetchError, Provider};
pub use super::provider::{JwksSettingsError, KeySource, MAX_DOCUMENT_BYTES};
use super::refusal::TokenRefusal;

/// The longest time for which keys are used when no newer ones can be fetched. Without a limit an
/// attacker who blocks the connection to the issuer could keep a withdrawn key valid.
pub const MAX_STALE: TimeDelta = TimeDelta::hours(24);

/// Settings of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksSettings {
    /// Where the issuer publishes its keys.
    pub source: KeySource,
    /// The age at which keys are fetched again.
    pub max_age: TimeDelta,
    /// The shortest time between two fetches.
    pub cool_down: TimeDelta,
    /// The longest time for one fetch, including discovery and connecting.
    pub timeout: Duration,
}

impl JwksSettings {
    /// Returns the default settings for the URL of a JWKS document.
    pub fn at(url: impl Into<String>) -> Self {
        Self::of(KeySource::Address(url.into()))
    }

    /// Returns the default settings for an issuer with a discovery document.
    pub fn discovered(issuer: impl Into<String>) -> Self {
        Self::of(KeySource::Issuer(issuer.into()))
    }

    /// Returns the default settings: maximum age 10 minutes, cool-down 10 seconds, timeout 5
    /// seconds.
    pub fn of(source: KeySource) -> Self {
        Self {
            source,
            max_age: TimeDelta::minutes(10),
            cool_down: TimeDelta::seconds(10),
            timeout: Duration::from_secs(5),
        }
    }
}

/// The keys of one issuer, for one algorithm.
#[derive(Debug)]
pub(super) struct Jwks(Arc<Cache>);

#[derive(Debug)]
struct Cache {
    settings: JwksSettings,
    algorithm: SigningAlgorithm,
    provider: Provider,
    state: RwLock<State>,
    /// Locked during a fetch, so that there is only one at a time.
    fetch_lock: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// The last good keys, and the time of their fetch.
    keys: Option<(KeySet, DateTime<Utc>)>,
    /// The time of the last fetch. It equals the time of `keys` if the fetch succeeded.
    last_fetch_at: Option<DateTime<Utc>>,
}

impl Jwks {
    pub(super) fn new(
        settings: JwksSettings,
        algorithm: SigningAlgorithm,
    ) -> Result<Self, JwksSettingsError> {
        let provider = Provider::new(&settings.source)?;
        Ok(Self(Arc::new(Cache {
            settings,
            algorithm,
            provider,
            state: RwLock::default(),
            fetch_lock: Mutex::default(),
        })))
    }

    /// Fetches the keys if they are due; returns whether any usable key is known.
    pub(super) async fn has_keys(&self, now: DateTime<Utc>) -> bool {
        // The result is not needed: it is an error for an issuer with several keys.
        let _ = self.key(None, now).await;
        self.0.state.read().await.has_any(now)
    }

    /// Returns the key for a token with this `kid` (or without one).
    pub(super) async fn key(
        &self,
        kid: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Arc<DecodingKey>, TokenRefusal> {
        if let Due::Yes { wait } = self.0.is_due(kid, now).await
            && (wait || self.0.fetch_lock.try_lock().is_ok())
        {
            // The fetch runs in its own task: other requests wait for it, so it must not stop when
            // this request is cancelled.
            let cache = Arc::clone(&self.0);
            let kid = kid.map(str::to_owned);
            let fetch = tokio::spawn(async move { cache.refresh(kid.as_deref(), now).await });
            if wait && let Err(error) = fetch.await {
                tracing::error!(%error, "the task that fetches signing keys panicked");
            }
        }
        self.0.state.read().await.answer(kid, now)
    }
}

/// Whether a fetch is due.
#[derive(PartialEq, Eq)]
enum Due {
    No,
    Yes {
        /// Whether the request must wait for the fetch.
        wait: bool,
    },
}

impl Cache {
    /// Returns whether a fetch is due: the keys are old or lack this one, and the cool-down is
    /// over. After a failed fetch a request does not wait when the last good keys have its key.
    async fn is_due(&self, kid: Option<&str>, now: DateTime<Utc>) -> Due {
        let state = self.state.read().await;
        let cooling = state
            .last_fetch_at
            .is_some_and(|at| within(at, now, self.settings.cool_down));
        let known_at = state
            .keys
            .as_ref()
            .and_then(|(keys, at)| keys.find(kid).map(|_| *at));
        let sufficient = known_at.is_some_and(|at| within(at, now, self.settings.max_age));
        if cooling || sufficient {
            return Due::No;
        }
        let usable = known_at.is_some_and(|at| within(at, now, MAX_STALE));
        Due::Yes {
            wait: !(usable && state.last_fetch_failed()),
        }
    }

    /// Fetches the keys, unless another request fetched them while this one waited for the lock.
    async fn refresh(&self, kid: Option<&str>, now: DateTime<Utc>) {
        let _lock = self.fetch_lock.lock().await;
        if self.is_due(kid, now).await == Due::No {
            return;
        }
        let fetched = self.fetch().await;
        let mut state = self.state.write().await;
        state.last_fetch_at = Some(now);
        match fetched {
            Ok(keys) if keys.len() == 0 => {
                self.log_ignored(&keys);
                // An empty set is valid: an issuer withdraws every key to invalidate all tokens.
                tracing::warn!(issuer = %self.settings.source, algorithm = %self.algorithm, "the issuer publishes no usable key");
                state.keys = Some((keys, now));
            }
            Ok(keys) => {
                self.log_ignored(&keys);
                tracing::debug!(issuer = %self.settings.source, keys = keys.len(), "fetched the issuer's keys");
                state.keys = Some((keys, now));
            }
            Err(error) => {
                tracing::warn!(issuer = %self.settings.source, %error, "cannot fetch the issuer's keys; the last good keys stay in use");
            }
        }
    }

    /// Logs each key that is not used, with the reason.
    fn log_ignored(&self, keys: &KeySet) {
        for ignored in keys.ignored() {
            let kid = ignored.kid.as_deref().unwrap_or_default();
            tracing::info!(issuer = %self.settings.source, kid, place = ignored.place, reason = ignored.reason, "a key of the issuer is not used");
        }
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let document = tokio::time::timeout(self.settings.timeout, self.provider.keys())
            .await
            .map_err(|_| FetchError::TooSlow)??;
        KeySet::read(&document, self.algorithm).map_err(FetchError::NotAKeySet)
    }
}

impl State {
    fn last_fetch_failed(&self) -> bool {
        self.last_fetch_at != self.keys.as_ref().map(|(_, at)| *at)
    }

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
        keys.find(kid).ok_or(if self.last_fetch_failed() {
            // The key may be new: the failed fetch could have returned it.
            TokenRefusal::KeysUnavailable
        } else {
            TokenRefusal::UnknownKey
        })
    }
}

/// Returns whether two times are less than `span` apart. Either may be the later: concurrent
/// requests pass slightly different times, and a clock that is set back must not keep old keys in
/// use.
fn within(a: DateTime<Utc>, b: DateTime<Utc>, span: TimeDelta) -> bool {
    a.signed_duration_since(b).abs() < span
}
