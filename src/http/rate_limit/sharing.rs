//! One rate limit for several processes on one database.
//!
//! Each process decides by its own buckets, without a round trip. Once a second, if any client sent
//! a request, it adds what the clients spent to the buckets in the database, in one statement, and
//! lowers its own buckets to those. A client can therefore exceed its burst until the next exchange,
//! by at most one burst for each further process; its sustained rate is that of one process. While
//! the database does not answer, each process holds the limit by itself.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use governor::clock::Clock;
use sqlx::PgPool;
use tokio::time::{self, MissedTickBehavior};

use super::{RateLimitKey, RateLimiter, store};
use crate::{auth::identity_key::IdentityKey, http::AppState};

/// Time between two exchanges.
const INTERVAL: Duration = Duration::from_secs(1);
/// Maximum number of clients in one exchange; others follow in the next one.
const CLIENTS: usize = 5_000;
/// Exchanges between two removals of full buckets from the database.
const CLEAN_UP_EVERY: u32 = 60;

/// Starts the exchange of a server with a rate limit. It ends with the server.
pub fn start(state: &Arc<AppState>) {
    if state.rates.is_some() {
        tokio::spawn(run(Arc::downgrade(state)));
    }
}

async fn run(state: Weak<AppState>) {
    let mut ticks = time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut exchanges, mut failed) = (0_u32, false);
    loop {
        ticks.tick().await;
        let Some(state) = state.upgrade() else {
            return;
        };
        let Some(rates) = &state.rates else { return };
        let pool = &state.backend.database.pool;
        let result = match rates.exchange(pool, &state.identity_key).await {
            Ok(true) => {
                exchanges = exchanges.wrapping_add(1);
                match exchanges.is_multiple_of(CLEAN_UP_EVERY) {
                    true => store::delete_full(pool).await,
                    false => Ok(()),
                }
            }
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        // One line for each outage.
        if let Err(error) = &result
            && !failed
        {
            tracing::warn!(%error, "cannot share the rate limits; each process counts for itself");
        }
        failed = result.is_err();
    }
}

impl<C: Clock + Clone> RateLimiter<C> {
    /// Adds what clients spent here to their buckets in the database, and lowers the own buckets to
    /// those. Returns false, without a statement, when no client sent a request.
    pub async fn exchange(&self, pool: &PgPool, key: &IdentityKey) -> Result<bool, sqlx::Error> {
        let spent = self.states.take_spent(CLIENTS);
        if spent.is_empty() {
            return Ok(false);
        }
        // The database has no addresses and no persons, only hashes.
        let hashed = spent.into_iter().map(|(client, spent)| {
            let hash = key.hash("rate limit", &client.text());
            (hash, (client, spent))
        });
        let clients: HashMap<Vec<u8>, (RateLimitKey, Duration)> = hashed.collect();
        let spent = clients
            .iter()
            .map(|(hash, (_, spent))| (hash.clone(), *spent))
            .collect();
        // After a failure the spent time is forgotten: a client must not be charged for an outage.
        let shared = store::spend(pool, spent, self.limit.window() * 2).await?;
        for bucket in shared {
            if let Some((client, _)) = clients.get(&bucket.client) {
                self.states.lower(*client, bucket.fill);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use governor::clock::FakeRelativeClock;
    use sqlx::postgres::PgPoolOptions;

    use super::{super::RateLimit, *};

    fn limiter(clock: &FakeRelativeClock) -> RateLimiter<FakeRelativeClock> {
        let limit = RateLimit {
            per_minute: NonZero::new(60).unwrap(),
            burst: NonZero::new(10).unwrap(),
        };
        RateLimiter::with_clock(limit, clock.clone())
    }

    fn accepted(limiter: &RateLimiter<FakeRelativeClock>, key: RateLimitKey) -> usize {
        let counted = std::iter::repeat_with(|| limiter.count(key));
        counted.take_while(Result::is_ok).count()
    }

    #[test]
    fn what_a_client_spent_is_taken_once() {
        let clock = FakeRelativeClock::default();
        let limiter = limiter(&clock);
        let [one, other] = [1, 2].map(|number| RateLimitKey::Network([192, 0, 2, number].into()));
        for key in [one, one, other] {
            assert!(limiter.count(key).is_ok());
        }
        let mut spent = limiter.states.take_spent(10);
        spent.sort_by_key(|(_, spent)| *spent);
        let seconds = Duration::from_secs;
        assert_eq!(spent, [(other, seconds(1)), (one, seconds(2))]);
        assert_eq!(limiter.states.take_spent(10), []);
        // A refused request spends nothing, but the client is active.
        assert_eq!(accepted(&limiter, one), 8);
        assert_eq!(limiter.states.take_spent(10), [(one, seconds(8))]);
        assert!(limiter.count(one).is_err());
        assert_eq!(limiter.states.take_spent(10), [(one, seconds(0))]);
    }

    #[test]
    fn a_batch_is_bounded_and_the_rest_follows() {
        let limiter = limiter(&FakeRelativeClock::default());
        let keys = (0..5).map(|number| RateLimitKey::Network([192, 0, 2, number].into()));
        let counted = keys.map(|key| limiter.count(key).is_ok());
        assert_eq!(counted.filter(|counted| *counted).count(), 5);
        let sizes = [3, 3, 3].map(|most| limiter.states.take_spent(most).len());
        assert_eq!(sizes, [3, 2, 0]);
    }

    #[test]
    fn a_bucket_that_was_spent_elsewhere_is_lower_here() {
        let clock = FakeRelativeClock::default();
        let limiter = limiter(&clock);
        let key = RateLimitKey::Network([192, 0, 2, 1].into());
        limiter.states.lower(key, Duration::from_secs(7));
        assert_eq!(accepted(&limiter, key), 3);
        // It regains what time brings, and a lower state elsewhere changes nothing.
        clock.advance(Duration::from_secs(4));
        limiter.states.lower(key, Duration::from_secs(2));
        assert_eq!(accepted(&limiter, key), 4);
        // Beyond an empty bucket the client waits.
        limiter.states.lower(key, Duration::from_secs(20));
        clock.advance(Duration::from_secs(10));
        assert_eq!(accepted(&limiter, key), 0);
        clock.advance(Duration::from_secs(1));
        assert_eq!(accepted(&limiter, key), 1);
    }

    #[tokio::test]
    async fn nothing_is_exchanged_without_requests() {
        let nowhere = PgPoolOptions::new().acquire_timeout(Duration::from_millis(10));
        let nowhere = nowhere.connect_lazy("postgres://127.0.0.1:9/none").unwrap();
        let key = "a key for tests, 32 characters long".parse().unwrap();
        let limiter = limiter(&FakeRelativeClock::default());
        assert!(matches!(limiter.exchange(&nowhere, &key).await, Ok(false)));
        let client = RateLimitKey::Network([192, 0, 2, 1].into());
        assert_eq!(accepted(&limiter, client), 10);
        assert!(limiter.exchange(&nowhere, &key).await.is_err());
        // The limit holds without the database, and what was spent meanwhile is not charged later.
        assert_eq!(accepted(&limiter, client), 0);
        assert_eq!(limiter.states.take_spent(10), [(client, Duration::ZERO)]);
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let limiter = limiter(&clock);
        let key = RateLimitKey::Network([192, 0, 2, 1].into());
        assert!(limiter.count(key).is_ok());
        limiter.states.take_spent(10);
        limiter.states.remove_full();
        assert_eq!(accepted(&limiter, key), 9);
        clock.advance(Duration::from_secs(60));
        limiter.states.take_spent(10);
        limiter.states.remove_full();
        assert_eq!(accepted(&limiter, key), 10);
    }
}
