//! The injected clock: the database's time, as the process knows it. Deadlines are decided by the
//! database's clock itself (see [`crate::database::UnitOfWork::now`]); both are shifted by the same
//! offset, so that tests and the sample marketplace can move through time.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// The deviation of the machine's clock from the database's that is reported.
const TOLERATED_SKEW: TimeDelta = TimeDelta::seconds(1);

/// Clock that all parts of a process share. Only tests and the sample marketplace shift it.
///
/// Between two readings of the database's clock it advances by the machine's monotonic clock, so
/// that setting the machine's clock does not change it. Before the first reading it is the machine's
/// time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<State>);

/// Durations in microseconds.
#[derive(Debug, Default)]
struct State {
    /// Difference to the database's clock, by which tests shift this clock.
    offset: AtomicI64,
    /// Difference of the database's clock to [`Clock::steady`].
    correction: AtomicI64,
    /// What a test adds to the machine's time.
    machine_error: i64,
}

/// The machine's time when the process first asked for it, on its two clocks.
static START: LazyLock<(Instant, DateTime<Utc>)> = LazyLock::new(|| (Instant::now(), Utc::now()));

impl Clock {
    /// Returns a clock on a machine whose time is wrong by `error`; positive if it is ahead. For
    /// tests.
    pub fn on_wrong_machine(error: TimeDelta) -> Self {
        Self(Arc::new(State {
            machine_error: microseconds(error),
            ..State::default()
        }))
    }

    /// Returns the database's time plus the offset. It is not after the database's time, and behind
    /// it by at most the duration of one statement.
    pub fn now(&self) -> DateTime<Utc> {
        let correction = self.0.correction.load(Ordering::SeqCst);
        self.steady() + TimeDelta::microseconds(correction) + self.offset()
    }

    /// Returns the machine's time plus the offset, whatever the database's clock says.
    pub fn own(&self) -> DateTime<Utc> {
        Utc::now() + self.machine_error() + self.offset()
    }

    /// Returns the machine's time as it was at the start, advanced by the monotonic clock.
    pub fn steady(&self) -> DateTime<Utc> {
        let (instant, time) = &*START;
        let elapsed = TimeDelta::from_std(instant.elapsed()).unwrap_or(TimeDelta::MAX);
        *time + elapsed + self.machine_error()
    }

    /// Corrects the clock by a reading of the database's clock: `database` is the time that a
    /// statement returned, `sent` and `received` are [`Clock::steady`] before and after it. Later
    /// results of [`Clock::now`] are not before `database` plus the offset.
    pub fn follow(&self, sent: DateTime<Utc>, database: DateTime<Utc>, received: DateTime<Utc>) {
        // The database read its clock between the two, so the correction is between these bounds.
        let lower = microseconds(database - received);
        let upper = microseconds(database - sent);
        let correct = |known: i64| (known < lower || known > upper).then_some(lower);
        // An error means that the clock is correct already.
        let _ = self
            .0
            .correction
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, correct);
    }

    /// Returns how far the machine's clock is ahead of the database's; negative if it is behind.
    pub fn skew(&self) -> TimeDelta {
        let machine = Utc::now() + self.machine_error();
        machine - (self.now() - self.offset())
    }

    /// Returns whether the machine's clock deviates from the database's by more than a second.
    pub fn is_skewed(&self) -> bool {
        self.skew().abs() > TOLERATED_SKEW
    }

    /// Returns the difference to the database's clock; positive if this clock is ahead.
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::microseconds(self.0.offset.load(Ordering::SeqCst))
    }

    /// Sets the difference to the database's clock; positive if this clock is ahead.
    pub fn set_offset(&self, offset: TimeDelta) {
        self.0.offset.store(microseconds(offset), Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        self.set_offset(self.offset() + by);
    }

    fn machine_error(&self) -> TimeDelta {
        TimeDelta::microseconds(self.0.machine_error)
    }
}

fn microseconds(duration: TimeDelta) -> i64 {
    let limit = match duration < TimeDelta::zero() {
        true => i64::MIN,
        false => i64::MAX,
    };
    duration.num_microseconds().unwrap_or(limit)
}

/// Returns the minute in which a time is. What organisations do without being named is shown to
/// others with this precision, so that the time does not link it to what they do under their name.
pub fn minute(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the clock of a database whose time is `ahead` of the real time, in a statement that
    /// takes 2 seconds.
    fn read(clock: &Clock, ahead: TimeDelta) -> DateTime<Utc> {
        let sent = clock.steady();
        let database = Utc::now() + ahead + TimeDelta::seconds(1);
        clock.follow(sent, database, sent + TimeDelta::seconds(2));
        database
    }

    fn difference(clock: &Clock) -> i64 {
        (clock.now() - Utc::now()).num_milliseconds()
    }

    #[test]
    fn a_wrong_clock_follows_the_database() {
        for hours in [-1, 1] {
            let wrong = TimeDelta::hours(hours);
            let clock = Clock::on_wrong_machine(wrong);
            assert!(!clock.is_skewed());
            assert!((difference(&clock) - wrong.num_milliseconds()).abs() < 500);
            read(&clock, TimeDelta::zero());
            // Behind by the second that the answer may have taken.
            let behind = difference(&clock);
            assert!((-1_500..=-500).contains(&behind), "{behind}");
            assert!(clock.is_skewed());
            // The database's clock is set, or another database takes over.
            read(&clock, TimeDelta::minutes(-5));
            let behind = difference(&clock);
            assert!((-302_000..-300_000).contains(&behind), "{behind}");
        }
    }

    #[test]
    fn a_reading_within_the_bounds_changes_nothing() {
        let clock = Clock::default();
        read(&clock, TimeDelta::milliseconds(900));
        assert!(difference(&clock).abs() < 500);
        assert!(!clock.is_skewed());
    }

    #[test]
    fn the_clock_is_never_before_a_time_that_the_database_returned() {
        let clock = Clock::default();
        let sent = clock.steady();
        let received = sent + TimeDelta::milliseconds(3);
        clock.follow(sent, sent + TimeDelta::hours(2), received);
        let (steady, now) = (clock.steady(), clock.now());
        assert!(now - steady >= TimeDelta::hours(2) - TimeDelta::milliseconds(3));
    }

    #[test]
    fn the_offset_is_added_to_the_time_of_the_database() {
        let clock = Clock::on_wrong_machine(TimeDelta::hours(1));
        read(&clock, TimeDelta::zero());
        clock.advance(TimeDelta::days(3));
        let days = (difference(&clock) as f64 / 86_400_000.0).round();
        assert!((days - 3.0).abs() < f64::EPSILON);
        assert!(clock.skew() > TimeDelta::minutes(59));
    }
}
