//! The rate limit: a leaky bucket (GCRA, by `governor`) for each person, for the API keys of each
//! organisation, and for each network that sends unauthenticated requests.
//!
//! Responses carry the remaining quota in the fields of draft-ietf-httpapi-ratelimit-headers-10.
//! Several processes share the buckets through the database ([`sharing`]).

mod buckets;
pub mod sharing;
mod store;

use std::{
    net::IpAddr,
    num::NonZero,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use governor::{
    Quota, RateLimiter as Governor,
    clock::{Clock, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
};

use buckets::Buckets;

use crate::{
    auth::Person,
    kernel::ids::{OrganisationId, PersonId},
};

/// The response header with the remaining quota.
pub const LIMIT_HEADER: HeaderName = HeaderName::from_static("ratelimit");
/// The response header with the bucket's size and the time it takes to refill.
pub const POLICY_HEADER: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How often a client may send requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per minute, sustained.
    pub per_minute: NonZero<u32>,
    /// Requests in a burst: the size of the bucket.
    pub burst: NonZero<u32>,
}

impl RateLimit {
    /// Returns the time in which an empty bucket becomes full.
    fn window(self) -> Duration {
        Duration::from_mins(1) * self.burst.get() / self.per_minute.get()
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            per_minute: number(1_200),
            burst: number(300),
        }
    }
}

/// The client that a request is counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateLimitKey {
    /// A signed-in person.
    Person(PersonId),
    /// All API keys of an organisation together.
    ApiKeys(OrganisationId),
    /// All API keys of the organisations that this person created.
    FoundersKeys(PersonId),
    /// All unauthenticated clients of a network.
    Network(IpAddr),
}

impl RateLimitKey {
    /// Returns the key of an authenticated person or API key.
    pub fn of(person: &Person) -> Self {
        let organisation = person.memberships.first().map(|one| one.organisation);
        match (&person.key, organisation) {
            (Some(_), Some(organisation)) => Self::ApiKeys(organisation),
            _ => Self::Person(person.id),
        }
    }

    /// Returns a text that differs from that of every other client.
    fn text(&self) -> String {
        match self {
            Self::Person(person) => format!("person {}", person.0),
            Self::ApiKeys(organisation) => format!("keys {}", organisation.0),
            Self::FoundersKeys(person) => format!("founder {}", person.0),
            Self::Network(network) => format!("network {network}"),
        }
    }
}

/// Counts the requests of all clients. `C` is the clock.
pub struct RateLimiter<C: Clock = DefaultClock> {
    limit: RateLimit,
    clock: C,
    states: Buckets<C>,
    buckets: Governor<RateLimitKey, Buckets<C>, C, StateInformationMiddleware>,
    /// Requests since the process started; wraps around.
    requests: AtomicU32,
}

/// What a client has left of its quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemainingQuota {
    limit: RateLimit,
    /// Requests that the client may send at once, now.
    requests: u32,
    /// Time until the next request is accepted; `None` unless this request was refused.
    wait: Option<Duration>,
}

impl RateLimiter {
    /// Returns a limiter in which every client has its whole quota.
    pub fn new(limit: RateLimit) -> Self {
        Self::with_clock(limit, DefaultClock::default())
    }
}

impl<C: Clock + Clone> RateLimiter<C> {
    fn with_clock(limit: RateLimit, clock: C) -> Self {
        let quota = Quota::per_minute(limit.per_minute).allow_burst(limit.burst);
        let states = Buckets::new(clock.clone());
        let buckets = Governor::new(quota, states.clone(), clock.clone());
        Self {
            limit,
            clock,
            states,
            buckets,
            requests: AtomicU32::new(0),
        }
    }

    /// Counts a request; returns an error when it exceeds the limit.
    pub fn count(&self, key: RateLimitKey) -> Result<RemainingQuota, RemainingQuota> {
        /// Requests between two removals of the buckets that are full again.
        const CLEAN_UP_EVERY: u32 = 10_000;
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        if number % CLEAN_UP_EVERY == CLEAN_UP_EVERY - 1 {
            self.states.remove_full();
        }
        let remaining = |requests, wait| RemainingQuota {
            limit: self.limit,
            requests,
            wait,
        };
        match self.buckets.check_key(&key) {
            Ok(state) => {
                let requests = StateSnapshot::remaining_burst_capacity(&state);
                Ok(remaining(requests, None))
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(remaining(0, Some(wait)))
            }
        }
    }
}

impl RemainingQuota {
    /// Returns the time until the next request is accepted.
    pub fn wait(&self) -> Duration {
        self.wait.unwrap_or_default()
    }

    /// Sets `RateLimit-Policy` and `RateLimit`, and `Retry-After` when the request was refused.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        let (burst, per_minute) = (self.limit.burst.get(), self.limit.per_minute.get());
        // Seconds until an empty bucket is full, and until this bucket accepts one more request.
        let window = (u64::from(burst) * 60).div_ceil(u64::from(per_minute));
        let wait = match self.wait {
            Some(wait) => wait.as_secs().saturating_add(1),
            None if self.requests > 0 => 0,
            None => 60_u64.div_ceil(u64::from(per_minute)),
        };
        let policy = format!(r#""requests";q={burst};w={window}"#);
        let remaining = format!(r#""requests";r={};t={wait}"#, self.requests);
        let retry_after = self.wait.map(|_| wait.to_string());
        for (name, value) in [
            (POLICY_HEADER, Some(policy)),
            (LIMIT_HEADER, Some(remaining)),
            (header::RETRY_AFTER, retry_after),
        ] {
            let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

impl<C: Clock + Clone> RateLimiter<C> {
    /// Counts `number` more requests of a client, all or none. Returns an error when the client has
    /// fewer left. More requests than the bucket holds count as a full bucket, since the client
    /// could never send them otherwise.
    pub fn count_more(
        &self,
        key: RateLimitKey,
        number: NonZero<u32>,
    ) -> Result<RemainingQuota, RemainingQuota> {
        let number = number.min(self.limit.burst);
        let remaining = |requests, wait| RemainingQuota {
            limit: self.limit,
            requests,
            wait,
        };
        match self.buckets.check_key_n(&key, number) {
            Ok(Ok(state)) => {
                let requests = StateSnapshot::remaining_burst_capacity(&state);
                Ok(remaining(requests, None))
            }
            Ok(Err(until)) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(remaining(0, Some(wait)))
            }
            Err(_) => Err(remaining(0, Some(Duration::ZERO))),
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limit(per_minute: u32, burst: u32) -> RateLimit {
        RateLimit {
            per_minute: NonZero::new(per_minute).unwrap(),
            burst: NonZero::new(burst).unwrap(),
        }
    }

    #[test]
    fn a_bucket_empties_in_a_burst_and_refills_steadily() {
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::with_clock(limit(60, 3), clock.clone());
        let key = RateLimitKey::Network("192.0.2.1".parse().unwrap());
        let remaining = |requests, wait| RemainingQuota {
            limit: limit(60, 3),
            requests,
            wait,
        };
        for requests in [2, 1, 0] {
            assert_eq!(limiter.count(key), Ok(remaining(requests, None)));
        }
        let wait = Some(Duration::from_secs(1));
        assert_eq!(limiter.count(key), Err(remaining(0, wait)));
        // Other clients are not affected, and a client that waits is served again.
        let other = RateLimitKey::Network("192.0.2.2".parse().unwrap());
        assert_eq!(limiter.count(other), Ok(remaining(2, None)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(limiter.count(key), Ok(remaining(0, None)));
        assert_eq!(limiter.count(key), Err(remaining(0, wait)));
        clock.advance(Duration::from_secs(60));
        assert_eq!(limiter.count(key), Ok(remaining(2, None)));
    }

    #[test]
    fn several_requests_are_counted_all_or_none() {
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::with_clock(limit(60, 5), clock.clone());
        let key = RateLimitKey::Network("192.0.2.1".parse().unwrap());
        let remaining = |requests, wait| RemainingQuota {
            limit: limit(60, 5),
            requests,
            wait,
        };
        let number = |number| NonZero::new(number).unwrap();
        assert_eq!(limiter.count_more(key, number(3)), Ok(remaining(2, None)));
        let wait = Some(Duration::from_secs(1));
        assert_eq!(limiter.count_more(key, number(3)), Err(remaining(0, wait)));
        // The refusal took nothing.
        assert_eq!(limiter.count_more(key, number(2)), Ok(remaining(0, None)));
        clock.advance(Duration::from_secs(60));
        assert_eq!(
            limiter.count_more(key, number(100)),
            Ok(remaining(0, None)),
            "more than the bucket holds"
        );
    }

    #[test]
    fn the_remaining_quota_is_written_to_the_headers() {
        let written = |quota: RemainingQuota| {
            let mut headers = HeaderMap::new();
            quota.write_to(&mut headers);
            let value = |name: &HeaderName| {
                headers
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            (
                value(&POLICY_HEADER),
                value(&LIMIT_HEADER),
                value(&header::RETRY_AFTER),
            )
        };
        let mut quota = RemainingQuota {
            limit: limit(1_200, 300),
            requests: 7,
            wait: None,
        };
        let policy = Some(r#""requests";q=300;w=15"#.to_owned());
        let seven = Some(r#""requests";r=7;t=0"#.to_owned());
        assert_eq!(written(quota), (policy.clone(), seven, None));
        quota = RemainingQuota {
            requests: 0,
            wait: Some(Duration::from_millis(1_500)),
            ..quota
        };
        let none = Some(r#""requests";r=0;t=2"#.to_owned());
        assert_eq!(written(quota), (policy, none, Some("2".into())));
    }
}
