//! The buyer awards a lot to a tender.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    rules,
    store::{self, NewAward},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{Attempt, UnitOfWork, UseCase},
    kernel::{
        ids::{AwardId, ProcurementId, TenderId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
    },
    procurement::jobs::IndexProcurements,
    procurement::notification::Notify,
    procurement::{
        Lot, four_eyes,
        lock::lock_for_buyer,
        phase::BuyerStep,
        rules as procurement_rules,
        store::{self as procurements, Procurement},
    },
    tender::notification::LOT_AWARDED,
};

/// The award decision, with its procurement.
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "StoredAnswer")]
pub struct Awarded {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The decision. `None` in an answer that an earlier version stored for an idempotency key.
    pub award: Option<AwardId>,
}

/// An [`Awarded`] as this version or an earlier one stores it.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredAnswer {
    Current {
        procurement: ProcurementId,
        award: Option<AwardId>,
    },
    /// Earlier versions store the procurement alone.
    ProcurementOnly(ProcurementId),
}

impl From<StoredAnswer> for Awarded {
    fn from(stored: StoredAnswer) -> Self {
        match stored {
            StoredAnswer::Current { procurement, award } => Self { procurement, award },
            StoredAnswer::ProcurementOnly(procurement) => Self {
                procurement,
                award: None,
            },
        }
    }
}

/// Awards a lot to an opened tender. Once every lot is awarded the procurement is AWARDED.
#[derive(Debug, Serialize)]
pub struct AwardLot {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The lot.
    pub lot: String,
    /// The tender that wins it.
    pub tender: TenderId,
    /// The reason for the decision (Directive 2014/24/EU art. 55(2)).
    pub reason: LocalizedText,
}

impl UseCase for AwardLot {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("awardProcurement", BuyerAction::Award);
    type Target = Procurement;
    type Output = Awarded;

    fn attempt(&self) -> Option<Attempt> {
        Some(Attempt::new("lot.award.refused", self.procurement.0))
    }

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<Awarded> {
        let id = procurement.id;
        four_eyes::check(work, &procurement, |rules| rules.awarding, caller.person).await?;
        let lots = procurements::lots_in_force(work.connection(), id).await?;
        self.check(work, &procurement, &lots, now).await?;
        let award = NewAward {
            id: AwardId::new(),
            procurement: id,
            lot: &self.lot,
            tender: self.tender,
            reason: &self.reason,
            awarded_by: caller.person,
            awarded_at: now,
        };
        if !store::insert_award(work.connection(), &award).await? {
            let message = message!("the lot `{lot}` was awarded before", lot = &self.lot);
            return Err(Refusal::at(Code::AlreadyDone, &["lotId"], message).into());
        }
        let awarded = store::award_count(work.connection(), id).await?;
        if awarded == lots.len() as i64 {
            let phase = procurement
                .phase(now)
                .after(BuyerStep::Award { last: true })?;
            procurements::set_phase(work.connection(), id, phase, now).await?;
        }
        let detail = json!({ "lot": self.lot, "tender": self.tender });
        work.audit("lot.award", id.0, detail);
        work.enqueue(&IndexProcurements::now(vec![id]))?;
        work.enqueue(&Notify {
            procurement: id,
            event: LOT_AWARDED,
            subject: award.id.0,
            about: None,
            at: now,
        })?;
        Ok(Awarded {
            procurement: id,
            award: Some(award.id),
        })
    }
}

impl AwardLot {
    async fn check(
        &self,
        work: &mut UnitOfWork,
        procurement: &Procurement,
        lots: &[Lot],
        now: DateTime<Utc>,
    ) -> Fallible<()> {
        procurement
            .phase(now)
            .after(BuyerStep::Award { last: false })?;
        if !store::is_opened(work.connection(), procurement.id).await? {
            return Err(Refusal::new(Code::NotOpened, "open the tenders first").into());
        }
        let connection = work.connection();
        let offered = store::opened_content(connection, procurement.id, self.tender).await?;
        let offered = offered.as_ref().map(|content| content.lots.as_slice());
        self.check_input(lots, offered)?;
        if store::evaluation::is_excluded(work.connection(), self.tender).await? {
            let message = "this tender is excluded; award the lot to another";
            return Err(Refusal::at(Code::Invalid, &["tenderId"], message).into());
        }
        let notice = procurement.notice.as_ref();
        let most = notice.and_then(|notice| notice.content.max_lots_awarded);
        if most.is_some() {
            let won = store::lots_won(work.connection(), self.tender).await?;
            rules::check_lots_won(won, most)?;
        }
        Ok(())
    }

    /// Checks the lot, the reason and the tender, whose lots are `offered`; `None` if there is no
    /// such opened tender.
    fn check_input(&self, lots: &[Lot], offered: Option<&[String]>) -> Result<(), Vec<Refusal>> {
        let mut refusals = Refusals::default();
        refusals.require(lots.iter().any(|lot| lot.id == self.lot), || {
            let message = message!("the procurement has no lot `{lot}`", lot = &self.lot);
            Refusal::at(Code::NotFound, &["lotId"], message)
        });
        refusals.require(!self.reason.is_empty(), || {
            let message = "`reason` is empty; state why this tender wins";
            Refusal::at(Code::Required, &["reason"], message)
        });
        let limit = procurement_rules::TEXT_LIMIT;
        text::check_text(&self.reason, limit, &["reason"], &mut refusals);
        match offered {
            None => refusals.push(Refusal::at(
                Code::NotFound,
                &["tenderId"],
                "this procurement has no opened tender with this ID",
            )),
            Some(offered) => refusals.require(offered.contains(&self.lot), || {
                let message = message!("this tender is not for the lot `{lot}`", lot = &self.lot);
                Refusal::at(Code::Invalid, &["tenderId"], message)
            }),
        }
        refusals.into_result()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_stored_by_an_earlier_version_are_read() {
        let (procurement, award) = (ProcurementId::new(), AwardId::new());
        let former: Awarded = serde_json::from_value(json!(procurement)).unwrap();
        assert_eq!((former.procurement, former.award), (procurement, None));
        let answer = Awarded {
            procurement,
            award: Some(award),
        };
        let again: Awarded = serde_json::from_value(json!(answer)).unwrap();
        assert_eq!((again.procurement, again.award), (procurement, Some(award)));
    }
}
