//! How often is too often.

use chrono::{DateTime, TimeDelta, Utc};

use crate::kernel::refusal::{Code, Refusal};

/// The most of something an hour and a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Within any hour.
    pub hour: usize,
    /// Within any day of 24 hours.
    pub day: usize,
}

impl Rate {
    /// May it be done once more? `before` is when it was done, the latest first; older than a day is of no account.
    pub fn check(self, before: &[DateTime<Utc>], now: DateTime<Utc>) -> Result<(), Refusal> {
        let free_at = |most: usize, span: TimeDelta| {
            let oldest_that_counts = before.get(most.checked_sub(1)?)?;
            Some(*oldest_that_counts + span).filter(|free| *free > now)
        };
        let hour = free_at(self.hour, TimeDelta::hours(1));
        let day = free_at(self.day, TimeDelta::days(1));
        let Some(free) = hour.max(day) else {
            return Ok(());
        };
        let message = format!(
            "your organisation may do this {} times an hour and {} times a day in one procurement; try again at {}",
            self.hour,
            self.day,
            free.to_rfc3339()
        );
        Err(Refusal::new(Code::RateLimited, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    #[test]
    fn a_rate_is_freed_at_the_second() {
        let rate = Rate { hour: 2, day: 3 };
        let hour = 3600;
        for (before, now, free) in [
            (vec![], 0, true),
            (vec![10], 11, true),
            (vec![10, 20], 10 + hour - 1, false),
            (vec![10, 20], 10 + hour, true),
            (vec![10, 20, 30 + hour], 31 + hour, false),
            (vec![10, 20, 30 + hour], 24 * hour + 9, false),
            (vec![10, 20, 30 + hour], 24 * hour + 10, true),
        ] {
            let latest_first: Vec<_> = before.iter().rev().map(|second| at(*second)).collect();
            let verdict = rate.check(&latest_first, at(now));
            assert_eq!(verdict.is_ok(), free, "{before:?} {now}");
        }
    }
}
