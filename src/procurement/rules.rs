//! The rules of procurements, pure: phases, what may follow on what, what a notice must hold.

mod attachments;
mod criteria;
mod draft;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{content::Draft, reservation::ReservationRules};
use crate::kernel::refusal::{Code, Refusal, Refusals};

pub use attachments::ATTACHMENT_LIMIT;
pub use criteria::{CRITERION_LIMIT, REQUIREMENT_LIMIT};
pub use draft::{check_draft, check_text};

/// Years a time may lie in.
pub const YEARS: std::ops::RangeInclusive<i32> = 1990..=2199;
/// The most characters of a title.
pub const TITLE_LIMIT: usize = 400;
/// The most characters of a longer text.
pub const TEXT_LIMIT: usize = 20_000;
/// The most characters of a contact's name or address.
pub const CONTACT_LIMIT: usize = 320;
/// The most lots.
pub const LOT_LIMIT: usize = 5_000;
/// The most CPV or NUTS codes of a procurement or lot.
pub const CODE_LIMIT: usize = 100;

/// Where a procurement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Being written; seen by the buyer's members only.
    Draft,
    /// Published early; nothing is fixed yet.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline has passed.
    Evaluation,
    /// Every lot is decided.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Ended by the buyer before an award.
    Cancelled,
    /// Ended without an award, since no tender could win (BT-144).
    Unsuccessful,
    /// Taken back before tendering.
    Withdrawn,
}

impl Phase {
    /// Every phase, in the order of a procurement's life.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Upcoming,
        Self::Tendering,
        Self::Evaluation,
        Self::Awarded,
        Self::Complete,
        Self::Cancelled,
        Self::Unsuccessful,
        Self::Withdrawn,
    ];

    /// Its name in the database and the search document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Upcoming => "UPCOMING",
            Self::Tendering => "TENDERING",
            Self::Evaluation => "EVALUATION",
            Self::Awarded => "AWARDED",
            Self::Complete => "COMPLETE",
            Self::Cancelled => "CANCELLED",
            Self::Unsuccessful => "UNSUCCESSFUL",
            Self::Withdrawn => "WITHDRAWN",
        }
    }

    /// The phase at a time: what the clock decides is computed, never stored.
    pub fn at(self, deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match (self, deadline) {
            (Self::Tendering, Some(deadline)) if now >= deadline => Self::Evaluation,
            _ => self,
        }
    }

    /// May a notice be published that puts a procurement from this phase into `next`?
    pub fn may_publish(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft, Self::Upcoming | Self::Tendering)
                | (Self::Upcoming, Self::Upcoming | Self::Tendering)
                | (Self::Tendering, Self::Tendering)
        )
    }

    /// May a procurement end from this phase as `end`?
    pub fn may_end(self, end: Self) -> bool {
        matches!(
            (self, end),
            (Self::Upcoming, Self::Withdrawn)
                | (
                    Self::Upcoming | Self::Tendering | Self::Evaluation,
                    Self::Cancelled
                )
                | (Self::Evaluation, Self::Unsuccessful)
                | (Self::Awarded, Self::Complete)
        )
    }
}

/// May this draft be published as `next`, now? `current` is the phase at `now` and the deadline in force.
pub fn check_publication(
    current: (Phase, Option<DateTime<Utc>>),
    next: Phase,
    draft: &Draft,
    reservations: &ReservationRules,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let (phase, deadline_in_force) = current;
    let mut refusals = Refusals::default();
    refusals.require(phase.may_publish(next), || {
        Refusal::at(
            Code::WrongPhase,
            &["phase"],
            format!(
                "a procurement in phase {} cannot be published as {}",
                phase.as_str(),
                next.as_str()
            ),
        )
    });
    if next == Phase::Tendering {
        check_tendering(draft, deadline_in_force, now, &mut refusals);
    }
    reservations.check(draft, &mut refusals);
    if let Err(found) = check_draft(draft) {
        found.into_iter().for_each(|refusal| refusals.push(refusal));
    }
    refusals.into_result()
}

fn check_tendering(
    draft: &Draft,
    deadline_in_force: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    refusals: &mut Refusals,
) {
    refusals.require(!draft.lots.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["lots"],
            "tendering needs at least one lot; add one to the procurement",
        )
    });
    refusals.require(!draft.content.cpv.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["cpv"],
            "tendering needs a main CPV code (BT-262)",
        )
    });
    let Some(deadline) = draft.content.tender_deadline else {
        refusals.push(Refusal::at(
            Code::Required,
            &["tenderDeadline"],
            "tendering needs a deadline; set `tenderDeadline`",
        ));
        return;
    };
    refusals.require(deadline > now, || {
        Refusal::at(
            Code::OutOfRange,
            &["tenderDeadline"],
            "the deadline has passed already; set a later one",
        )
    });
    if let Some(in_force) = deadline_in_force {
        refusals.require(deadline >= in_force, || {
            Refusal::at(
                Code::OutOfRange,
                &["tenderDeadline"],
                format!(
                    "once tendering is open the deadline may only move later than {}",
                    in_force.to_rfc3339()
                ),
            )
        });
    }
}

#[cfg(test)]
mod tests;
