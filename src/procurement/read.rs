//! Decides who may see which procurement.

use super::store::{self, Procurement};
use crate::{
    auth::{
        Actor,
        policy::{Subject, table},
    },
    database::Database,
    kernel::{
        ids::{OrganisationId, ProcurementId},
        paging::Page,
        refusal::{Fallible, Refusal},
    },
};

/// Returns the subject that policy rules are evaluated against.
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

/// Returns whether the actor may see the procurement: everyone if it is published, otherwise only
/// its buyers.
pub fn may_see(actor: &Actor, procurement: &Procurement) -> bool {
    let rule = const { table::of("Query", "procurement") };
    rule.admits(actor, &subject(procurement))
}

/// Returns whether the actor acts for the buyer, or for another buyer that the draft or the notice
/// in force names. These may read drafts.
pub fn takes_part(actor: &Actor, procurement: &Procurement) -> bool {
    let rule = const { table::of("Procurement", "draft") };
    rule.admits(actor, &subject(procurement))
}

/// Returns whether the actor may read opened tenders: members with such a role of the buyer, or of
/// another buyer that the notice in force names.
pub fn may_read_tenders(actor: &Actor, procurement: &Procurement) -> bool {
    let rule = const { table::of("Procurement", "tenders") };
    rule.admits(actor, &subject(procurement))
}

/// Loads the procurement if the actor may see it, and refuses it as NOT_FOUND otherwise.
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
/// in which it is a joint buyer, included. Returns one more than the page has if there are more.
pub async fn of_buyer(
    database: &Database,
    actor: &Actor,
    buyer: OrganisationId,
    page: Page<ProcurementId>,
) -> Fallible<Vec<ProcurementId>> {
    if !actor.acts_for(buyer) {
        return Ok(Vec::new());
    }
    Ok(store::ids_of_buyer(&database.pool, buyer, page).await?)
}
