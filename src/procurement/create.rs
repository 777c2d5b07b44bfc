//! A buyer creates a procurement.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{attachments, content::Draft, joint, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{
            BuyerAction, Mutation,
            mutation::{ByAnyBuyer, Member},
        },
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

    fn validate(&self, _: &Actor, _: &Member) -> Fallible<()> {
        Ok(rules::check_draft(&self.draft)?)
    }

    async fn lock(&self, _: &mut UnitOfWork, _: &Member) -> Fallible<()> {
        Ok(())
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (): (),
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        let (buyer, content) = (caller.organisation, &self.draft.content);
        joint::check_named(work, buyer, &content.joint_buyers).await?;
        let id = ProcurementId::new();
        let ocid = format!("{OCID_PREFIX}-{}", id.0.simple());
        store::insert_draft(work.connection(), id, &ocid, buyer, &self.draft, now).await?;
        attachments::hold(work, id, buyer, content, now).await?;
        work.audit("procurement.create", id.0, json!({}));
        Ok(id)
    }
}
