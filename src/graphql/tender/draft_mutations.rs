//! The mutations of drafts of tenders.

use async_graphql::{Context, Error, ID, Object};

use super::{draft::TenderDraft, offer_inputs::TenderOfferInput};
use crate::{
    graphql::{
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::{Procurement, ProcurementPayload, procurement_id},
    },
    kernel::{ids::ProcurementId, refusal::Fallible},
    tender::draft::{DiscardTenderDraft, SaveTenderDraft},
};

input! {
    /// Input for `saveTenderDraft`.
    struct SaveTenderDraftInput {
        /// Procurement to tender for; it must be UPCOMING or TENDERING.
        procurement_id: ID,
        /// `TenderDraft.revision` that you last read; 0 if there was no draft. CONFLICT if the draft
        /// changed since.
        #[graphql(default)]
        revision: i32,
        /// What the tender offers so far, for all lots. It replaces the earlier content.
        offer: TenderOfferInput,
    }
}

impl MutationInput for SaveTenderDraftInput {
    type Command = SaveTenderDraft;

    fn command(self, _: &Context<'_>) -> Fallible<SaveTenderDraft> {
        Ok(SaveTenderDraft {
            procurement: procurement_id(&self.procurement_id)?,
            revision: self.revision,
            offer: self.offer.into(),
        })
    }
}

input! {
    /// Input for `discardTenderDraft`.
    struct DiscardTenderDraftInput {
        /// Procurement of the draft.
        procurement_id: ID,
    }
}

impl MutationInput for DiscardTenderDraftInput {
    type Command = DiscardTenderDraft;

    fn command(self, _: &Context<'_>) -> Fallible<DiscardTenderDraft> {
        Ok(DiscardTenderDraft {
            procurement: procurement_id(&self.procurement_id)?,
        })
    }
}

payload! {
    /// Result of `saveTenderDraft`.
    struct TenderDraftPayload {
        /// The draft after the change; null when refused.
        draft: TenderDraft,
        /// Procurement of the draft; null when refused.
        procurement: Procurement,
    }
}

impl Payload<ProcurementId> for TenderDraftPayload {
    async fn of(context: &Context<'_>, procurement: ProcurementId) -> Result<Self, Error> {
        Ok(Self {
            draft: TenderDraft::load(context, procurement).await?,
            procurement: Procurement::load(context, procurement).await?,
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of drafts of tenders.
#[derive(Default)]
pub struct TenderDraftMutations;

#[Object]
impl TenderDraftMutations {
    /// Saves the tender that your organisation is writing, until the deadline. All members with a
    /// role that may write it share one draft for each procurement; no other organisation reads it.
    /// It may be incomplete: `Procurement.tenderReadiness` lists what is missing. The draft is kept
    /// when a submission is refused, and after the submission, as the start of the next one.
    async fn save_tender_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `saveTenderDraft`.")] input: SaveTenderDraftInput,
    ) -> Result<TenderDraftPayload, Error> {
        mutate(context, input).await
    }

    /// Deletes your organisation's draft of a tender, also after the deadline. Submitted tenders
    /// stay as they are.
    async fn discard_tender_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `discardTenderDraft`.")] input: DiscardTenderDraftInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }
}
