//! A supplier submits or withdraws a tender.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    content::TenderContent,
    rules,
    sealing::{SealingKey, TenderBinding},
    store::{self, NewTender},
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    chain::{Event, Hash},
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{ProcurementId, TenderId},
        refusal::{Code, Failure, Fallible, Refusal},
    },
    organisation::{self, rules::nonprofit::NonprofitStatus},
    procurement::{
        self,
        lock::lock_visible,
        reservation::{ReservationRule, ReservationRules, check_supplier},
        store::Procurement,
    },
};

/// Seals and stores a tender, which replaces an earlier one of the same organisation for the same lots.
#[derive(Serialize)]
pub struct SubmitTender {
    /// The procurement tendered for.
    pub procurement: ProcurementId,
    /// The offer.
    pub content: TenderContent,
    /// Public key that seals the offer.
    #[serde(skip)]
    pub sealing: SealingKey,
    /// Rules by which participation may be reserved.
    #[serde(skip)]
    pub reservations: Arc<ReservationRules>,
}

impl UseCase for SubmitTender {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("submitTender", SupplierAction::Tender);
    type Target = Procurement;
    type Output = TenderId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        lock_visible(work, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<TenderId> {
        let (deadline, zone) = procurement.deadline();
        rules::check_receiving(procurement.stored_phase(), deadline, zone, now)?;
        let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
        rules::check_content(&self.content, &lots)?;
        procurement::lots::refuse_ended(work, procurement.id, &self.content.lots).await?;
        if let Some(notice) = &procurement.notice {
            rules::check_lot_count(&self.content, notice.content.max_lots_per_tenderer)?;
            let reserved =
                rules::reserved_by(&self.content, &notice.content, &lots, &self.reservations);
            check_reserved(work, caller, reserved).await?;
        }
        let binding = TenderBinding {
            procurement: procurement.id,
            organisation: caller.organisation,
            tender: TenderId::new(),
        };
        let mut lots = self.content.lots.clone();
        lots.sort_unstable();
        let connection = work.connection();
        let version =
            store::next_version(connection, procurement.id, caller.organisation, &lots).await?;
        let sealed = self
            .sealing
            .seal(binding, self.content)
            .map_err(Failure::unexpected)?;
        let event = Event::TenderSubmitted {
            tender: binding.tender,
            organisation: binding.organisation,
            lots: lots.clone(),
            version,
            sha256: Hash(sealed.sha256),
        };
        let entry = work.record(procurement.id, event).await?;
        let tender = NewTender {
            binding,
            lots: &lots,
            version,
            chain_number: entry.number,
            notice: procurement.notice.as_ref().map(|notice| notice.number),
            sealed: &sealed.ciphertext,
            sha256: &sealed.sha256,
            submitted_by: caller.person,
            submitted_at: now,
        };
        store::insert(work.connection(), &tender).await?;
        let detail = json!({ "tender": binding.tender });
        work.audit("tender.submit", procurement.id.0, detail);
        Ok(binding.tender)
    }
}

/// Refuses a supplier for whom participation is not reserved.
async fn check_reserved(
    work: &mut UnitOfWork,
    caller: &Member,
    rules: Vec<&ReservationRule>,
) -> Fallible<()> {
    let registered = rules.iter().any(|rule| rule.registered)
        && organisation::store::nonprofit_status(work.connection(), caller.organisation).await?
            == Some(NonprofitStatus::Registered);
    for rule in rules {
        check_supplier(rule, caller.kind, registered)?;
    }
    Ok(())
}

/// Withdraws a tender before the deadline. Returns the procurement and the tender.
#[derive(Debug, Serialize)]
pub struct WithdrawTender {
    /// The tender.
    pub tender: TenderId,
}

impl UseCase for WithdrawTender {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("withdrawTender", SupplierAction::Tender);
    type Target = Procurement;
    type Output = (ProcurementId, TenderId);

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Procurement> {
        let connection = work.connection();
        let procurement = store::procurement_of(connection, self.tender, caller.organisation)
            .await?
            .ok_or_else(|| Refusal::not_found("tenderId", "tender"))?;
        lock_visible(work, procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<(ProcurementId, TenderId)> {
        let (deadline, zone) = procurement.deadline();
        rules::check_receiving(procurement.stored_phase(), deadline, zone, now)?;
        if !store::insert_withdrawal(work.connection(), self.tender, caller.person, now).await? {
            return Err(Refusal::new(Code::AlreadyDone, "this tender was withdrawn before").into());
        }
        let tender = self.tender;
        let event = Event::TenderWithdrawn { tender };
        work.record(procurement.id, event).await?;
        let detail = json!({ "tender": tender });
        work.audit("tender.withdraw", procurement.id.0, detail);
        Ok((procurement.id, self.tender))
    }
}
