//! Which request runs next: fair shares of the permits and of the places to wait.
//!
//! Clients wait in four classes. A free permit goes to the class that holds the fewest; within the
//! class clients take turns, and a client that holds half of the permits is passed over while
//! another one waits. Two small pools of additional permits keep the server responsive while every
//! shared permit is held by requests that take long: one for tender writes, one for clients that
//! hold no permit while another client holds more than half.
//!
//! Pure: no clock, no task. [`super::AdmissionQueue`] delivers the grants.

use std::collections::{HashMap, VecDeque};

use crate::http::rate_limit::RateLimitKey;

/// Classes of work, which share the permits equally while all of them wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Requests without a known credential.
    Anonymous,
    /// Requests of persons and API keys.
    SignedIn,
    /// Requests that do nothing but submit or withdraw a tender.
    TenderWrite,
    /// Events of subscriptions. They wait as long as needed.
    Event,
}

impl Class {
    const COUNT: usize = 4;
    const ALL: [Self; Self::COUNT] = [
        Self::Anonymous,
        Self::SignedIn,
        Self::TenderWrite,
        Self::Event,
    ];
}

/// One client's part of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    pub class: Class,
    pub key: RateLimitKey,
}

/// Number of a waiting request.
pub type Ticket = u64;

/// Where a permit comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// Permits for all requests.
    Shared,
    /// Permits for clients that hold none while another client holds more than half.
    Spare,
    /// Permits for tender writes.
    Reserved,
}

/// Permits of each pool.
#[derive(Clone, Copy, Debug, Default)]
struct Permits {
    shared: u32,
    spare: u32,
    reserved: u32,
}

impl Permits {
    fn of(&mut self, pool: Pool) -> &mut u32 {
        match pool {
            Pool::Shared => &mut self.shared,
            Pool::Spare => &mut self.spare,
            Pool::Reserved => &mut self.reserved,
        }
    }
}

/// A request that may run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub ticket: Ticket,
    pub share: Share,
    pub pool: Pool,
}

/// Running and waiting requests.
pub struct Schedule {
    limits: Permits,
    used: Permits,
    /// Running requests of each class, from any pool.
    by_class: [u32; Class::COUNT],
    /// Running requests of each share, from any pool.
    running: HashMap<Share, u32>,
    waiting: [Waiting; Class::COUNT],
    /// Class that is preferred when several hold the same number of permits.
    preferred: usize,
    tickets: Ticket,
}

/// Waiting requests of one class.
#[derive(Default)]
struct Waiting {
    tickets: HashMap<RateLimitKey, VecDeque<Ticket>>,
    /// Clients with waiting requests; the first one is next.
    turns: VecDeque<RateLimitKey>,
    length: usize,
}

impl Waiting {
    fn push(&mut self, key: RateLimitKey, ticket: Ticket) {
        let tickets = self.tickets.entry(key).or_default();
        if tickets.is_empty() {
            self.turns.push_back(key);
        }
        tickets.push_back(ticket);
        self.length += 1;
    }

    fn of(&self, key: RateLimitKey) -> usize {
        self.tickets.get(&key).map_or(0, VecDeque::len)
    }

    /// Takes the oldest request of the client at this position of the turns; its next request waits
    /// until the other clients had their turn.
    fn take(&mut self, position: usize) -> Option<(RateLimitKey, Ticket)> {
        let key = self.turns.remove(position)?;
        let tickets = self.tickets.get_mut(&key)?;
        let ticket = tickets.pop_front()?;
        self.length -= 1;
        match tickets.is_empty() {
            true => drop(self.tickets.remove(&key)),
            false => self.turns.push_back(key),
        }
        Some((key, ticket))
    }

    /// Removes a request; returns whether it was waiting.
    fn remove(&mut self, key: RateLimitKey, ticket: Ticket) -> bool {
        let Some(tickets) = self.tickets.get_mut(&key) else {
            return false;
        };
        let Some(position) = tickets.iter().position(|one| *one == ticket) else {
            return false;
        };
        tickets.remove(position);
        self.length -= 1;
        if tickets.is_empty() {
            self.tickets.remove(&key);
            self.turns.retain(|one| *one != key);
        }
        true
    }
}

impl Schedule {
    /// Returns a schedule with this number of shared permits, and a quarter of it, at least 1, in
    /// each additional pool.
    pub fn new(shared: u32) -> Self {
        let quarter = (shared / 4).max(1);
        Self {
            limits: Permits {
                shared,
                spare: quarter,
                reserved: quarter,
            },
            used: Permits::default(),
            by_class: [0; Class::COUNT],
            running: HashMap::new(),
            waiting: std::array::from_fn(|_| Waiting::default()),
            preferred: 0,
            tickets: 0,
        }
    }

    /// Returns the number of waiting requests of a class.
    pub fn length(&self, class: Class) -> usize {
        self.waiting[class as usize].length
    }

    /// Returns how many requests of the share run or wait.
    pub fn load(&self, share: Share) -> usize {
        self.holds(share) as usize + self.waiting[share.class as usize].of(share.key)
    }

    /// Adds a waiting request.
    pub fn enqueue(&mut self, share: Share) -> Ticket {
        self.tickets += 1;
        self.waiting[share.class as usize].push(share.key, self.tickets);
        self.tickets
    }

    /// Removes a waiting request; returns whether it was waiting.
    pub fn cancel(&mut self, share: Share, ticket: Ticket) -> bool {
        self.waiting[share.class as usize].remove(share.key, ticket)
    }

    /// Returns the newest waiting request of the client with the highest load in the class, if that
    /// load exceeds `load` by more than 1: another client may then have its place.
    pub fn displaceable(&self, class: Class, load: usize) -> Option<(Share, Ticket)> {
        let waiting = &self.waiting[class as usize];
        let shares = waiting.turns.iter().map(|key| Share { class, key: *key });
        let (most, share) = shares
            .map(|share| (self.load(share), share))
            .max_by_key(|(load, _)| *load)?;
        let newest = waiting.tickets.get(&share.key)?.back()?;
        (most > load + 1).then_some((share, *newest))
    }

    /// Returns a finished request's permit to its pool.
    pub fn release(&mut self, share: Share, pool: Pool) {
        *self.used.of(pool) -= 1;
        self.by_class[share.class as usize] -= 1;
        if let Some(running) = self.running.get_mut(&share) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(&share);
            }
        }
    }

    /// Starts the request that is next, if there is a permit for it. The caller repeats this until
    /// it returns `None`.
    pub fn next(&mut self) -> Option<Grant> {
        let (class, pool, position) = self.choose()?;
        let (key, ticket) = self.waiting[class as usize].take(position)?;
        let share = Share { class, key };
        *self.used.of(pool) += 1;
        self.by_class[class as usize] += 1;
        *self.running.entry(share).or_default() += 1;
        if pool == Pool::Shared {
            self.preferred = (class as usize + 1) % Class::COUNT;
        }
        let grant = Grant {
            ticket,
            share,
            pool,
        };
        Some(grant)
    }

    /// Chooses the next request: its class, the pool of its permit, and the position of its client.
    fn choose(&self) -> Option<(Class, Pool, usize)> {
        if self.used.shared < self.limits.shared {
            let from_preferred = (0..Class::COUNT)
                .map(|offset| Class::ALL[(self.preferred + offset) % Class::COUNT]);
            let ready = from_preferred.filter_map(|class| Some((class, self.turn(class)?)));
            // Of equals, `min_by_key` returns the first.
            let next = ready.min_by_key(|(class, _)| self.by_class[*class as usize]);
            if let Some((class, position)) = next {
                return Some((class, Pool::Shared, position));
            }
        }
        if self.used.reserved < self.limits.reserved
            && let Some(position) = self.turn(Class::TenderWrite)
        {
            return Some((Class::TenderWrite, Pool::Reserved, position));
        }
        if self.used.spare < self.limits.spare && self.is_dominated() {
            let classes = [Class::SignedIn, Class::Anonymous];
            let idle = |class| Some((class, Pool::Spare, self.idle_client(class)?));
            return classes.into_iter().find_map(idle);
        }
        None
    }

    /// Returns the position of the client of a class that is next: the first one that holds less
    /// than half of the permits, or the first one if there is none.
    fn turn(&self, class: Class) -> Option<usize> {
        let turns = &self.waiting[class as usize].turns;
        let half = (self.limits.shared / 2).max(1);
        match class {
            // Events can wait, so they leave half of the permits to requests.
            Class::Event if self.by_class[class as usize] >= self.limits.shared.div_ceil(2) => {
                return None;
            }
            // One client has one tender write at a time, so that none holds the whole reserve.
            Class::TenderWrite => return self.idle_client(class),
            _ => {}
        }
        let below = |key: &RateLimitKey| self.holds(Share { class, key: *key }) < half;
        let first = (!turns.is_empty()).then_some(0);
        turns.iter().position(below).or(first)
    }

    /// Returns the position of the first client of a class that holds no permit.
    fn idle_client(&self, class: Class) -> Option<usize> {
        let turns = &self.waiting[class as usize].turns;
        turns
            .iter()
            .position(|key| self.holds(Share { class, key: *key }) == 0)
    }

    /// Returns whether one client holds more than half of the shared permits.
    fn is_dominated(&self) -> bool {
        let mut held = self.running.values();
        held.any(|held| held * 2 > self.limits.shared)
    }

    fn holds(&self, share: Share) -> u32 {
        self.running.get(&share).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
