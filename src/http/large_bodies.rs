//! A limit on the number of large request bodies in memory.
//!
//! Small bodies, which are most, never wait for clients that send large bodies slowly, and one
//! network cannot use the whole limit.

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
    /// A quarter of the whole limit, rounded up.
    per_network: NonZero<u32>,
    networks: ConcurrencyLimiter,
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
            per_network: NonZero::new(quarter).unwrap_or(limit),
            networks: ConcurrencyLimiter::default(),
        }
    }

    /// Returns a permit for a body from `network`; `None` when a limit is reached.
    pub fn try_acquire(&self, network: IpAddr) -> Option<LargeBodyPermit<'_>> {
        let key = RateLimitKey::Network(network);
        let slot = self.networks.acquire(key, self.per_network)?;
        Some(LargeBodyPermit((self.free.try_acquire().ok()?, slot)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
