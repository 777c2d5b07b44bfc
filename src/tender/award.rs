//! Award decisions: who wins a lot and why, the standstill, complaints and their review, and the
//! contract. A decision is never changed: a later one on the lot replaces it.

pub mod annul;
pub mod complain;
pub mod decide;
pub mod review;
pub mod rules;
pub mod sign;
pub mod standstill;

use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    auth::{
        Actor,
        policy::{mutation::BuyerCaller, table},
    },
    database::UnitOfWork,
    kernel::{
        ids::{AwardId, ComplaintId, ProcurementId},
        refusal::{Fallible, Refusal},
    },
    procurement::{
        lock::{lock_for_buyer, lock_visible},
        read,
        store::Procurement,
    },
};

/// A decision, with its procurement.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Decided {
    /// The procurement.
    pub procurement: ProcurementId,
    /// The decision.
    pub award: AwardId,
}

/// A complaint, with the decision that it is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Complained {
    /// The decision.
    pub award: AwardId,
    /// The complaint.
    pub complaint: ComplaintId,
}

/// A locked procurement and one of its decisions.
pub struct LockedAward {
    /// The procurement.
    pub procurement: Procurement,
    /// The decision.
    pub award: store::Award,
}

impl LockedAward {
    /// Locks the procurement of a decision for a member of the buyer.
    pub async fn for_buyer(
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        award: AwardId,
    ) -> Fallible<Self> {
        let id = Self::procurement_of(work, award).await?;
        let procurement = lock_for_buyer(work, caller, id).await?;
        Self::read(work, procurement, award).await
    }

    /// Locks the procurement of a decision for anybody who may see it.
    pub async fn visible(work: &mut UnitOfWork, award: AwardId) -> Fallible<Self> {
        let id = Self::procurement_of(work, award).await?;
        let procurement = lock_visible(work, id).await?;
        Self::read(work, procurement, award).await
    }

    async fn procurement_of(work: &mut UnitOfWork, award: AwardId) -> Fallible<ProcurementId> {
        let found = store::procurement_of_award(work.connection(), award).await?;
        found.ok_or_else(|| Refusal::not_found("awardId", "award").into())
    }

    /// Reads the decision again, once its procurement is locked.
    async fn read(
        work: &mut UnitOfWork,
        procurement: Procurement,
        award: AwardId,
    ) -> Fallible<Self> {
        let awards = store::awards(work.connection(), &[procurement.id]).await?;
        let found = awards.into_iter().find(|one| one.id == award);
        let award = found.ok_or_else(|| Refusal::not_found("awardId", "award"))?;
        Ok(Self { procurement, award })
    }
}

/// Returns whether the actor may read the reasons to all tenderers and all complaints: members with
/// such a role of the buyer, or of another buyer that the notice in force names.
pub fn may_read_all(actor: &Actor, procurement: &Procurement) -> bool {
    const {
        assert!(matches!(
            table::of("Award", "complaints"),
            crate::auth::policy::Rule::BuyersWith(_)
        ));
    }
    let rule = const { table::of("Award", "reasons") };
    rule.admits(actor, &read::subject(procurement))
}
