//! Ending lots without a winner.

use async_graphql::{Context, Error, ID, Object};

use super::{
    ending::NonAwardReason,
    lot_end::LotOutcome,
    mutations::{ProcurementPayload, procurement_id},
};
use crate::{
    graphql::{
        mutate::{MutationInput, input, mutate},
        scalars::{Translations, localized},
    },
    kernel::refusal::Fallible,
    procurement::end_lot,
};

input! {
    /// Input for `endLot`.
    struct EndLotInput {
        /// Procurement in phase TENDERING or EVALUATION.
        procurement_id: ID,
        /// Lot without an award decision in force (`Lot.lotId`).
        lot_id: String,
        /// CANCELLED, or after the deadline UNSUCCESSFUL.
        outcome: LotOutcome,
        /// Reason why no winner was chosen.
        reason_code: NonAwardReason,
        /// Reason in words, at most 20,000 characters a language. Public.
        reason: Translations,
    }
}

impl MutationInput for EndLotInput {
    type Command = end_lot::EndLot;

    fn command(self, _: &Context<'_>) -> Fallible<end_lot::EndLot> {
        Ok(end_lot::EndLot {
            procurement: procurement_id(&self.procurement_id)?,
            lot: self.lot_id,
            outcome: self.outcome.into(),
            reason_code: self.reason_code.into(),
            reason: localized(self.reason),
        })
    }
}

/// Mutations of lots.
#[derive(Default)]
pub struct LotMutations;

#[Object]
impl LotMutations {
    /// Ends a lot without a winner, while other lots go on. Once every lot has ended or is awarded,
    /// the procurement is AWARDED if one is awarded, else UNSUCCESSFUL or CANCELLED.
    async fn end_lot(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `endLot`.")] input: EndLotInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }
}
