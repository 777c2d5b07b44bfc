//! Who may read what an organisation says of itself.

use super::Organisation;
use crate::auth::{
    Actor, OrganisationKind,
    policy::{Rule, Subject, table},
};

/// ID, kind and name are everyone's, since they stand in notices and awards. The rest is, for buyers and for suppliers
/// that made their profile public; otherwise it is the members' and the administrators'.
pub fn may_see_profile(actor: &Actor, organisation: &Organisation) -> bool {
    ask(
        const { table::of("Organisation", "description") },
        actor,
        organisation,
    )
}

/// Its members' names are the members' own.
pub fn may_see_members(actor: &Actor, organisation: &Organisation) -> bool {
    ask(
        const { table::of("Organisation", "members") },
        actor,
        organisation,
    )
}

/// Who recorded its nonprofit status is its members' and the administrators' to know.
pub fn may_see_records(actor: &Actor, organisation: &Organisation) -> bool {
    ask(
        const { table::of("NonprofitStatus", "recordedBy") },
        actor,
        organisation,
    )
}

fn ask(rule: Rule, actor: &Actor, organisation: &Organisation) -> bool {
    let public = organisation.kind == OrganisationKind::Buyer || organisation.profile.public;
    let subject = Subject {
        whose: &[organisation.id],
        out: public && organisation.closed_at.is_none(),
        ..Subject::default()
    };
    rule.admits(actor, &subject)
}
