//! A buyer creates a procurement.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{attachments, content::Draft, deadline, invitation, joint, rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{ByAnyBuyer, Member},
    },
    database::{UnitOfWork, UseCase},
    kernel::{ids::ProcurementId, refusal::Fallible},
};

/// Prefix of this marketplace's open contracting IDs (OCID).
const OCID_PREFIX: &str = "ocds-torg00";

/// Creates a procurement of the buyer that the actor acts for, with its first draft.
#[derive(Debug, Serialize)]
pub struct CreateProcurement {
    /// The first draft.
    pub draft: Draft,
}

impl UseCase for CreateProcurement {
    type Access = ByAnyBuyer;
    const MUTATION: Mutation<ByAnyBuyer> =
        Mutation::any_buyer("createProcurement", BuyerAction::Edit);
    type Target = ();
    type Output = ProcurementId;

    async fn lock(&self, _: &mut UnitOfWork, _: &Member) -> Fallible<()> {
        Ok(())
    }

    async fn perform(
        mut self,
        work: &mut UnitOfWork,
        caller: &Member,
        (): (),
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        let buyer = caller.organisation;
        deadline::set_zone(work, buyer, &mut self.draft.content).await?;
        rules::check_draft(&self.draft)?;
        let content = &self.draft.content;
        joint::check_named(work, buyer, &content.joint_buyers).await?;
        let id = ProcurementId::new();
        let ocid = format!("{OCID_PREFIX}-{}", id.0.simple());
        store::insert_draft(work.connection(), id, &ocid, buyer, &self.draft, now).await?;
        invitation::invite(work, id, &content.joint_buyers, now).await?;
        attachments::hold(work, id, buyer, content, now).await?;
        work.audit("procurement.create", id.0, json!({}));
        Ok(id)
    }
}
