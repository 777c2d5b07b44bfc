//! The days of a script as times.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Converts days of the history to times.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    day_zero: DateTime<Utc>,
}

impl Calendar {
    /// Returns a calendar whose day 0 is the full hour before `now`, so that past deadlines are
    /// full hours.
    pub fn new(now: DateTime<Utc>) -> Self {
        let day_zero = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        Self { day_zero }
    }

    /// Returns the time of a day.
    pub fn moment(self, day: f64) -> DateTime<Utc> {
        self.day_zero + self.span(day)
    }

    /// Returns the duration of a number of days.
    pub fn span(self, days: f64) -> TimeDelta {
        TimeDelta::seconds((days * SECONDS_OF_A_DAY).round() as i64)
    }

    /// Returns the time of a deadline or of the close of a window: for a future day, noon (UTC).
    pub fn limit(self, day: f64) -> DateTime<Utc> {
        let moment = self.moment(day);
        if day < 1.0 {
            return moment;
        }
        let midnight = moment.duration_trunc(TimeDelta::days(1)).unwrap_or(moment);
        midnight + TimeDelta::hours(12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_to_come_are_noons_and_past_ones_full_hours() {
        let now: DateTime<Utc> = "2031-05-10T21:47:13.5Z".parse().unwrap_or_default();
        let calendar = Calendar::new(now);
        for (day, moment, limit) in [
            (-5.0, "2031-05-05T21:00:00Z", "2031-05-05T21:00:00Z"),
            (-0.5, "2031-05-10T09:00:00Z", "2031-05-10T09:00:00Z"),
            (0.0, "2031-05-10T21:00:00Z", "2031-05-10T21:00:00Z"),
            (8.0, "2031-05-18T21:00:00Z", "2031-05-18T12:00:00Z"),
            (8.5, "2031-05-19T09:00:00Z", "2031-05-19T12:00:00Z"),
        ] {
            assert_eq!(
                calendar
                    .moment(day)
                    .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                moment
            );
            assert_eq!(
                calendar
                    .limit(day)
                    .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                limit
            );
        }
    }
}
