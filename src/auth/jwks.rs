//! The issuer's published keys, fetched by HTTP and kept for a while.
//!
//! - Keys are used for [`JwksSettings::max_age`] and then fetched again, so that a withdrawn key stops working.
//! - A token that names an unknown key makes the keys be fetched at once, so that a new key works at once. However many
//!   such tokens come, the address is asked once per [`JwksSettings::cool_down`], by one request at a time.
//! - When the address fails, the last good keys stay in use for [`MAX_STALE`] at most, and nobody waits for it who can be
//!   answered with them.
//! - An issuer may be given by its own address, whose discovery document says where the keys are; that is read with the
//!   keys, each time ([`super::provider`]).
//!
//! Ages are told by the `now` that callers hand in.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use tokio::sync::{Mutex, RwLock};

use super::jwk::KeySet;
use super::provider::{FetchError, Provider};
pub use super::provider::{JwksSettingsError, KeySource, MAX_DOCUMENT_BYTES};
use super::refusal::TokenRefusal;
use super::token::SigningAlgorithm;

/// How long keys may be used when none newer can be had. Longer, and whoever can cut us off from the issuer could
/// keep a withdrawn key alive for good.
pub const MAX_STALE: TimeDelta = TimeDelta::hours(24);

/// Where the keys are, and how often they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksSettings {
    /// Where the issuer says what its keys are.
    pub source: KeySource,
    /// The age at which keys are fetched again.
    pub max_age: TimeDelta,
    /// The shortest time between two fetches, whatever tokens come.
    pub cool_down: TimeDelta,
    /// The longest time one fetch may take, connecting and discovery included.
    pub timeout: Duration,
}

impl JwksSettings {
    /// The usual settings for an issuer without discovery, by the address of its JWKS document.
    pub fn at(address: impl Into<String>) -> Self {
        Self::of(KeySource::Address(address.into()))
    }

    /// The usual settings for an issuer whose discovery document names that address.
    pub fn discovered(issuer: impl Into<String>) -> Self {
        Self::of(KeySource::Issuer(issuer.into()))
    }

    /// The usual settings: 10 minutes of age, 10 seconds of cool-down, 5 seconds for a fetch.
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
        let provider = Provider::new(&settings.source)?;
        let state = RwLock::default();
        let turn = Mutex::default();
        Ok(Self(Arc::new(Cache {
            settings,
            algorithm,
            provider,
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
        if let Due::Yes { wait } = self.0.is_due(kid, now).await
            && (wait || self.0.turn.try_lock().is_ok())
        {
            // In a task of its own: others wait for the same fetch, so it must not end with the request that began it.
            let cache = Arc::clone(&self.0);
            let kid = kid.map(str::to_owned);
            let fetch = tokio::spawn(async move { cache.refresh(kid.as_deref(), now).await });
            if wait && let Err(error) = fetch.await {
                tracing::error!(%error, "the task that fetches signing keys ended early");
            }
        }
        self.0.state.read().await.answer(kid, now)
    }
}

/// Should the issuer be asked?
#[derive(PartialEq, Eq)]
enum Due {
    No,
    /// With `wait`: before this token is answered.
    Yes {
        wait: bool,
    },
}

impl Cache {
    /// The issuer should be asked when the keys are old or lack this one, and the cool-down is over. An issuer that did
    /// not answer last time is not waited for, as long as the last good keys do.
    async fn is_due(&self, kid: Option<&str>, now: DateTime<Utc>) -> Due {
        let state = self.state.read().await;
        let cooling = state
            .asked_at
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

    /// Fetches the keys, unless another request did while this one waited for its turn.
    async fn refresh(&self, kid: Option<&str>, now: DateTime<Utc>) {
        let _turn = self.turn.lock().await;
        if self.is_due(kid, now).await == Due::No {
            return;
        }
        let fetched = self.fetch().await;
        let mut state = self.state.write().await;
        state.asked_at = Some(now);
        match fetched {
            Ok(keys) if keys.len() == 0 => {
                // Taken at its word: withdrawing every key is how an issuer stops all its tokens.
                tracing::warn!(issuer = %self.settings.source, algorithm = %self.algorithm, "the issuer publishes no usable key");
                state.keys = Some((keys, now));
            }
            Ok(keys) => {
                tracing::debug!(issuer = %self.settings.source, keys = keys.len(), "fetched the issuer's keys");
                state.keys = Some((keys, now));
            }
            Err(error) => {
                tracing::warn!(issuer = %self.settings.source, %error, "cannot fetch the issuer's keys, the last good ones stay");
            }
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
        self.asked_at != self.keys.as_ref().map(|(_, at)| *at)
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
            // The key may be one that we could not learn of.
            TokenRefusal::KeysUnavailable
        } else {
            TokenRefusal::UnknownKey
        })
    }
}

/// Whether two moments are less than `span` apart. Either may be the later: requests come in with slightly different
/// `now`s, and a clock that is set back must not make old keys look new for long.
fn within(a: DateTime<Utc>, b: DateTime<Utc>, span: TimeDelta) -> bool {
    a.signed_duration_since(b).abs() < span
}
