//! The buyer ends one lot without a winner, while others go on.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    lock::lock_for_buyer,
    lots,
    phase::Phase,
    rules::{
        NonAwardReason,
        lots::{LotOutcome, check_lot_end},
    },
    store::{self, NewEnd, NewLotEnd, Procurement},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    chain::Event,
    database::{UnitOfWork, UseCase},
    kernel::{ids::ProcurementId, refusal::Fallible, text::LocalizedText},
    procurement::jobs::IndexProcurements,
    procurement::notification::{Notify, PROCUREMENT_ENDED},
};

/// Ends a lot without a winner. Once every lot has ended, so has the procurement.
#[derive(Debug, Serialize)]
pub struct EndLot {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The lot.
    pub lot: String,
    /// How it ends.
    pub outcome: LotOutcome,
    /// Why no winner was chosen.
    pub reason_code: NonAwardReason,
    /// The reason in words.
    pub reason: LocalizedText,
}

impl UseCase for EndLot {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("endLot", BuyerAction::Publish);
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
        let state = lots::state(work, id, &self.lot).await?;
        let lot = (self.lot.as_str(), state);
        check_lot_end(procurement.phase(now), lot, self.outcome, &self.reason)?;
        let end = NewLotEnd {
            procurement: id,
            lot: &self.lot,
            outcome: self.outcome,
            reason_code: self.reason_code,
            reason: &self.reason,
            ended_by: caller.person,
            at: now,
        };
        store::insert_lot_end(work.connection(), &end).await?;
        let lot = self.lot.clone();
        work.record(id, Event::LotEnded { lot }).await?;
        let detail = json!({ "lot": self.lot, "outcome": self.outcome, "reasonCode": self.reason_code,
                             "reason": self.reason });
        work.audit("lot.end", id.0, detail);
        let phase = lots::settle(work, &procurement, now).await?;
        if matches!(phase, Phase::Cancelled | Phase::Unsuccessful) {
            let end = NewEnd {
                procurement: id,
                phase,
                reason_code: Some(self.reason_code),
                reason: &self.reason,
                ended_by: caller.person,
                at: now,
            };
            store::insert_end(work.connection(), &end).await?;
            work.enqueue(&Notify {
                procurement: id,
                event: PROCUREMENT_ENDED,
                subject: id.0,
                about: None,
                at: now,
            })?;
        }
        work.enqueue(&IndexProcurements::now(vec![id]))?;
        Ok(id)
    }
}
