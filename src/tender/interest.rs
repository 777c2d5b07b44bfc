//! Interest in joint bids: a supplier states in public that it wants to bid together with others,
//! and may withdraw the statement.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    rules::{self, JointBidWish},
    store::interest::{self as store, NewInterest},
};
use crate::{
    auth::{
        Actor,
        policy::{
            Mutation, SupplierAction,
            mutation::{BySupplier, Member},
        },
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{JointBidInterestId, ProcurementId},
        refusal::{Code, Fallible, Refusal},
        text::LocalizedText,
    },
    procurement::{lock::lock_visible, store::Procurement},
};

/// Declares an interest in a joint bid in public. It replaces an earlier one of the same
/// organisation.
#[derive(Debug, Serialize)]
pub struct DeclareInterest {
    /// The procurement.
    pub procurement: ProcurementId,
    /// What the supplier offers or seeks.
    pub wish: JointBidWish,
    /// What the supplier can contribute or needs; public.
    pub text: LocalizedText,
}

impl UseCase for DeclareInterest {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("declareJointBidInterest", SupplierAction::SeekPartners);
    type Target = Procurement;
    type Output = ProcurementId;

    fn validate(&self, _: &Actor, _: &Member) -> Fallible<()> {
        Ok(rules::check_interest(&self.text)?)
    }

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        lock_visible(work, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        rules::check_seeking_partners(procurement.phase(now))?;
        let interest = NewInterest {
            id: JointBidInterestId::new(),
            procurement: procurement.id,
            organisation: caller.organisation,
            wish: self.wish,
            text: &self.text,
            declared_by: caller.person,
            declared_at: now,
        };
        store::put(work.connection(), &interest).await?;
        let detail = json!({ "wish": self.wish });
        work.audit("interest.declare", procurement.id.0, detail);
        Ok(procurement.id)
    }
}

/// Deletes the supplier's interest in a joint bid for a procurement, in any phase.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct WithdrawInterest(pub ProcurementId);

impl UseCase for WithdrawInterest {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("withdrawJointBidInterest", SupplierAction::SeekPartners);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        lock_visible(work, self.0).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        _: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        let id = procurement.id;
        if !store::delete(work.connection(), id, caller.organisation).await? {
            let message =
                "the organisation you act for has not declared an interest in this procurement";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        work.audit("interest.withdraw", id.0, json!({}));
        Ok(id)
    }
}
