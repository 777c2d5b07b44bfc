//! Submitting, withdrawing and opening.

use async_graphql::{Context, Error, ID, Object};

use super::{
    group::group_id,
    loaders::OwnTendersOf,
    offer_inputs::{SubmittedDraftInput, TenderOfferInput, submitted},
    types::OwnTender,
};
use crate::{
    graphql::{
        context::{backend, request},
        errors::{database, loading},
        inputs::{document_ids, id},
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::{Procurement, ProcurementPayload, procurement_id},
    },
    kernel::{
        ids::{OwnTenderId, ProcurementId, TenderId},
        refusal::Fallible,
    },
    tender::{
        open::{CancelOpening, OpenTenders, OpeningRequested, wait_until_opened},
        store,
        submit::{SubmitTender, WithdrawTender},
    },
};

input! {
    /// Input for `submitTender`.
    struct SubmitTenderInput {
        /// Procurement to tender for; it must be TENDERING.
        procurement_id: ID,
        /// What the tender offers. Leave it out to submit a draft.
        offer: Option<TenderOfferInput>,
        /// Draft to submit instead of `offer`. It is kept when the submission is refused.
        draft: Option<SubmittedDraftInput>,
        /// Group that tenders (`TenderGroup.id`): your organisation leads it, and every member consents.
        /// Null: your organisation tenders alone.
        group_id: Option<ID>,
        /// Documents of the tender that your organisation uploaded for this procurement with
        /// `POST /tenders/documents`, at most 50. They stay sealed until the opening.
        document_ids: Option<Vec<ID>>,
    }
}

impl MutationInput for SubmitTenderInput {
    type Command = SubmitTender;

    fn command(self, context: &Context<'_>) -> Fallible<SubmitTender> {
        let backend = backend(context);
        Ok(SubmitTender {
            procurement: procurement_id(&self.procurement_id)?,
            submitted: submitted(self.offer, self.draft)?,
            group: self.group_id.map(|one| group_id(&one)).transpose()?,
            documents: document_ids(self.document_ids)?,
            sealing: backend.sealing.clone(),
            reservations: backend.reservations.clone(),
        })
    }
}

input! {
    /// Input for `withdrawTender`.
    struct WithdrawTenderInput {
        /// Tender of the organisation you act for (`OwnTender.id`).
        tender_id: ID,
    }
}

impl MutationInput for WithdrawTenderInput {
    type Command = WithdrawTender;

    fn command(self, _: &Context<'_>) -> Fallible<WithdrawTender> {
        Ok(WithdrawTender {
            tender: id(&self.tender_id, "tenderId", |global| {
                OwnTenderId::from_global(global).map(|own| TenderId(own.0))
            })?,
        })
    }
}

input! {
    /// Input for `openTenders`.
    struct OpenTendersInput {
        /// Procurement whose tender deadline has passed.
        procurement_id: ID,
    }
}

impl MutationInput for OpenTendersInput {
    type Command = OpenTenders;

    fn command(self, _: &Context<'_>) -> Fallible<OpenTenders> {
        Ok(OpenTenders {
            procurement: procurement_id(&self.procurement_id)?,
        })
    }
}

input! {
    /// Input for `cancelOpening`.
    struct CancelOpeningInput {
        /// Procurement whose opening is requested and not confirmed.
        procurement_id: ID,
    }
}

impl MutationInput for CancelOpeningInput {
    type Command = CancelOpening;

    fn command(self, _: &Context<'_>) -> Fallible<CancelOpening> {
        Ok(CancelOpening(procurement_id(&self.procurement_id)?))
    }
}

payload! {
    /// Result of a change of one of your tenders.
    pub struct TenderPayload {
        /// Receipt; null when refused.
        tender: OwnTender,
        /// Procurement of the tender; null when refused.
        procurement: Procurement,
    }
}

impl Payload<(ProcurementId, TenderId)> for TenderPayload {
    async fn of(
        context: &Context<'_>,
        (procurement, tender): (ProcurementId, TenderId),
    ) -> Result<Self, Error> {
        let loader = &request(context).loader;
        let own = loader.load_one(OwnTendersOf(procurement)).await;
        let mut own = own.map_err(loading)?.unwrap_or_default().into_iter();
        let found = own.find(|receipt| receipt.id == tender);
        Ok(Self {
            tender: found.map(OwnTender),
            procurement: Procurement::load(context, procurement).await?,
            ..Self::refused(Vec::new())
        })
    }
}

impl Payload<TenderId> for TenderPayload {
    async fn of(context: &Context<'_>, tender: TenderId) -> Result<Self, Error> {
        let acting_for = request(context)
            .actor
            .person()
            .and_then(|one| one.acting_for);
        let Some(organisation) = acting_for else {
            return Ok(Self::refused(Vec::new()));
        };
        let pool = &backend(context).database.pool;
        let procurement = store::procurement_of(pool, tender, organisation).await;
        match procurement.map_err(database)? {
            Some(procurement) => Self::of(context, (procurement, tender)).await,
            None => Ok(Self::refused(Vec::new())),
        }
    }
}

impl Payload<OpeningRequested> for ProcurementPayload {
    async fn of(context: &Context<'_>, requested: OpeningRequested) -> Result<Self, Error> {
        let OpeningRequested(procurement) = requested;
        wait_until_opened(&backend(context).database, procurement)
            .await
            .map_err(database)?;
        Self::of(context, procurement).await
    }
}

/// Mutations of tenders.
#[derive(Default)]
pub struct TenderMutations;

#[Object]
impl TenderMutations {
    /// Seals and submits a tender for the company, nonprofit or social enterprise you act for; a
    /// later one for the same lots replaces it, alone or in the same group. Until it is opened, neither the buyer nor other
    /// organisations can read its content; your own members read `OwnTender.offer`.
    async fn submit_tender(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `submitTender`.")] input: SubmitTenderInput,
    ) -> Result<TenderPayload, Error> {
        mutate(context, input).await
    }

    /// Withdraws one of your tenders, until the deadline.
    async fn withdraw_tender(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawTender`.")] input: WithdrawTenderInput,
    ) -> Result<TenderPayload, Error> {
        mutate(context, input).await
    }

    /// Approves the opening of the tenders, once the deadline has passed. The first call requests
    /// it, and a call of another person with the role OPENER confirms it (an API key counts as the
    /// person who created it); one person is enough where `Organisation.openingRules` and the
    /// procedure allow it. After the last approval a separate process opens the tenders; the
    /// response waits at most three seconds for it. If `opening.confirmedAt` is set and
    /// `opening.openedAt` is null, read it again later.
    async fn open_tenders(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `openTenders`.")] input: OpenTendersInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }

    /// Cancels an opening that one person has requested and no other has confirmed. It can be
    /// requested again.
    async fn cancel_opening(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `cancelOpening`.")] input: CancelOpeningInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }
}
