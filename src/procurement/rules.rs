//! The rules of procurements, pure: what a draft and a notice must hold. What may follow on what is
//! in [`super::phase`].

mod attachments;
mod criteria;
mod draft;
mod end;

use chrono::{DateTime, Utc};

use super::{
    content::Draft,
    phase::{Phase, Step},
    reservation::ReservationRules,
};
use crate::kernel::refusal::{Code, Refusal, Refusals};

pub use attachments::ATTACHMENT_LIMIT;
pub use criteria::{CRITERION_LIMIT, REQUIREMENT_LIMIT};
pub use draft::check_draft;
pub use end::{Ended, NonAwardReason, check_end};

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

/// May this draft be published as `next`, now? `current` is the phase at `now` and the deadline in
/// force.
pub fn check_publication(
    current: (Phase, Option<DateTime<Utc>>),
    next: Phase,
    draft: &Draft,
    reservations: &ReservationRules,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let (phase, deadline_in_force) = current;
    let mut refusals = Refusals::default();
    if let Err(refusal) = phase.after(Step::Publish(next)) {
        refusals.push(refusal);
    }
    if next == Phase::Tendering {
        check_tendering(draft, deadline_in_force, now, &mut refusals);
    }
    reservations.check(draft, &mut refusals);
    if let Err(found) = check_draft(draft) {
        found.into_iter().for_each(|refusal| refusals.push(refusal));
    }
    refusals.into_result()
}

/// A nonprofit partnership (Swedish: idéburet offentligt partnerskap) is no public contract: it
/// never becomes a tender.
pub fn check_partnership(partnership: bool, next: Phase) -> Result<(), Refusal> {
    if partnership && next == Phase::Tendering {
        return Err(Refusal::at(
            Code::PartnershipNotTendered,
            &["phase"],
            "a dialogue towards a nonprofit partnership was held here, which never becomes a tender; create a new procurement to tender",
        ));
    }
    Ok(())
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
