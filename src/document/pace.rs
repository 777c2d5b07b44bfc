//! The minimum throughput of an upload.

use std::time::Duration;

/// How slowly a client may send an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinimumPace {
    /// Bytes per second, on average over a window; 0 for no minimum.
    pub bytes_per_second: u64,
    /// The window.
    pub window: Duration,
}

impl Default for MinimumPace {
    fn default() -> Self {
        Self {
            bytes_per_second: 16 << 10,
            window: Duration::from_secs(30),
        }
    }
}

/// What the client sent in the current window. Only the time for which the server waits for the
/// client counts, not the time that the storage takes.
#[derive(Debug)]
pub(super) struct Pace {
    minimum: MinimumPace,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    pub fn new(minimum: MinimumPace) -> Self {
        Self {
            minimum,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Returns the time until the end of the window; `None` without a minimum.
    pub fn remaining(&self) -> Option<Duration> {
        let rest = self.minimum.window.saturating_sub(self.waited);
        (self.minimum.bytes_per_second > 0).then_some(rest)
    }

    /// Notes bytes and the time for which the server waited for them. Returns whether the client is
    /// too slow, which is known at the end of a window.
    pub fn is_too_slow(&mut self, bytes: u64, waited: Duration) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.waited += waited;
        if self.waited < self.minimum.window {
            return false;
        }
        let needed = self.minimum.bytes_per_second as f64 * self.waited.as_secs_f64();
        let is_too_slow = (self.bytes as f64) < needed;
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        is_too_slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(bytes_per_second: u64) -> Pace {
        Pace::new(MinimumPace {
            bytes_per_second,
            window: Duration::from_secs(10),
        })
    }

    #[test]
    fn the_average_over_a_window_counts() {
        let seconds = Duration::from_secs;
        let mut pace = pace(100);
        // A pause, and then enough.
        assert!(!pace.is_too_slow(0, seconds(9)));
        assert_eq!(pace.remaining(), Some(seconds(1)));
        assert!(!pace.is_too_slow(1_000, seconds(1)));
        // The next window begins at zero.
        assert!(!pace.is_too_slow(500, seconds(5)));
        assert!(pace.is_too_slow(499, seconds(5)));
        // A longer wait needs more bytes.
        assert!(!pace.is_too_slow(2_000, seconds(20)));
        assert!(pace.is_too_slow(1_999, seconds(20)));
    }

    #[test]
    fn bytes_without_waiting_are_never_too_slow() {
        let mut pace = pace(u64::MAX);
        assert!((0..1_000).all(|_| !pace.is_too_slow(1, Duration::ZERO)));
    }

    #[test]
    fn zero_is_no_minimum() {
        let mut pace = pace(0);
        assert_eq!(pace.remaining(), None);
        assert!(!pace.is_too_slow(0, Duration::from_secs(100)));
    }
}
