//! Who wrote a procurement's draft, for the buyers that require another person to publish, open or
//! award.

use super::{
    phase::Phase,
    store::{self, Procurement},
};
use crate::{
    auth::store::same_person,
    database::UnitOfWork,
    kernel::{ids::PersonId, refusal::Fallible},
    organisation::{
        rules::opening::{FourEyes, check_four_eyes},
        store::opening_rules,
    },
};

/// Refuses to publish a notice in phase TENDERING to the last editor of its draft, if the buyer
/// requires another person.
pub async fn check_publishing(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    phase: Phase,
    person: PersonId,
) -> Fallible<()> {
    let required = |rules: FourEyes| rules.publishing && phase == Phase::Tendering;
    check(work, procurement, required, person).await
}

/// Refuses a step to the last editor of the procurement's draft, if the buyer's rules, as
/// `required` reads them, require another person.
pub async fn check(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    required: impl FnOnce(FourEyes) -> bool,
    person: PersonId,
) -> Fallible<()> {
    let rules = opening_rules::of(work.connection(), procurement.buyer).await?;
    if !required(rules.four_eyes) {
        return Ok(());
    }
    let author = store::last_editor(work.connection(), procurement.id).await?;
    let actor = same_person(work.connection(), person).await?;
    Ok(check_four_eyes(true, author, &actor)?)
}
