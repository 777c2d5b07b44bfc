//! Who may see which procurement.

use super::store::{self, Procurement};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::Database,
    kernel::{
        ids::ProcurementId,
        refusal::{Outcome, Refusal},
    },
};

/// Published procurements are everyone's; an unpublished one is for those who take part only.
pub fn may_see(actor: &Actor, procurement: &Procurement) -> bool {
    procurement.notice.is_some() || takes_part(actor, procurement)
}

/// Does the actor act for its buyer, or for one that the draft or the notice in force names beside it? They read drafts.
pub fn takes_part(actor: &Actor, procurement: &Procurement) -> bool {
    let named = procurement.joint_buyers.iter();
    named
        .chain([&procurement.buyer])
        .any(|buyer| actor.acts_for(*buyer))
}

/// May the actor read opened tenders, as a member with such a role of the buyer or of one that the notice in force names
/// beside it?
pub fn may_read_tenders(actor: &Actor, procurement: &Procurement) -> bool {
    let named = procurement
        .notice
        .iter()
        .flat_map(|notice| &notice.content.joint_buyers);
    named
        .chain([&procurement.buyer])
        .any(|buyer| policy::buyer(actor, *buyer, BuyerAction::ReadTenders).is_ok())
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
