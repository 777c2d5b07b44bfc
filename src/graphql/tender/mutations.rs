//! Submitting, withdrawing, opening and awarding.

use std::time::Duration;

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::{loaders::OwnTendersOf, types::OwnTender};
use crate::{
    graphql::{
        context::{backend, request},
        errors::{UserError, database, loading, user_errors},
        inputs::{id, key},
        procurement::ProcurementPayload,
        scalars::{MoneyInput, Translations, localized},
    },
    kernel::{
        ids::{ProcurementId, TenderId},
        refusal::{Failure, Fallible},
    },
    tender::{award, open, sealing::TenderContent, store, submit},
};

/// An offer.
#[derive(InputObject)]
struct SubmitTenderInput {
    /// To which procurement.
    procurement_id: ID,
    /// For which lots (`Lot.lotId`).
    lot_ids: Vec<String>,
    /// The price for all of them, without VAT.
    price: MoneyInput,
    /// The offer in words, at most 100,000 characters.
    text: String,
    /// Repeating the request with this key answers as the first time. Use one: a lost answer is then no lost tender.
    idempotency_key: Option<String>,
}

/// A withdrawal.
#[derive(InputObject)]
struct WithdrawTenderInput {
    /// Which of your tenders.
    tender_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An opening.
#[derive(InputObject)]
struct OpenTendersInput {
    /// Which procurement's tenders.
    procurement_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An award decision.
#[derive(InputObject)]
struct AwardProcurementInput {
    /// Of which procurement.
    procurement_id: ID,
    /// Which lot (`Lot.lotId`).
    lot_id: String,
    /// Who wins it.
    tender_id: ID,
    /// Why, for everyone to read.
    reason: Translations,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The receipt, or why it was refused.
#[derive(SimpleObject)]
struct TenderPayload {
    /// The receipt; null when refused.
    tender: Option<OwnTender>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl TenderPayload {
    async fn of(
        context: &Context<'_>,
        outcome: Fallible<(ProcurementId, TenderId)>,
    ) -> Result<Self, Error> {
        let (procurement, tender) = match outcome {
            Ok(ids) => ids,
            Err(failure) => {
                return Ok(Self {
                    tender: None,
                    user_errors: user_errors(failure)?,
                });
            }
        };
        let loader = &request(context).loader;
        let own = loader
            .load_one(OwnTendersOf(procurement))
            .await
            .map_err(loading)?;
        let found = own
            .unwrap_or_default()
            .into_iter()
            .find(|receipt| receipt.id == tender);
        Ok(Self {
            tender: found.map(OwnTender),
            user_errors: Vec::new(),
        })
    }
}

/// Tenders.
#[derive(Default)]
pub struct TenderMutations;

#[Object]
impl TenderMutations {
    /// Seals and submits a tender for the company, nonprofit or social enterprise you act for; a later one replaces it.
    /// From here on nobody can read it until it is opened: not the buyer, not you, not those who run Torg.
    async fn submit_tender(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: SubmitTenderInput,
    ) -> Result<TenderPayload, Error> {
        let submit = async {
            let key = key(input.idempotency_key.as_deref())?;
            let procurement = id(
                &input.procurement_id,
                "procurementId",
                ProcurementId::from_global,
            )?;
            let command = submit::Submit {
                procurement,
                content: TenderContent {
                    lots: input.lot_ids,
                    price: input.price.into(),
                    text: input.text,
                },
            };
            let backend = backend(context);
            let actor = &request(context).actor;
            let tender = submit::submit(
                &backend.database,
                &backend.sealing,
                &backend.reservations,
                actor,
                command,
                key.as_ref(),
            )
            .await?;
            Ok((procurement, tender))
        };
        TenderPayload::of(context, submit.await).await
    }

    /// Withdraws one of your tenders; possible until the deadline.
    async fn withdraw_tender(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: WithdrawTenderInput,
    ) -> Result<TenderPayload, Error> {
        let withdraw = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = submit::Withdraw {
                tender: id(&input.tender_id, "tenderId", TenderId::from_global)?,
            };
            submit::withdraw(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        TenderPayload::of(context, withdraw.await).await
    }

    /// Opens the tenders, once the deadline has passed. The opener's process does it; the answer waits some seconds for
    /// it (`opening.openedAt` is null if it takes longer: read again).
    async fn open_tenders(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: OpenTendersInput,
    ) -> Result<ProcurementPayload, Error> {
        let open = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = open::Open {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
            };
            open::open(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        let outcome: Result<ProcurementId, Failure> = open.await;
        if let Ok(id) = outcome {
            wait_for_opening(context, id).await?;
        }
        ProcurementPayload::of(context, outcome).await
    }

    /// Awards a lot to an opened tender; once every lot is awarded the procurement is AWARDED.
    async fn award_procurement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AwardProcurementInput,
    ) -> Result<ProcurementPayload, Error> {
        let award = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = award::Award {
                procurement: id(
                    &input.procurement_id,
                    "procurementId",
                    ProcurementId::from_global,
                )?,
                lot: input.lot_id,
                tender: id(&input.tender_id, "tenderId", TenderId::from_global)?,
                reason: localized(input.reason),
            };
            award::award(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        ProcurementPayload::of(context, award.await).await
    }
}

/// Looks for the opening a few times, so that most clients need not ask again.
async fn wait_for_opening(context: &Context<'_>, id: ProcurementId) -> Result<(), Error> {
    const LOOKS: u32 = 40;
    const PAUSE: Duration = Duration::from_millis(75);
    for _ in 0..LOOKS {
        let found = store::openings(&backend(context).database.pool, &[id])
            .await
            .map_err(database)?;
        if found.iter().any(|opening| opening.opened_at.is_some()) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
