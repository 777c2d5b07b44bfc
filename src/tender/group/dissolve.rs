//! The lead dissolves a group that has no tender.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    ChangedGroup, check_lead, lock, notify,
    rules::{self, Group},
    store,
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::TenderGroupId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::store::Procurement,
    tender::{notification::TENDER_GROUP_DISSOLVED, rules::check_receiving},
};

/// Dissolves a group. Its members are free again.
#[derive(Debug, Serialize)]
pub struct DissolveGroup {
    /// The group.
    pub group: TenderGroupId,
}

impl UseCase for DissolveGroup {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("dissolveTenderGroup", SupplierAction::Tender);
    type Target = (Procurement, Group);
    type Output = ChangedGroup;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Self::Target> {
        lock(work, caller, self.group).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (procurement, group): Self::Target,
        now: DateTime<Utc>,
    ) -> Fallible<ChangedGroup> {
        check_lead(&group, caller)?;
        if group.dissolved_at.is_some() {
            let message = "your organisation has dissolved this group before";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let (deadline, zone) = procurement.deadline();
        check_receiving(procurement.stored_phase(), deadline, zone, now)?;
        rules::check_not_submitted(&group)?;
        store::insert_end(work.connection(), group.id, caller.person, now).await?;
        let of = ChangedGroup {
            procurement: procurement.id,
            group: group.id,
        };
        work.audit("group.dissolve", group.id.0, json!({}));
        notify(work, &TENDER_GROUP_DISSOLVED, of, now)?;
        Ok(of)
    }
}
