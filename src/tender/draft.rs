//! The members of a supplier write the draft of a tender together.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    content::TenderOffer,
    rules::offer::{self, inside_offer},
    store::draft::{self as store, StoredDraft},
    team_copy::TeamKey,
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::contribution::rules::check_revision,
    kernel::{
        ids::{ProcurementId, TenderDraftId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{lock::lock_visible, store::Procurement},
};

/// Saves the organisation's draft, which only its members read. Refuses with CONFLICT when another
/// member changed it since the stated revision.
#[derive(Debug, Serialize)]
pub struct SaveTenderDraft {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Revision of the draft that the editor read; 0 for none.
    pub revision: i32,
    /// Content of the draft.
    pub offer: TenderOffer,
}

impl UseCase for SaveTenderDraft {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("saveTenderDraft", SupplierAction::DraftTender);
    type Target = Procurement;
    type Output = ProcurementId;

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
        let (deadline, zone) = procurement.deadline();
        super::rules::check_drafting(procurement.stored_phase(), deadline, zone, now)?;
        offer::check_draft(&self.offer).map_err(inside_offer)?;
        let stored = stored(work, procurement.id, caller).await?;
        let revision = stored.as_ref().map_or(0, |draft| draft.revision);
        check_revision(self.revision, revision)?;
        let id = stored.map_or_else(TenderDraftId::new, |draft| draft.id);
        let key = TeamKey::in_work(work, caller.organisation)?;
        let draft = StoredDraft {
            id,
            procurement: procurement.id,
            organisation: caller.organisation,
            revision: revision + 1,
            sealed: key.seal(id.0, &self.offer)?,
            saved_at: now,
        };
        store::put(work.connection(), &draft, caller.person).await?;
        work.stores_object(procurement.id.0);
        // No audit row: the draft has not left the organisation, and editors save every few
        // seconds.
        Ok(procurement.id)
    }
}

/// Deletes the organisation's draft, also after the deadline.
#[derive(Debug, Serialize)]
pub struct DiscardTenderDraft {
    /// The procurement.
    pub procurement: ProcurementId,
}

impl UseCase for DiscardTenderDraft {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("discardTenderDraft", SupplierAction::DraftTender);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        lock_visible(work, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        _: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        if !store::delete(work.connection(), procurement.id, caller.organisation).await? {
            let message = "your organisation has no draft of a tender for this procurement";
            return Err(Refusal::at(Code::NotFound, &["procurementId"], message).into());
        }
        work.stores_object(procurement.id.0);
        Ok(procurement.id)
    }
}

async fn stored(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    caller: &Member,
) -> Fallible<Option<StoredDraft>> {
    let found =
        store::of_procurements(work.connection(), &[procurement], caller.organisation).await?;
    Ok(found.into_iter().next())
}

/// Returns the offer of the organisation's draft, for these lots if they are stated.
pub async fn submitted(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    caller: &Member,
    (id, revision): (TenderDraftId, i32),
    lots: Option<Vec<String>>,
) -> Fallible<TenderOffer> {
    let found = stored(work, procurement, caller).await?;
    let Some(draft) = found.filter(|draft| draft.id == id) else {
        let message = "your organisation has no such draft for this procurement";
        return Err(Refusal::at(Code::NotFound, &["draft", "draftId"], message).into());
    };
    check_revision(revision, draft.revision).map_err(|mut refusal| {
        refusal.field.insert(0, "draft".to_owned());
        refusal
    })?;
    let key = TeamKey::in_work(work, caller.organisation)?;
    let offer: TenderOffer = key.open(draft.id.0, &draft.sealed)?;
    let Some(lots) = lots else { return Ok(offer) };
    for (position, lot) in lots.iter().enumerate() {
        if !offer.offers.iter().any(|offered| offered.lot == *lot) {
            let message = message!("the draft does not offer the lot `{lot}`", lot);
            let field = ["draft", "lotIds", &position.to_string()];
            return Err(Refusal::at(Code::NotFound, &field, message).into());
        }
    }
    Ok(offer.for_lots(&lots))
}
