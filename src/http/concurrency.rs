//! Limits on how many sockets, connections or large bodies one person or network has at a time.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
};

use super::rate_limit::RateLimitKey;

/// The number of slots in use, by person or network. Cheap to clone.
#[derive(Clone, Default)]
pub struct ConcurrencyLimiter(Arc<Mutex<HashMap<RateLimitKey, u32>>>);

/// A slot in use, until it is dropped.
pub struct Slot {
    key: RateLimitKey,
    limiter: ConcurrencyLimiter,
}

impl ConcurrencyLimiter {
    /// Takes a slot; returns `None` when `key` already uses `limit` slots.
    pub fn acquire(&self, key: RateLimitKey, limit: NonZero<u32>) -> Option<Slot> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = used.entry(key).or_default();
        if *number >= limit.get() {
            return None;
        }
        *number += 1;
        let limiter = self.clone();
        Some(Slot { key, limiter })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let used = &self.limiter.0;
        let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = used.get_mut(&self.key) {
            *number -= 1;
            if *number == 0 {
                used.remove(&self.key);
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
        assert!(limiter.0.lock().unwrap().is_empty());
    }
}
