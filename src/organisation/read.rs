//! Decides who may read which part of an organisation.

use super::Organisation;
use crate::auth::{
    Actor, OrganisationKind,
    policy::{Rule, Subject, table},
};

/// Returns whether the actor may read the profile. It is public for buyers and for suppliers with a
/// public profile; otherwise members and administrators may read it. ID, kind and name are always
/// public, because notices and awards show them.
pub fn may_see_profile(actor: &Actor, organisation: &Organisation) -> bool {
    is_admitted(
        const { table::of("Organisation", "description") },
        actor,
        organisation,
    )
}

/// Returns whether the actor may read the organisation's members.
pub fn may_see_members(actor: &Actor, organisation: &Organisation) -> bool {
    is_admitted(
        const { table::of("Organisation", "members") },
        actor,
        organisation,
    )
}

/// Returns whether the actor may read the organisation's self-declaration.
pub fn may_see_self_declaration(actor: &Actor, organisation: &Organisation) -> bool {
    is_admitted(
        const { table::of("Organisation", "selfDeclaration") },
        actor,
        organisation,
    )
}

/// Returns whether the actor may read the organisation's invitations to joint procurements.
pub fn may_see_joint_invitations(actor: &Actor, organisation: &Organisation) -> bool {
    is_admitted(
        const { table::of("Organisation", "jointInvitations") },
        actor,
        organisation,
    )
}

/// Returns whether the actor may read who recorded the organisation's nonprofit status.
pub fn may_see_records(actor: &Actor, organisation: &Organisation) -> bool {
    is_admitted(
        const { table::of("NonprofitStatus", "recordedBy") },
        actor,
        organisation,
    )
}

fn is_admitted(rule: Rule, actor: &Actor, organisation: &Organisation) -> bool {
    let public = organisation.kind == OrganisationKind::Buyer || organisation.profile.public;
    let subject = Subject {
        whose: &[organisation.id],
        out: public && organisation.closed_at.is_none(),
        ..Subject::default()
    };
    rule.admits(actor, &subject)
}
