//! The injected clock. Deadlines are decided by the database's clock (see
//! [`crate::database::UnitOfWork::now`]); both clocks are shifted by the same offset, so that tests
//! and the sample marketplace can move through time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Clock that all parts of a process share. Only tests and the sample marketplace shift it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_microseconds: Arc<AtomicI64>,
}

impl Clock {
    /// Returns the machine's time plus the offset.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.offset()
    }

    /// Returns the difference to the machine's clock; positive if this clock is ahead.
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::microseconds(self.offset_microseconds.load(Ordering::SeqCst))
    }

    /// Sets the difference to the machine's clock; positive if this clock is ahead.
    pub fn set_offset(&self, offset: TimeDelta) {
        let microseconds = offset.num_microseconds().unwrap_or(i64::MAX);
        self.offset_microseconds
            .store(microseconds, Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        self.set_offset(self.offset() + by);
    }
}

/// Returns the minute in which a time is. What organisations do without being named is shown to
/// others with this precision, so that the time does not link it to what they do under their name.
pub fn minute(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}
