//! The buyer ends a procurement: cancels or withdraws it, states that no tender could win, or that
//! the contract is over.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    lock::lock_for_buyer,
    phase::Phase,
    rules::{NonAwardReason, check_end},
    store::{self, NewEnd, Procurement},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    kernel::{ids::ProcurementId, refusal::Fallible, text::LocalizedText},
    procurement::jobs::IndexProcurements,
    procurement::notification::{Notify, PROCUREMENT_ENDED},
};

/// Ends a procurement with a reason. Its followers are notified.
#[derive(Debug, Serialize)]
pub struct EndProcurement {
    /// The procurement.
    pub procurement: ProcurementId,
    /// CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    pub phase: Phase,
    /// Reason why no winner was chosen; required with CANCELLED and UNSUCCESSFUL, refused
    /// otherwise.
    pub reason_code: Option<NonAwardReason>,
    /// The reason in words; COMPLETE needs none.
    pub reason: LocalizedText,
}

impl UseCase for EndProcurement {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("endProcurement", BuyerAction::Publish);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        let id = procurement.id;
        let current = procurement.phase(now);
        check_end(current, self.phase, self.reason_code, &self.reason)?;
        let end = NewEnd {
            procurement: id,
            phase: self.phase,
            reason_code: self.reason_code,
            reason: &self.reason,
            ended_by: caller.person,
            at: now,
        };
        store::end(work.connection(), &end).await?;
        let detail =
            json!({ "phase": self.phase, "reasonCode": self.reason_code, "reason": self.reason });
        work.audit("procurement.end", id.0, detail);
        work.enqueue(&IndexProcurements::now(vec![id]))?;
        work.enqueue(&Notify {
            procurement: id,
            event: PROCUREMENT_ENDED,
            subject: id.0,
            about: None,
            at: now,
        })?;
        Ok(id)
    }
}
