//! How often one may ask: a leaky bucket for each person, and for each network that says no name (GCRA, by `governor`).
//! What is left is told with each answer in the fields of draft-ietf-httpapi-ratelimit-headers-10.
//!
//! Each process counts for itself.

use std::{
    net::IpAddr,
    num::NonZero,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::DashMapStateStore,
};

use crate::{
    auth::Person,
    kernel::ids::{OrganisationId, PersonId},
};

/// What is left of a bucket.
pub const LEFT: HeaderName = HeaderName::from_static("ratelimit");
/// How large the bucket is, and how soon it is full again.
pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// How often one may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a minute, in the long run.
    pub per_minute: NonZero<u32>,
    /// Requests at once.
    pub burst: NonZero<u32>,
}

impl Default for Rate {
    fn default() -> Self {
        let number = |number| NonZero::new(number).unwrap_or(NonZero::<u32>::MIN);
        Self {
            per_minute: number(1_200),
            burst: number(300),
        }
    }
}

/// Who asks, as far as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A signed-in person.
    Person(PersonId),
    /// An organisation's API keys together.
    Keys(OrganisationId),
    /// Anyone else there.
    Network(IpAddr),
}

impl Who {
    /// As whom a person, or an API key, is counted.
    pub fn of(person: &Person) -> Self {
        let organisation = person.memberships.first().map(|one| one.organisation);
        match (&person.key, organisation) {
            (Some(_), Some(organisation)) => Self::Keys(organisation),
            _ => Self::Person(person.id),
        }
    }
}

/// What all have asked. `C` tells the time.
pub struct Rates<C: Clock = DefaultClock> {
    rate: Rate,
    clock: C,
    asked: RateLimiter<Who, DashMapStateStore<Who>, C, StateInformationMiddleware>,
    /// Since those who have long been quiet were forgotten.
    count: AtomicU32,
}

/// What one may still ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    rate: Rate,
    /// Requests at once, now.
    requests: u32,
    /// Until one may ask, once more than there is was asked for.
    wait: Option<Duration>,
}

impl Rates {
    /// Nobody has asked yet.
    pub fn new(rate: Rate) -> Self {
        Self::with_clock(rate, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Rates<C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
        let asked = RateLimiter::dashmap_with_clock(quota, clock.clone());
        Self {
            rate,
            clock,
            asked: asked.with_middleware(),
            count: AtomicU32::new(0),
        }
    }

    /// Counts a request; an error if it is one too many.
    pub fn count(&self, who: Who) -> Result<Left, Left> {
        /// So many requests until those who were quiet are forgotten.
        const FORGOTTEN: u32 = 10_000;
        if self.count.fetch_add(1, Ordering::Relaxed) % FORGOTTEN == FORGOTTEN - 1 {
            self.asked.retain_recent();
            self.asked.shrink_to_fit();
        }
        let left = |requests, wait| Left {
            rate: self.rate,
            requests,
            wait,
        };
        match self.asked.check_key(&who) {
            Ok(state) => Ok(left(StateSnapshot::remaining_burst_capacity(&state), None)),
            Err(until) => Err(left(0, Some(until.wait_time_from(self.clock.now())))),
        }
    }
}

impl Left {
    /// Tells it: `RateLimit-Policy`, `RateLimit`, and `Retry-After` to who has to wait.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let (burst, per_minute) = (self.rate.burst.get(), self.rate.per_minute.get());
        // Until a bucket that was emptied is full again, and until this one has room for one more.
        let window = (u64::from(burst) * 60).div_ceil(u64::from(per_minute));
        let wait = match self.wait {
            Some(wait) => wait.as_secs().saturating_add(1),
            None if self.requests > 0 => 0,
            None => 60_u64.div_ceil(u64::from(per_minute)),
        };
        let policy = format!(r#""requests";q={burst};w={window}"#);
        let left = format!(r#""requests";r={};t={wait}"#, self.requests);
        let waited = self.wait.map(|_| wait.to_string());
        for (name, value) in [
            (POLICY, Some(policy)),
            (LEFT, Some(left)),
            (header::RETRY_AFTER, waited),
        ] {
            let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rate(per_minute: u32, burst: u32) -> Rate {
        Rate {
            per_minute: NonZero::new(per_minute).unwrap(),
            burst: NonZero::new(burst).unwrap(),
        }
    }

    #[test]
    fn a_bucket_is_emptied_at_once_and_leaks_steadily() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::with_clock(rate(60, 3), clock.clone());
        let who = Who::Network("192.0.2.1".parse().unwrap());
        let left = |requests, wait| Left {
            rate: rate(60, 3),
            requests,
            wait,
        };
        for requests in [2, 1, 0] {
            assert_eq!(rates.count(who), Ok(left(requests, None)));
        }
        let wait = Some(Duration::from_secs(1));
        assert_eq!(rates.count(who), Err(left(0, wait)));
        // Others are not held back, and who waits is served again.
        let other = Who::Network("192.0.2.2".parse().unwrap());
        assert_eq!(rates.count(other), Ok(left(2, None)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(rates.count(who), Ok(left(0, None)));
        assert_eq!(rates.count(who), Err(left(0, wait)));
        clock.advance(Duration::from_secs(60));
        assert_eq!(rates.count(who), Ok(left(2, None)));
    }

    #[test]
    fn what_is_left_is_told() {
        let told = |left: Left| {
            let mut headers = HeaderMap::new();
            left.tell(&mut headers);
            let value = |name: &HeaderName| {
                headers
                    .get(name)
                    .map(|value| value.to_str().unwrap().to_owned())
            };
            (value(&POLICY), value(&LEFT), value(&header::RETRY_AFTER))
        };
        let mut left = Left {
            rate: rate(1_200, 300),
            requests: 7,
            wait: None,
        };
        let policy = Some(r#""requests";q=300;w=15"#.to_owned());
        let seven = Some(r#""requests";r=7;t=0"#.to_owned());
        assert_eq!(told(left), (policy.clone(), seven, None));
        left = Left {
            requests: 0,
            wait: Some(Duration::from_millis(1_500)),
            ..left
        };
        let none = Some(r#""requests";r=0;t=2"#.to_owned());
        assert_eq!(told(left), (policy, none, Some("2".into())));
    }
}
