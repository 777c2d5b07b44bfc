//! A buyer discards the draft of a procurement.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    attachments,
    lock::{check_revision, lock_for_buyer},
    store::{self, Procurement},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::ProcurementId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Discards the draft, unless the procurement changed since the stated revision. The notice in
/// force stays; a procurement that was never published is deleted. Documents that only the draft
/// names are removed after 24 hours.
#[derive(Debug, Serialize)]
pub struct DiscardDraft {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Revision that the caller knows.
    pub revision: i32,
}

/// The procurement whose draft was discarded.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DiscardedDraft {
    /// The procurement; it no longer exists if it was never published.
    pub procurement: ProcurementId,
}

impl UseCase for DiscardDraft {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("discardDraft", BuyerAction::Edit);
    type Target = Procurement;
    type Output = DiscardedDraft;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<DiscardedDraft> {
        let id = procurement.id;
        if procurement.draft.is_none() {
            let message = "the procurement has no draft; nothing needs to be discarded";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        check_revision(&procurement, self.revision)?;
        attachments::release(work, id, procurement.buyer, now).await?;
        match &procurement.notice {
            Some(notice) => {
                let joint = &notice.content.joint_buyers;
                store::drafts::discard(work.connection(), id, joint, now).await?;
            }
            None => store::drafts::delete(work.connection(), id).await?,
        }
        let detail = json!({ "revision": self.revision, "deleted": procurement.notice.is_none() });
        work.audit("procurement.discard", id.0, detail);
        Ok(DiscardedDraft { procurement: id })
    }
}
