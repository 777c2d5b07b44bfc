//! The buyer decides who wins a lot.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    Decided,
    rules::{self, Reason},
    standstill::{ELECTRONIC_DAYS, OTHER_DAYS, StandstillExemption, exemption, standstill_end},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    chain::Event,
    database::{Attempt, UnitOfWork, UseCase},
    kernel::{
        ids::{AwardId, ProcurementId, TenderId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
    },
    organisation,
    procurement::{
        Content, deadline, four_eyes,
        jobs::IndexProcurements,
        lock::lock_for_buyer,
        lots,
        notification::Notify,
        phase::BuyerStep,
        rules::{
            TEXT_LIMIT,
            lots::{LotState, has_ended, no_such_lot},
        },
        store::Procurement,
    },
    tender::{
        notification::LOT_AWARDED,
        rules::check_lots_won,
        store::{self, LotTender, NewAward},
    },
};

/// Decides that a lot goes to an opened tender. The standstill begins. Once every lot is awarded or
/// ended the procurement is AWARDED.
#[derive(Debug, Serialize)]
pub struct DecideAward {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The lot.
    pub lot: String,
    /// The tender that wins it.
    pub tender: TenderId,
    /// The public reason for the decision (Directive 2014/24/EU art. 55(2)).
    pub reason: LocalizedText,
    /// The reasons to the tenderers; to each other tenderer of the lot one.
    pub reasons: Vec<Reason>,
    /// Why an earlier decision on the lot is corrected; required if one is in force.
    pub correction: LocalizedText,
    /// Whether the decision is sent by electronic means.
    pub electronic: bool,
    /// Whether a standstill is observed although none is needed.
    pub voluntary_standstill: bool,
}

impl UseCase for DecideAward {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("decideAward", BuyerAction::Award);
    type Target = Procurement;
    type Output = Decided;

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
    ) -> Fallible<Decided> {
        let id = procurement.id;
        four_eyes::check(work, &procurement, |rules| rules.awarding, caller.person).await?;
        procurement.phase(now).after(BuyerStep::Decide)?;
        if !store::is_opened(work.connection(), id).await? {
            return Err(Refusal::new(Code::NotOpened, "open the tenders first").into());
        }
        let tenders = store::tenders_of_lot(work.connection(), id, &self.lot).await?;
        let earlier = self.check(work, &procurement, &tenders).await?;
        let (standstill_ends_at, exemption) =
            self.standstill(work, &procurement, &tenders, now).await?;
        let connection = work.connection();
        let content = store::opened_content(connection, id, self.tender).await?;
        let price = content
            .as_ref()
            .and_then(|content| content.price_of(&self.lot));
        let winner = store::tenderer(connection, self.tender).await?;
        let named = content.and_then(|content| content.tenderer);
        let (winner_name, identifiers) = match named {
            Some(tenderer) => (tenderer.name, tenderer.identifiers),
            None => {
                let claimed = organisation::store::claimed(connection, winner.organisation);
                (winner.name, claimed.await?)
            }
        };
        let award = NewAward {
            id: AwardId::new(),
            procurement: id,
            lot: &self.lot,
            number: earlier + 1,
            tender: self.tender,
            winner_name: &winner_name,
            winner_identifiers: &identifiers,
            price: price.as_ref(),
            reason: &self.reason,
            correction: (!self.correction.is_empty()).then_some(&self.correction),
            standstill_ends_at,
            exemption,
            awarded_by: caller.person,
            awarded_at: now,
        };
        store::insert_award(connection, &award).await?;
        store::insert_reasons(connection, award.id, &self.reasons).await?;
        self.follow_up(work, &award).await?;
        lots::settle(work, &procurement, now).await?;
        Ok(Decided {
            procurement: id,
            award: award.id,
        })
    }
}

impl DecideAward {
    /// Checks the decision, and returns the number of earlier ones on the lot.
    async fn check(
        &self,
        work: &mut UnitOfWork,
        procurement: &Procurement,
        tenders: &[LotTender],
    ) -> Fallible<i32> {
        let id = procurement.id;
        let state = lots::state(work, id, &self.lot).await?;
        let opened = store::opened_content(work.connection(), id, self.tender).await?;
        let content = procurement.notice.as_ref().map(|notice| &*notice.content);
        self.check_input(state, opened.is_some(), tenders, content)?;
        if store::evaluation::is_excluded(work.connection(), self.tender).await? {
            let message = "this tender is excluded; award the lot to another";
            return Err(Refusal::at(Code::Invalid, &["tenderId"], message).into());
        }
        let awards = store::awards(work.connection(), &[id]).await?;
        let mut of_lot = awards.iter().filter(|award| award.lot == self.lot);
        let earlier = of_lot.next_back();
        if let Some(standing) = earlier.filter(|award| award.annulment.is_none()) {
            if standing.contract.is_some() {
                let message = message!(
                    "the contract for the lot `{lot}` is signed",
                    lot = &self.lot
                );
                return Err(Refusal::at(Code::AlreadyDone, &["lotId"], message).into());
            }
            if self.correction.is_empty() {
                let message = message!(
                    "the lot `{lot}` has a decision; to correct it, state why in `correctionReason`",
                    lot = &self.lot
                );
                return Err(Refusal::at(Code::AlreadyDone, &["correctionReason"], message).into());
            }
        }
        let most = content.and_then(|content| content.max_lots_awarded);
        if most.is_some() {
            let won = store::lots_won(work.connection(), self.tender, &self.lot).await?;
            check_lots_won(won, most)?;
        }
        Ok(earlier.map_or(0, |award| award.number))
    }

    /// Checks the lot, the reasons and the tender; `opened`: whether there is such an opened tender.
    fn check_input(
        &self,
        state: Option<LotState>,
        opened: bool,
        tenders: &[LotTender],
        content: Option<&Content>,
    ) -> Result<(), Vec<Refusal>> {
        let mut refusals = Refusals::default();
        match state {
            None => refusals.push(no_such_lot(&self.lot)),
            Some(LotState::Ended(_)) => refusals.push(has_ended(&self.lot)),
            Some(LotState::Open | LotState::Awarded) => {}
        }
        refusals.require(!self.reason.is_empty(), || {
            let message = "`reason` is empty; state why this tender wins";
            Refusal::at(Code::Required, &["reason"], message)
        });
        text::check_text(&self.reason, TEXT_LIMIT, &["reason"], &mut refusals);
        let field = &["correctionReason"];
        text::check_text(&self.correction, TEXT_LIMIT, field, &mut refusals);
        let offers = tenders.iter().any(|tender| tender.id == self.tender);
        if !opened {
            refusals.push(Refusal::at(
                Code::NotFound,
                &["tenderId"],
                "this procurement has no opened tender with this ID",
            ));
        } else if !offers && state.is_some() {
            let message = message!("this tender is not for the lot `{lot}`", lot = &self.lot);
            refusals.push(Refusal::at(Code::Invalid, &["tenderId"], message));
        } else if offers {
            let criteria = content.map_or(&[][..], |content| &content.award_criteria);
            rules::check_reasons(&self.reasons, tenders, self.tender, criteria, &mut refusals);
        }
        refusals.into_result()
    }

    /// Returns the end of the standstill, or why there is none.
    async fn standstill(
        &self,
        work: &mut UnitOfWork,
        procurement: &Procurement,
        tenders: &[LotTender],
        now: DateTime<Utc>,
    ) -> Fallible<(Option<DateTime<Utc>>, Option<StandstillExemption>)> {
        let content = procurement.notice.as_ref().map(|notice| &*notice.content);
        let winner = tenders.iter().find(|tender| tender.id == self.tender);
        let others = tenders
            .iter()
            .any(|tender| winner.is_some_and(|winner| winner.organisation != tender.organisation));
        let exempt = exemption(content, others).filter(|_| !self.voluntary_standstill);
        if exempt.is_some() {
            return Ok((None, exempt));
        }
        let days = match self.electronic {
            true => ELECTRONIC_DAYS,
            false => OTHER_DAYS,
        };
        let country = deadline::country(work, procurement.buyer).await?;
        let zone = procurement.deadline().1;
        let end = standstill_end(now, days, zone, &country.unwrap_or_default());
        Ok((Some(end), None))
    }

    async fn follow_up(&self, work: &mut UnitOfWork, award: &NewAward<'_>) -> Fallible<()> {
        let event = Event::AwardDecided {
            award: award.id,
            lot: self.lot.clone(),
            tender: self.tender,
        };
        work.record(award.procurement, event).await?;
        let detail = json!({ "lot": self.lot, "tender": self.tender, "award": award.id,
                             "number": award.number, "standstillEndsAt": award.standstill_ends_at });
        work.audit("lot.award", award.procurement.0, detail);
        work.stores_object(award.id.0);
        work.enqueue(&IndexProcurements::now(vec![award.procurement]))?;
        work.enqueue(&Notify {
            procurement: award.procurement,
            event: LOT_AWARDED,
            subject: award.id.0,
            about: None,
            at: award.awarded_at,
        })
    }
}
