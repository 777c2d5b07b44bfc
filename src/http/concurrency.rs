//! Limits on how many sockets, connections, uploads or large bodies one person or network has at a
//! time, and on how many bytes it is uploading.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
};

use super::rate_limit::RateLimitKey;

/// The number of slots in use, by person or network. Cheap to clone.
#[derive(Clone, Default)]
pub struct ConcurrencyLimiter(Arc<Mutex<Used>>);

#[derive(Default)]
struct Used {
    by_client: HashMap<RateLimitKey, u64>,
    total: u64,
}

/// Slots in use, until this value is dropped.
pub struct Slot {
    key: RateLimitKey,
    number: u64,
    limiter: ConcurrencyLimiter,
}

/// Limits on the slots in use after one more client took its slots.
#[derive(Clone, Copy, Debug)]
pub struct SlotLimits {
    /// Maximum number of slots of all clients.
    pub total: u64,
    /// Maximum number of slots of one client.
    pub per_client: u64,
}

impl ConcurrencyLimiter {
    /// Takes a slot; returns `None` when `key` already uses `limit` slots.
    pub fn acquire(&self, key: RateLimitKey, limit: NonZero<u32>) -> Option<Slot> {
        let limits = SlotLimits {
            total: u64::MAX,
            per_client: u64::from(limit.get()),
        };
        self.acquire_many(key, 1, limits)
    }

    /// Takes a number of slots; returns `None` when that would exceed a limit. A client that uses
    /// no slot may exceed its own limit, so that a single large request is not refused forever.
    pub fn acquire_many(&self, key: RateLimitKey, number: u64, limits: SlotLimits) -> Option<Slot> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = used.by_client.get(&key).copied().unwrap_or_default();
        let exceeds_own = own.saturating_add(number) > limits.per_client && own > 0;
        if exceeds_own || used.total.saturating_add(number) > limits.total {
            return None;
        }
        used.total += number;
        *used.by_client.entry(key).or_default() += number;
        let limiter = self.clone();
        Some(Slot {
            key,
            number,
            limiter,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let used = &self.limiter.0;
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        used.total -= self.number;
        if let Some(number) = used.by_client.get_mut(&self.key) {
            *number -= self.number;
            if *number == 0 {
                used.by_client.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_slot_is_free_again() {
        let limiter = ConcurrencyLimiter::default();
        let two = NonZero::new(2).unwrap();
        let [one, other] =
            ["192.0.2.1", "192.0.2.2"].map(|ip| RateLimitKey::Network(ip.parse().unwrap()));
        let first = limiter.acquire(one, two);
        let second = limiter.acquire(one, two);
        assert!(first.is_some() && second.is_some());
        assert!(limiter.acquire(one, two).is_none());
        assert!(limiter.acquire(other, two).is_some());
        drop(first);
        assert!(limiter.acquire(one, two).is_some());
        drop(second);
        assert!(limiter.0.lock().unwrap().by_client.is_empty());
    }
}
