//! A supplier submits or withdraws a tender.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    compose::{Submitted, compose},
    content::TenderContent,
    document, group, rules,
    sealing::{SealedTerms, SealingKey, TenderBinding},
    store::{self, NewTender},
    team_copy::TeamKey,
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    chain::{Event, Hash},
    database::{Attempt, UnitOfWork, UseCase},
    document::store as documents,
    kernel::{
        ids::{DocumentId, ProcurementId, TenderGroupId, TenderId},
        refusal::{Code, Failure, Fallible, Refusal},
    },
    procurement::{lock::lock_visible, reservation::ReservationRules, store::Procurement},
};

/// Seals and stores a tender, which replaces an earlier one of the same organisation, alone or in the
/// same group, for the same lots.
#[derive(Serialize)]
pub struct SubmitTender {
    /// The procurement tendered for.
    pub procurement: ProcurementId,
    /// The offer, or the draft that has it.
    pub submitted: Submitted,
    /// Group that tenders, led by the caller's organisation; `None` for a tender of the organisation
    /// alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<TenderGroupId>,
    /// Sealed documents of the tender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentId>,
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

    fn attempt(&self) -> Option<Attempt> {
        let attempt = Attempt::new("tender.submit.late", self.procurement.0);
        Some(attempt.only(Code::DeadlinePassed))
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
    ) -> Fallible<TenderId> {
        let (mut content, known) = compose(
            work,
            caller,
            &procurement,
            self.submitted,
            &self.reservations,
            now,
        )
        .await?;
        let group = group::submission::check(
            work,
            caller,
            &procurement,
            self.group,
            (&content.lots, &known),
            &self.reservations,
            now,
        )
        .await?;
        let (group, group_version) = group.unzip();
        content.group = group;
        content.documents = document::bind(work, caller, procurement.id, &self.documents).await?;
        let complete = CompleteTender {
            content,
            group: self.group.zip(group_version),
            documents: self.documents,
        };
        complete
            .store(work, caller, &procurement, &self.sealing, now)
            .await
    }
}

/// A tender that passed all checks.
struct CompleteTender {
    content: TenderContent,
    /// The group that tenders, and its version.
    group: Option<(TenderGroupId, i32)>,
    documents: Vec<DocumentId>,
}

impl CompleteTender {
    /// Seals the tender, records it in the chain, and stores it with its receipt and the team's copy.
    async fn store(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: &Procurement,
        sealing: &SealingKey,
        now: DateTime<Utc>,
    ) -> Fallible<TenderId> {
        let content = self.content;
        let group = self.group.map(|(group, _)| group);
        let members = content.group.as_ref().map(|group| {
            let members = group.members.iter();
            members.map(|member| member.organisation).collect()
        });
        let hashes = content.documents.iter().map(|document| document.sha256);
        let hashes = hashes.collect();
        let binding = TenderBinding {
            procurement: procurement.id,
            organisation: caller.organisation,
            tender: TenderId::new(),
        };
        let opens_not_before = procurement.tender_deadline.unwrap_or(now);
        let mut lots = content.lots.clone();
        lots.sort_unstable();
        let connection = work.connection();
        let tenderer = (caller.organisation, group);
        let version = store::next_version(connection, procurement.id, tenderer, &lots).await?;
        let procurement_key = procurement_key(work, procurement.id, sealing, now).await?;
        let terms = SealedTerms {
            lots: lots.clone(),
            version,
            opens_not_before,
        };
        let copy = TeamKey::in_work(work, caller.organisation)?.seal(binding.tender.0, &content)?;
        let sealed = sealing
            .seal(&procurement_key, binding, terms, content)
            .map_err(Failure::unexpected)?;
        let event = Event::TenderSubmitted {
            tender: binding.tender,
            organisation: binding.organisation,
            group,
            members,
            lots: lots.clone(),
            version,
            sha256: Hash(sealed.sha256),
            documents: hashes,
        };
        let entry = work.record(procurement.id, event).await?;
        let tender = NewTender {
            binding,
            lots: &lots,
            version,
            group: self.group,
            chain_number: entry.number,
            notice: procurement.notice.as_ref().map(|notice| notice.number),
            sealed: &sealed.ciphertext,
            sha256: &sealed.sha256,
            submitted_by: caller.person,
            submitted_at: now,
        };
        store::insert(work.connection(), &tender).await?;
        let receipt = work.receipt(&entry)?;
        store::receipt::insert(work.connection(), binding.tender, &receipt).await?;
        store::draft::insert_copy(work.connection(), binding.tender, &copy).await?;
        let holder = binding.tender.0;
        documents::set_holds(work.connection(), holder, &self.documents, now).await?;
        let detail = json!({ "tender": binding.tender });
        work.audit("tender.submit", procurement.id.0, detail);
        Ok(binding.tender)
    }
}

/// Returns the public key of the procurement, and assigns one to it with its first tender.
async fn procurement_key(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    opener: &SealingKey,
    now: DateTime<Utc>,
) -> Fallible<SealingKey> {
    // Another procurement may take the same free key at the same time.
    const ATTEMPTS: usize = 5;
    let connection = work.connection();
    let mut found = store::sealing_key::of_procurement(connection, procurement).await?;
    let name = opener.recipient();
    for _ in 0..ATTEMPTS {
        if found.is_some() {
            break;
        }
        found = store::sealing_key::assign(work.connection(), procurement, &name, now).await?;
    }
    let Some(recipient) = found else {
        let message = "no key is prepared for the tenders of this procurement; send the request again in a minute";
        return Err(Refusal::new(Code::SealingKeyMissing, message).into());
    };
    recipient
        .parse()
        .map_err(|reason: String| Failure::unexpected(reason))
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
        let tender = self.tender;
        let inserted =
            store::insert_withdrawal(work.connection(), tender, caller.person, now).await?;
        // A row without a signed entry was not written by a withdrawal, and withdraws nothing.
        let withdrawal = Event::TenderWithdrawn { tender };
        let recorded = work.recorded(procurement.id).await?;
        if !inserted && recorded.iter().any(|entry| entry.event == withdrawal) {
            return Err(Refusal::new(Code::AlreadyDone, "this tender was withdrawn before").into());
        }
        work.record(procurement.id, withdrawal).await?;
        let detail = json!({ "tender": tender });
        work.audit("tender.withdraw", procurement.id.0, detail);
        Ok((procurement.id, self.tender))
    }
}
