//! A decision is annulled by the buyer, or its winner refuses the contract.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    Decided, LockedAward,
    rules::{AnnulmentCause, check_in_force, check_reason, check_unsigned},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation, SupplierAction,
        mutation::{BuyerCaller, ByBuyer, BySupplier, Member},
    },
    chain::Event,
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{AwardId, PersonId},
        refusal::{Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::{jobs::IndexProcurements, lots, notification::Notify},
    tender::{
        notification::AWARD_ANNULLED,
        store::{self, NewAnnulment},
    },
};

/// Annuls a decision in force. The lot is open again.
#[derive(Debug, Serialize)]
pub struct AnnulAward {
    /// The decision.
    pub award: AwardId,
    /// The reason; public.
    pub reason: LocalizedText,
}

impl UseCase for AnnulAward {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("annulAward", BuyerAction::Award);
    type Target = LockedAward;
    type Output = Decided;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<LockedAward> {
        LockedAward::for_buyer(work, caller, self.award).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        locked: LockedAward,
        now: DateTime<Utc>,
    ) -> Fallible<Decided> {
        check(&locked, &self.reason)?;
        let cause = AnnulmentCause::Buyer;
        annul(work, &locked, (cause, &self.reason), caller.person, now).await
    }
}

/// Refuses the contract as the winner of a lot. The lot is open again.
#[derive(Debug, Serialize)]
pub struct RefuseAward {
    /// The decision.
    pub award: AwardId,
    /// The reason; public.
    pub reason: LocalizedText,
}

impl UseCase for RefuseAward {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("refuseAward", SupplierAction::Tender);
    type Target = LockedAward;
    type Output = Decided;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<LockedAward> {
        let locked = LockedAward::visible(work, self.award).await?;
        if locked.award.winner != caller.organisation {
            return Err(Refusal::not_found("awardId", "award").into());
        }
        Ok(locked)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        locked: LockedAward,
        now: DateTime<Utc>,
    ) -> Fallible<Decided> {
        check(&locked, &self.reason)?;
        let cause = AnnulmentCause::WinnerRefused;
        annul(work, &locked, (cause, &self.reason), caller.person, now).await
    }
}

fn check(locked: &LockedAward, reason: &LocalizedText) -> Fallible<()> {
    check_in_force(&locked.award)?;
    check_unsigned(&locked.award)?;
    let mut refusals = Refusals::default();
    check_reason(reason, "reason", &mut refusals);
    Ok(refusals.into_result()?)
}

/// Annuls a decision that is in force.
pub(super) async fn annul(
    work: &mut UnitOfWork,
    locked: &LockedAward,
    (cause, reason): (AnnulmentCause, &LocalizedText),
    person: PersonId,
    now: DateTime<Utc>,
) -> Fallible<Decided> {
    let (id, award) = (locked.procurement.id, locked.award.id);
    let annulment = NewAnnulment {
        award,
        cause,
        reason,
        annulled_by: person,
        at: now,
    };
    store::insert_annulment(work.connection(), &annulment).await?;
    work.record(id, Event::AwardAnnulled { award }).await?;
    let detail =
        json!({ "award": award, "lot": locked.award.lot, "cause": cause, "reason": reason });
    work.audit("award.annul", id.0, detail);
    lots::settle(work, &locked.procurement, now).await?;
    work.enqueue(&IndexProcurements::now(vec![id]))?;
    work.enqueue(&Notify {
        procurement: id,
        event: AWARD_ANNULLED,
        subject: award.0,
        about: None,
        at: now,
    })?;
    Ok(Decided {
        procurement: id,
        award,
    })
}
