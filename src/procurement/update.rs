//! A buyer changes the draft of a procurement.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    attachments,
    content::Draft,
    deadline, invitation, joint,
    lock::{check_revision, lock_for_buyer},
    phase::BuyerStep,
    rules,
    store::{self, Procurement},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    kernel::{ids::ProcurementId, refusal::Fallible},
};

/// Replaces the draft of a procurement, unless the procurement changed since the stated revision.
#[derive(Debug, Serialize)]
pub struct UpdateProcurement {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Revision that the change is based on.
    pub revision: i32,
    /// The new draft.
    pub draft: Draft,
}

impl UseCase for UpdateProcurement {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("updateProcurement", BuyerAction::Edit);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        mut self,
        work: &mut UnitOfWork,
        _: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        procurement.phase(now).after(BuyerStep::Edit)?;
        check_revision(&procurement, self.revision)?;
        deadline::set_zone(work, procurement.buyer, &mut self.draft.content).await?;
        rules::check_draft(&self.draft)?;
        let (id, buyer, draft) = (procurement.id, procurement.buyer, &self.draft);
        joint::check_named(work, buyer, &draft.content.joint_buyers).await?;
        let in_force = procurement.notice.as_ref().map(|notice| &*notice.content);
        let named = joint::named(&draft.content, in_force);
        let accepted = invitation::invite(work, id, &named, now).await?;
        store::update_draft(work.connection(), id, draft, &accepted, now).await?;
        attachments::hold(work, id, buyer, &draft.content, now).await?;
        let detail = json!({ "revision": self.revision + 1 });
        work.audit("procurement.update", id.0, detail);
        Ok(id)
    }
}
