//! The buyer ends a procurement: cancels or withdraws it, states that no tender could win, or that
//! the contract is over.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    lock::lock_for_buyer,
    phase::Phase,
    rules::{NonAwardReason, check_end, lots::LotState},
    store::{self, NewEnd, Procurement, UnsettledAward},
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
        text::LocalizedText,
        zone::Zone,
    },
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
        self.check_lots(work, &procurement, now).await?;
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

impl EndProcurement {
    /// Refuses to end lots with a decision in force without a contract, and to complete a
    /// procurement whose contracts cannot be signed yet.
    async fn check_lots(
        &self,
        work: &mut UnitOfWork,
        procurement: &Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<()> {
        let connection = work.connection();
        if self.phase == Phase::Complete {
            let unsettled = store::unsettled_award(connection, procurement.id, now).await?;
            let zone = procurement.deadline().1;
            return Ok(unsettled.map_or(Ok(()), |award| Err(award.refusal(zone)))?);
        }
        let lots = store::lot_states(connection, procurement.id).await?;
        let is_awarded = |(_, state): &&(String, LotState)| *state == LotState::Awarded;
        match lots.iter().find(is_awarded) {
            Some((lot, _)) => {
                let message = message!(
                    "an award decision on the lot `{lot}` is in force; end the other lots with `endLot`",
                    lot,
                );
                Err(Refusal::at(Code::WrongPhase, &["phase"], message).into())
            }
            None => Ok(()),
        }
    }
}

impl UnsettledAward {
    /// Returns the refusal of a step that needs a final decision.
    fn refusal(&self, zone: Zone) -> Refusal {
        match self.standstill_ends_at {
            Some(end) if !self.suspended => Refusal::at(
                Code::DeadlineNotPassed,
                &["phase"],
                message!(
                    "the standstill of the lot `{lot}` lasts until {end}; complete the procurement after it",
                    lot = &self.lot,
                    end = (end, zone),
                ),
            ),
            _ => Refusal::at(
                Code::AwardSuspended,
                &["phase"],
                message!(
                    "a complaint about the award of the lot `{lot}` is under review; record its outcome first",
                    lot = &self.lot,
                ),
            ),
        }
    }
}
