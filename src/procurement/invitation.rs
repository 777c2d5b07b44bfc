//! Invitations of joint buyers: a buyer that a draft names sees the draft once it has accepted.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    attachments, joint,
    phase::BuyerStep,
    store::{self, Procurement, invitations},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{ByAnyBuyer, Member},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Fallible, Refusal},
    },
};

pub use invitations::JointInvitation;

/// Accepts the invitation to take part in a joint procurement. From then on the buyer reads the
/// draft; it is named in a notice only after its consent. Accepting again changes nothing.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct AcceptJointInvitation(pub ProcurementId);

impl UseCase for AcceptJointInvitation {
    type Access = ByAnyBuyer;
    const MUTATION: Mutation<ByAnyBuyer> =
        Mutation::joint_buyer("acceptJointInvitation", BuyerAction::Publish);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Procurement> {
        let procurement = store::lock(work.connection(), self.0).await?;
        let connection = work.connection();
        let invited = invitations::is_invited(connection, self.0, caller.organisation).await?;
        procurement
            .filter(|_| invited)
            .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        procurement.phase(now).after(BuyerStep::Edit)?;
        let (id, organisation) = (procurement.id, caller.organisation);
        let by = (caller.person, now);
        if invitations::accept(work.connection(), id, organisation, by).await? {
            let in_force = procurement.notice.as_ref().map(|notice| &*notice.content);
            let content = procurement.draft.as_ref().map(|draft| &draft.content);
            if let Some(content) = content {
                let named = joint::named(content, in_force);
                let readers = accepted(work, id, &named).await?;
                store::set_joint_buyers(work.connection(), id, &readers).await?;
                attachments::hold(work, id, procurement.buyer, content, now).await?;
            }
            work.audit("procurement.joint.accept", id.0, json!({}));
        }
        Ok(id)
    }
}

/// Invites the buyers that a draft or the notice in force names, and withdraws the invitations of
/// others. Returns the buyers that have accepted.
pub(super) async fn invite(
    work: &mut UnitOfWork,
    id: ProcurementId,
    named: &[OrganisationId],
    now: DateTime<Utc>,
) -> Fallible<Vec<OrganisationId>> {
    invitations::set(work.connection(), id, named, now).await?;
    accepted(work, id, named).await
}

async fn accepted(
    work: &mut UnitOfWork,
    id: ProcurementId,
    named: &[OrganisationId],
) -> Fallible<Vec<OrganisationId>> {
    let mut accepted = invitations::accepted(work.connection(), id).await?;
    accepted.retain(|buyer| named.contains(buyer));
    Ok(accepted)
}
