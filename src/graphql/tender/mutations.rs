//! Submitting, withdrawing and opening.

use async_graphql::{Context, Error, ID, Object};

use super::{loaders::OwnTendersOf, types::OwnTender};
use crate::{
    graphql::{
        context::{backend, request},
        errors::{database, loading},
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::{Procurement, ProcurementPayload, procurement_id},
        scalars::MoneyInput,
    },
    kernel::{
        ids::{OwnTenderId, ProcurementId, TenderId},
        refusal::Fallible,
    },
    tender::{
        content::TenderContent,
        open::{OpenTenders, OpeningRequested, wait_until_opened},
        store,
        submit::{SubmitTender, WithdrawTender},
    },
};

input! {
    /// Input for `submitTender`.
    struct SubmitTenderInput {
        /// Procurement to tender for; it must be TENDERING.
        procurement_id: ID,
        /// Lots that the tender is for (`Lot.lotId`); at least one, each once.
        lot_ids: Vec<String>,
        /// Total price for these lots, excluding VAT.
        price: MoneyInput,
        /// Offer in words, 1 to 100,000 characters.
        text: String,
    }
}

impl MutationInput for SubmitTenderInput {
    type Command = SubmitTender;

    fn command(self, context: &Context<'_>) -> Fallible<SubmitTender> {
        let backend = backend(context);
        Ok(SubmitTender {
            procurement: procurement_id(&self.procurement_id)?,
            content: TenderContent {
                lots: self.lot_ids,
                price: self.price.into(),
                text: self.text,
            },
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

payload! {
    /// Result of a change of one of your tenders.
    struct TenderPayload {
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
    /// later one replaces it. Until it is opened, its content is unreadable for everyone: the
    /// buyer, you, and the operators of Torg.
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

    /// Opens the tenders once the deadline has passed. A separate process opens them; the response
    /// waits at most three seconds for it. If `opening.openedAt` is null, read it again later.
    async fn open_tenders(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `openTenders`.")] input: OpenTendersInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }
}
