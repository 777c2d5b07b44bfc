//! Quotas: how many objects and bytes an organisation, and a person for all organisations together,
//! may store, in total and within an hour.
//!
//! [`table`] states for each mutation what it stores. The unit of work counts it in the transaction
//! of the mutation, as its last statement, and refuses a mutation that exceeds a quota. The limits
//! of [`defaults`] can be changed with a file ([`Quotas::read`]).

mod defaults;
mod kind;
mod overrides;
pub mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use kind::StorageKind;

use crate::kernel::{
    message::Message,
    refusal::{Code, Refusal},
    zone::Zone,
};

/// Bytes of the megabyte in which quotas are stated.
pub const MEGABYTE: i64 = 1_000_000;

/// Maximum numbers of objects and bytes of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects that are stored at the same time.
    pub total: i64,
    /// Objects that are stored within an hour, replacements of an object included.
    pub hour: i64,
    /// Bytes that are stored at the same time.
    pub total_bytes: i64,
    /// Bytes that are stored within an hour.
    pub hour_bytes: i64,
}

/// Limits of one kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Limits of an organisation.
    pub organisation: Limits,
    /// Limits of a buyer that no administrator has verified.
    pub unverified_buyer: Limits,
    /// Limits of a person for all organisations together.
    pub person: Limits,
}

/// The quotas of all kinds. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Quotas(Arc<[Quota; StorageKind::ALL.len()]>);

impl Default for Quotas {
    /// Returns the built-in quotas.
    fn default() -> Self {
        Self(Arc::new(StorageKind::ALL.map(defaults::quota)))
    }
}

/// Counters of one kind, and what a mutation added to them.
#[derive(Clone, Debug)]
pub struct Usage {
    /// Whether these are the counters of the person and not of the organisation.
    pub of_person: bool,
    /// The kind of object.
    pub kind: StorageKind,
    /// Stored objects.
    pub total: i64,
    /// Stored bytes.
    pub total_bytes: i64,
    /// Objects by which the mutation changed the total; 0 without a mutation.
    pub added: i64,
    /// Bytes by which the mutation changed the total; 0 without a mutation.
    pub added_bytes: i64,
    /// Objects stored within the hour.
    pub hour: i64,
    /// Bytes stored within the hour.
    pub hour_bytes: i64,
    /// End of the hour.
    pub hour_ends: DateTime<Utc>,
}

impl Quotas {
    /// Returns these quotas with the quota of one kind replaced.
    #[must_use]
    pub fn with(&self, kind: StorageKind, quota: Quota) -> Self {
        let mut quotas = *self.0;
        quotas[kind as usize] = quota;
        Self(Arc::new(quotas))
    }

    /// Returns the quota of a kind.
    #[must_use]
    pub fn of(&self, kind: StorageKind) -> &Quota {
        &self.0[kind as usize]
    }

    /// Returns the limits of these counters.
    #[must_use]
    pub fn limits(&self, usage: &Usage, is_unverified_buyer: bool) -> &Limits {
        let quota = self.of(usage.kind);
        match (usage.of_person, is_unverified_buyer) {
            (true, _) => &quota.person,
            (false, true) => &quota.unverified_buyer,
            (false, false) => &quota.organisation,
        }
    }

    /// Refuses a mutation with QUOTA_EXCEEDED whose counters exceed a limit. A total that the
    /// mutation did not raise is not checked.
    pub fn check(&self, usage: &Usage, is_unverified_buyer: bool) -> Result<(), Refusal> {
        match exceeded(self.limits(usage, is_unverified_buyer), usage) {
            None => Ok(()),
            Some(exceeded) => Err(Refusal::new(
                Code::QuotaExceeded,
                exceeded.message(usage.of_person, usage.kind.label()),
            )),
        }
    }
}

/// A limit that is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exceeded {
    Total(i64),
    TotalBytes(i64),
    Hour(i64, DateTime<Utc>),
    HourBytes(i64, DateTime<Utc>),
}

fn exceeded(limits: &Limits, usage: &Usage) -> Option<Exceeded> {
    if usage.added > 0 && usage.total > limits.total {
        return Some(Exceeded::Total(limits.total));
    }
    if usage.added_bytes > 0 && usage.total_bytes > limits.total_bytes {
        return Some(Exceeded::TotalBytes(limits.total_bytes));
    }
    if usage.hour > limits.hour {
        return Some(Exceeded::Hour(limits.hour, usage.hour_ends));
    }
    if usage.hour_bytes > limits.hour_bytes {
        return Some(Exceeded::HourBytes(limits.hour_bytes, usage.hour_ends));
    }
    None
}

impl Exceeded {
    fn message(self, of_person: bool, what: Message) -> Message {
        if of_person {
            return self.message_to_person(what);
        }
        match self {
            Self::Total(limit) => message!(
                "{what}: your organisation may store at most {limit}; delete or discard some, or ask the marketplace's administrators for a higher quota",
                what,
                limit,
            ),
            Self::TotalBytes(limit) => message!(
                "{what}: your organisation may store at most {limit} MB; delete or discard some, or ask the marketplace's administrators for a higher quota",
                what,
                limit = megabytes(limit),
            ),
            Self::Hour(limit, retry_at) => message!(
                "{what}: your organisation may save at most {limit} within an hour; try again at {retryAt}",
                what,
                limit,
                retryAt = (retry_at, Zone::DEFAULT),
            ),
            Self::HourBytes(limit, retry_at) => message!(
                "{what}: your organisation may save at most {limit} MB within an hour; try again at {retryAt}",
                what,
                limit = megabytes(limit),
                retryAt = (retry_at, Zone::DEFAULT),
            ),
        }
    }

    fn message_to_person(self, what: Message) -> Message {
        match self {
            Self::Total(limit) => message!(
                "{what}: one person may store at most {limit} for all organisations together; delete or discard some, or ask the marketplace's administrators for a higher quota",
                what,
                limit,
            ),
            Self::TotalBytes(limit) => message!(
                "{what}: one person may store at most {limit} MB for all organisations together; delete or discard some, or ask the marketplace's administrators for a higher quota",
                what,
                limit = megabytes(limit),
            ),
            Self::Hour(limit, retry_at) => message!(
                "{what}: one person may save at most {limit} within an hour for all organisations together; try again at {retryAt}",
                what,
                limit,
                retryAt = (retry_at, Zone::DEFAULT),
            ),
            Self::HourBytes(limit, retry_at) => message!(
                "{what}: one person may save at most {limit} MB within an hour for all organisations together; try again at {retryAt}",
                what,
                limit = megabytes(limit),
                retryAt = (retry_at, Zone::DEFAULT),
            ),
        }
    }
}

/// Returns a limit in megabytes, for messages.
fn megabytes(bytes: i64) -> rust_decimal::Decimal {
    (rust_decimal::Decimal::from(bytes) / rust_decimal::Decimal::from(MEGABYTE)).normalize()
}
