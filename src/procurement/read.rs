//! Who may see which procurement.

use super::store::Procurement;
use crate::auth::Actor;

/// Published procurements are everyone's; an unpublished one is its buyer's members' only.
pub fn may_see(actor: &Actor, procurement: &Procurement) -> bool {
    procurement.notice.is_some() || actor.acts_for(procurement.buyer)
}
