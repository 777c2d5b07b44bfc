//! Shares of the upload slots, and of the bytes that uploads may still send.
//!
//! One client, with all its organisations, holds at most a quarter of each, so that no client can
//! keep the others from uploading.

use crate::{
    document::UPLOADS,
    http::{
        concurrency::{ConcurrencyLimiter, Slot, SlotLimits},
        rate_limit::RateLimitKey,
    },
};

/// The running uploads of this process.
pub struct UploadShares {
    slots: ConcurrencyLimiter,
    bytes: ConcurrencyLimiter,
    limits: Limits,
}

struct Limits {
    slots: SlotLimits,
    bytes: SlotLimits,
}

/// The share of one running upload, until it is dropped.
pub struct UploadShare(#[expect(dead_code, reason = "held, not read")] [Slot; 2]);

impl UploadShares {
    /// Returns the shares for uploads that announce at most `bytes` bytes together.
    pub fn new(bytes: u64) -> Self {
        let quarters = |total: u64| SlotLimits {
            total,
            per_client: total.div_ceil(4),
        };
        Self {
            slots: ConcurrencyLimiter::default(),
            bytes: ConcurrencyLimiter::default(),
            limits: Limits {
                slots: quarters(UPLOADS as u64),
                bytes: quarters(bytes),
            },
        }
    }

    /// Takes a share for an upload of `size` bytes; returns `None` when the client, or all clients
    /// together, upload as much as they may.
    pub fn acquire(&self, key: RateLimitKey, size: u64) -> Option<UploadShare> {
        let slot = self.slots.acquire_many(key, 1, self.limits.slots)?;
        // An upload of the whole limit is possible while no other one runs.
        let size = size.min(self.limits.bytes.total);
        let bytes = self.bytes.acquire_many(key, size, self.limits.bytes)?;
        Some(UploadShare([slot, bytes]))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const MEBIBYTE: u64 = 1 << 20;

    fn client(number: u8) -> RateLimitKey {
        RateLimitKey::Network(IpAddr::from([192, 0, 2, number]))
    }

    #[test]
    fn a_client_holds_a_quarter_of_the_slots() {
        let shares = UploadShares::new(1_000 * MEBIBYTE);
        let mut held = Vec::new();
        for number in 0..4 {
            let quarter = (0..UPLOADS / 4).map(|_| shares.acquire(client(number), 1));
            held.extend(quarter);
            assert!(shares.acquire(client(number), 1).is_none());
        }
        assert!(held.iter().all(Option::is_some));
        assert!(shares.acquire(client(9), 1).is_none());
        held.pop();
        assert!(shares.acquire(client(9), 1).is_some());
    }

    #[test]
    fn a_client_uploads_a_quarter_of_the_bytes_or_one_document() {
        let shares = UploadShares::new(100 * MEBIBYTE);
        let one = shares.acquire(client(1), 60 * MEBIBYTE);
        assert!(one.is_some());
        assert!(shares.acquire(client(1), 1).is_none());
        let two = shares.acquire(client(2), 20 * MEBIBYTE);
        assert!(two.is_some());
        assert!(shares.acquire(client(2), 10 * MEBIBYTE).is_none());
        assert!(shares.acquire(client(2), 5 * MEBIBYTE).is_some());
        assert!(shares.acquire(client(3), 21 * MEBIBYTE).is_none());
        drop((one, two));
        assert!(shares.acquire(client(3), 1_000 * MEBIBYTE).is_some());
    }
}
