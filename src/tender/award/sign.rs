//! The buyer records that the contract is signed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    Decided, LockedAward,
    rules::{ContractTerms, check_signing, check_terms},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    chain::Event,
    database::{UnitOfWork, UseCase},
    kernel::{ids::AwardId, refusal::Fallible},
    tender::store,
};

/// Records the signed contract of a decision, once the standstill has ended and no complaint is
/// under review.
#[derive(Debug, Serialize)]
pub struct SignContract {
    /// The decision.
    pub award: AwardId,
    /// The terms.
    pub terms: ContractTerms,
}

impl UseCase for SignContract {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("signContract", BuyerAction::Award);
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
        let LockedAward { procurement, award } = locked;
        let zone = procurement.deadline().1;
        check_signing(&award, zone, now)?;
        check_terms(&self.terms, &award, zone, now)?;
        let connection = work.connection();
        store::insert_contract(connection, award.id, &self.terms, caller.person, now).await?;
        let id = procurement.id;
        let event = Event::ContractSigned { award: award.id };
        work.record(id, event).await?;
        let detail = json!({ "award": award.id, "lot": award.lot, "terms": self.terms });
        work.audit("contract.sign", id.0, detail);
        Ok(Decided {
            procurement: id,
            award: award.id,
        })
    }
}
