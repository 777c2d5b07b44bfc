//! Time, injected. For deadlines the database's clock counts (see [`crate::database::UnitOfWork::now`]);
//! this clock says how far both are shifted, so that a test or the sample marketplace can move through time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that all parts of one process share. Shifted only by tests and by the sample's history.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_microseconds: Arc<AtomicI64>,
}

impl Clock {
    /// The process's own time, shifted.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.offset()
    }

    /// How far this clock is ahead of the machine's (negative: behind).
    pub fn offset(&self) -> TimeDelta {
        TimeDelta::microseconds(self.offset_microseconds.load(Ordering::SeqCst))
    }

    /// Sets how far this clock is ahead of the machine's.
    pub fn set_offset(&self, offset: TimeDelta) {
        let microseconds = offset.num_microseconds().unwrap_or(i64::MAX);
        self.offset_microseconds
            .store(microseconds, Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn advance(&self, by: TimeDelta) {
        self.set_offset(self.offset() + by);
    }
}
