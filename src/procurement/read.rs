//! Who may see which procurement.

use super::store::{self, Procurement};
use crate::{
    auth::{
        Actor,
        policy::{Subject, table},
    },
    database::Database,
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Fallible, Refusal},
    },
};

/// What rules ask of a procurement.
pub fn subject(procurement: &Procurement) -> Subject<'_> {
    let notice = procurement.notice.as_ref();
    Subject {
        buyer: Some(procurement.buyer),
        joint: &procurement.joint_buyers,
        joint_in_force: notice.map_or(&[], |notice| &notice.content.joint_buyers),
        out: notice.is_some(),
        ..Subject::default()
    }
}

/// Published procurements are everyone's; an unpublished one is for those who take part only.
pub fn may_see(actor: &Actor, procurement: &Procurement) -> bool {
    let rule = const { table::of("Query", "procurement") };
    rule.admits(actor, &subject(procurement))
}

/// Does the actor act for its buyer, or for one that the draft or the notice in force names beside
/// it? They read drafts.
pub fn takes_part(actor: &Actor, procurement: &Procurement) -> bool {
    let rule = const { table::of("Procurement", "draft") };
    rule.admits(actor, &subject(procurement))
}

/// May the actor read opened tenders, as a member with such a role of the buyer or of one that the
/// notice in force names beside it?
pub fn may_read_tenders(actor: &Actor, procurement: &Procurement) -> bool {
    let rule = const { table::of("Procurement", "tenders") };
    rule.admits(actor, &subject(procurement))
}

/// The procurement, if the actor may see it.
pub async fn visible(
    database: &Database,
    actor: &Actor,
    id: ProcurementId,
) -> Fallible<Procurement> {
    store::by_ids(&database.pool, &[id])
        .await?
        .into_iter()
        .find(|procurement| may_see(actor, procurement))
        .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
}

/// Returns the IDs of the buyer's procurements for its own members, newest first: drafts, and those
/// in which it is a joint buyer, included. Returns one more than `first` if there are more.
pub async fn of_buyer(
    database: &Database,
    actor: &Actor,
    buyer: OrganisationId,
    before: Option<ProcurementId>,
    first: i64,
) -> Fallible<Vec<ProcurementId>> {
    if !actor.acts_for(buyer) {
        return Ok(Vec::new());
    }
    Ok(store::ids_of_buyer(&database.pool, buyer, before, first + 1).await?)
}
