//! A limit on the number of large request bodies in memory.
//!
//! Small bodies, which are most, never wait for clients that send large bodies slowly, and one
//! network cannot use the whole limit. When all networks together use it, people who are signed in
//! have half as many places of their own: a tender can be a large body.

use std::{net::IpAddr, num::NonZero};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    concurrency::{ConcurrencyLimiter, Slot},
    rate_limit::RateLimitKey,
};

/// Bytes above which a body is large; a body without a `Content-Length` is large, too.
pub const THRESHOLD: u64 = 64 << 10;

/// Limits the number of large bodies of the process and of each network.
pub struct LargeBodyLimiter {
    free: Semaphore,
    reserved: Semaphore,
    /// A quarter of the whole limit, rounded up.
    per_client: NonZero<u32>,
    networks: ConcurrencyLimiter,
    people: ConcurrencyLimiter,
}

/// The right to hold one large body in memory, until it is dropped.
pub struct LargeBodyPermit<'b>(
    #[expect(dead_code, reason = "held, not read")] (SemaphorePermit<'b>, Slot),
);

impl LargeBodyLimiter {
    /// Returns a limiter for at most `limit` bodies at a time.
    pub fn new(limit: NonZero<u32>) -> Self {
        let quarter = limit.get().div_ceil(4);
        Self {
            free: Semaphore::new(limit.get() as usize),
            reserved: Semaphore::new(limit.get().div_ceil(2) as usize),
            per_client: NonZero::new(quarter).unwrap_or(limit),
            networks: ConcurrencyLimiter::default(),
            people: ConcurrencyLimiter::default(),
        }
    }

    /// Returns a permit for a body from `network`; `None` when a limit is reached.
    pub fn try_acquire(&self, network: IpAddr) -> Option<LargeBodyPermit<'_>> {
        let slot = self
            .networks
            .acquire(RateLimitKey::Network(network), self.per_client)?;
        Some(LargeBodyPermit((self.free.try_acquire().ok()?, slot)))
    }

    /// Returns a permit for a body of a client that is signed in; `None` when a limit is reached.
    pub fn try_acquire_reserved(&self, client: RateLimitKey) -> Option<LargeBodyPermit<'_>> {
        let slot = self.people.acquire(client, self.per_client)?;
        Some(LargeBodyPermit((self.reserved.try_acquire().ok()?, slot)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::PersonId;

    #[test]
    fn a_network_gets_at_most_a_quarter_of_the_limit() {
        let bodies = LargeBodyLimiter::new(NonZero::new(8).unwrap());
        let from = |network: u8| bodies.try_acquire(IpAddr::from([192, 0, 2, network]));
        let mut taken = Vec::new();
        for network in 0..4 {
            taken.extend([from(network), from(network)]);
            assert!(from(network).is_none());
        }
        assert!(taken.iter().all(Option::is_some));
        assert!(from(9).is_none());
        taken.pop();
        assert!(from(0).is_none());
        assert!(from(9).is_some());
    }
    #[test]
    fn people_who_are_signed_in_have_places_of_their_own() {
        let bodies = LargeBodyLimiter::new(NonZero::new(8).unwrap());
        let network = |network: u8| IpAddr::from([192, 0, 2, network]);
        let crowd: Vec<_> = (0..8)
            .map(|number| bodies.try_acquire(network(number)))
            .collect();
        assert!(crowd.iter().all(Option::is_some) && bodies.try_acquire(network(9)).is_none());
        let person = |number: u128| RateLimitKey::Person(PersonId(uuid::Uuid::from_u128(number)));
        let reserved = [1, 1, 1, 2, 2, 3].map(|number| bodies.try_acquire_reserved(person(number)));
        let taken: Vec<bool> = reserved.iter().map(Option::is_some).collect();
        assert_eq!(taken, [true, true, false, true, true, false]);
    }
}
