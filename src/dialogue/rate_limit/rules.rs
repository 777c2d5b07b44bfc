//! The rule of rate limits.

use chrono::{DateTime, TimeDelta, Utc};

use crate::kernel::{
    refusal::{Code, Refusal},
    zone::Zone,
};

/// Most actions per hour and per day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Most actions within any 60 minutes.
    pub hour: usize,
    /// Most actions within any 24 hours.
    pub day: usize,
}

impl RateLimit {
    /// Checks that the action may be performed once more. `before` holds the times of the earlier
    /// actions, the latest first; times older than 24 hours have no effect.
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
        let message = message!(
            "your organisation, and you for all your organisations together, may do this at most {hour} times an hour and {day} times a day in one procurement; try again at {retryAt}",
            hour = self.hour,
            day = self.day,
            retryAt = (free, Zone::DEFAULT),
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
    fn a_limit_is_free_again_at_the_second() {
        let limit = RateLimit { hour: 2, day: 3 };
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
            let verdict = limit.check(&latest_first, at(now));
            assert_eq!(verdict.is_ok(), free, "{before:?} {now}");
        }
    }
}
