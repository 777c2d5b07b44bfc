//! Who may see which procurement.

use super::store::{self, Procurement};
use crate::{
    auth::Actor,
    database::Database,
    kernel::{
        ids::ProcurementId,
        refusal::{Outcome, Refusal},
    },
};

/// Published procurements are everyone's; an unpublished one is its buyer's members' only.
pub fn may_see(actor: &Actor, procurement: &Procurement) -> bool {
    procurement.notice.is_some() || actor.acts_for(procurement.buyer)
}

/// The procurement, if the actor may see it.
pub async fn visible(
    database: &Database,
    actor: &Actor,
    id: ProcurementId,
) -> Outcome<Procurement> {
    store::by_ids(&database.pool, &[id])
        .await?
        .into_iter()
        .find(|procurement| may_see(actor, procurement))
        .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
}
