//! The state of the buckets, which other processes can lower.
//!
//! `governor`'s own stores keep their state to themselves. This one remembers in addition what each
//! client spent here since the last exchange with the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    clock::{Clock, Reference},
    nanos::Nanos,
    state::StateStore,
};

use super::RateLimitKey;

/// The buckets of all clients. Cheap to clone.
pub struct Buckets<C: Clock>(Arc<Inner<C>>);

struct Inner<C: Clock> {
    clock: C,
    start: C::Instant,
    states: Mutex<States>,
}

#[derive(Default)]
struct States {
    buckets: HashMap<RateLimitKey, Bucket>,
    /// Clients that sent a request since the last exchange, each once.
    active: Vec<RateLimitKey>,
}

/// One bucket. All times are nanoseconds.
#[derive(Clone, Copy, Default)]
struct Bucket {
    /// When the bucket is full again, since the start of the process.
    full_at: u64,
    /// Time that the requests since the last exchange added to `full_at`.
    spent: u64,
    is_active: bool,
}

impl<C: Clock> Clone for Buckets<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Clock> Buckets<C> {
    /// Returns full buckets.
    pub fn new(clock: C) -> Self {
        Self(Arc::new(Inner {
            start: clock.now(),
            clock,
            states: Mutex::default(),
        }))
    }

    /// Forgets the buckets that are full.
    pub fn remove_full(&self) {
        let now = self.now();
        let mut states = self.states();
        states
            .buckets
            .retain(|_, bucket| bucket.full_at > now || bucket.is_active);
        states.buckets.shrink_to_fit();
    }

    /// Returns what at most `most` active clients spent since the last exchange, as the time in
    /// which a bucket regains it.
    pub fn take_spent(&self, most: usize) -> Vec<(RateLimitKey, Duration)> {
        let mut states = self.states();
        let rest = states.active.len().saturating_sub(most);
        let active = states.active.split_off(rest);
        let spent = active.into_iter().filter_map(|key| {
            let bucket = states.buckets.get_mut(&key)?;
            bucket.is_active = false;
            let spent = Duration::from_nanos(std::mem::take(&mut bucket.spent));
            Some((key, spent))
        });
        spent.collect()
    }

    /// Lowers a bucket that is full only after `fill`, because the client spent it elsewhere.
    pub fn lower(&self, key: RateLimitKey, fill: Duration) {
        let fill = u64::try_from(fill.as_nanos()).unwrap_or(u64::MAX);
        let full_at = self.now().saturating_add(fill);
        let mut states = self.states();
        let bucket = states.buckets.entry(key).or_default();
        bucket.full_at = bucket.full_at.max(full_at);
    }

    fn now(&self) -> u64 {
        self.0.clock.now().duration_since(self.0.start).as_u64()
    }

    fn states(&self) -> MutexGuard<'_, States> {
        let states = self.0.states.lock();
        states.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock> StateStore for Buckets<C> {
    type Key = RateLimitKey;

    fn measure_and_replace<T, F, E>(&self, key: &Self::Key, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let now = self.now();
        let mut states = self.states();
        let States { buckets, active } = &mut *states;
        let known = buckets.get(key).map(|bucket| Nanos::new(bucket.full_at));
        let measured = measure(known);
        let bucket = buckets.entry(*key).or_default();
        if !std::mem::replace(&mut bucket.is_active, true) {
            active.push(*key);
        }
        let (outcome, full_at) = measured?;
        let full_at = full_at.as_u64();
        bucket.spent += full_at.saturating_sub(bucket.full_at.max(now));
        bucket.full_at = full_at;
        Ok(outcome)
    }
}
