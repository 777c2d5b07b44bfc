//! The rules of procurements, pure: what a draft and a notice must contain. [`super::phase`] has
//! the order of phases.

mod attachments;
mod criteria;
mod draft;
mod end;
mod fields;
pub mod lots;
pub mod warnings;

use chrono::{DateTime, Utc};

use super::{
    content::Draft,
    phase::{BuyerStep, Phase},
    reservation::ReservationRules,
};
use crate::kernel::refusal::{Code, Refusal, Refusals};

pub use attachments::ATTACHMENT_LIMIT;
pub use criteria::{CRITERION_LIMIT, REQUIREMENT_LIMIT};
pub use draft::check_draft;
pub use end::{Ended, NonAwardReason, check_end};

/// Years that a date may have.
pub const YEARS: std::ops::RangeInclusive<i32> = 1990..=2199;
/// Maximum length of a title, in characters.
pub const TITLE_LIMIT: usize = 400;
/// Maximum length of a longer text, in characters.
pub const TEXT_LIMIT: usize = 20_000;
/// Maximum length of a contact's name or address, in characters.
pub const CONTACT_LIMIT: usize = 320;
/// Maximum number of lots.
pub const LOT_LIMIT: usize = 5_000;
/// Maximum number of CPV or NUTS codes of a procurement or lot.
pub const CODE_LIMIT: usize = 100;

/// Checks that this draft may be published with the phase `next` at `now`. `current` is the phase
/// at `now` and the deadline in force.
pub fn check_publication(
    current: (Phase, Option<DateTime<Utc>>),
    next: Phase,
    draft: &Draft,
    reservations: &ReservationRules,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let (phase, deadline_in_force) = current;
    let mut refusals = Refusals::default();
    if let Err(refusal) = phase.after(BuyerStep::Publish(next)) {
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

/// Refuses tendering for a nonprofit partnership (Swedish: idéburet offentligt partnerskap), which
/// is not a public contract.
pub fn check_partnership(partnership: bool, next: Phase) -> Result<(), Refusal> {
    if partnership && next == Phase::Tendering {
        return Err(Refusal::at(
            Code::PartnershipNotTendered,
            &["phase"],
            "a dialogue towards a nonprofit partnership was opened in this procurement, which can therefore not go to tendering; create a new procurement",
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
            "tendering requires at least one lot; add one to `lots`",
        )
    });
    refusals.require(!draft.content.cpv.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["cpv"],
            "tendering requires a main CPV code (BT-262); add one to `cpv`",
        )
    });
    let Some(deadline) = draft.content.tender_deadline else {
        refusals.push(Refusal::at(
            Code::Required,
            &["tenderDeadline"],
            "tendering requires a deadline; set `tenderDeadline`",
        ));
        return;
    };
    refusals.require(deadline > now, || {
        Refusal::at(
            Code::OutOfRange,
            &["tenderDeadline"],
            "`tenderDeadline` must be in the future; set a later one",
        )
    });
    if let Some(in_force) = deadline_in_force {
        refusals.require(deadline >= in_force, || {
            Refusal::at(
                Code::OutOfRange,
                &["tenderDeadline"],
                message!(
                    "once tendering is open `tenderDeadline` may only move later; set {inForce} or later",
                    inForce = (in_force, draft.content.deadline_zone()),
                ),
            )
        });
    }
}

#[cfg(test)]
mod tests;
