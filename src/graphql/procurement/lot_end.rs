//! Lots that end without a winner, while others go on.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use super::ending::NonAwardReason;
use crate::{graphql::scalars::Localized, procurement::rules::lots};

/// How a lot ended without a winner.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "lots::LotOutcome")]
pub enum LotOutcome {
    /// The buyer cancelled the lot.
    Cancelled,
    /// No tender could win the lot.
    Unsuccessful,
}

/// Lot that ended without a winner, while other lots go on. Public.
#[derive(SimpleObject)]
pub struct LotEnd {
    /// ID of the lot (`Lot.lotId`).
    lot_id: String,
    /// How the lot ended.
    outcome: LotOutcome,
    /// Reason why no winner was chosen.
    reason_code: NonAwardReason,
    /// Buyer's explanation.
    reason: Localized,
    /// Time when the lot ended.
    at: DateTime<Utc>,
}

impl From<lots::LotEnd> for LotEnd {
    fn from(end: lots::LotEnd) -> Self {
        Self {
            lot_id: end.lot,
            outcome: end.outcome.into(),
            reason_code: end.reason_code.into(),
            reason: Localized::from(end.reason),
            at: end.at,
        }
    }
}
