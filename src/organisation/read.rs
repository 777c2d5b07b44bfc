//! Who may read what an organisation says of itself.

use super::Organisation;
use crate::auth::{Actor, OrganisationKind};

/// ID, kind and name are everyone's, since they stand in notices and awards. The rest is, for buyers and for suppliers
/// that made their profile public; otherwise it is the members' and the administrators'.
pub fn may_see_profile(actor: &Actor, organisation: &Organisation) -> bool {
    let public = organisation.kind == OrganisationKind::Buyer || organisation.profile.public;
    let open = organisation.closed_at.is_none();
    (public && open) || actor.belongs_to(organisation.id) || actor.is_admin()
}

/// Its members' names are the members' own.
pub fn may_see_members(actor: &Actor, organisation: &Organisation) -> bool {
    actor.belongs_to(organisation.id)
}
