//! The mutations that declare and withdraw interests in joint bids.

use async_graphql::{Context, Error, ID, Object};

use super::interest::JointBidWish;
use crate::{
    graphql::{
        mutate::{MutationInput, input, mutate},
        procurement::{ProcurementPayload, procurement_id},
        scalars::{Translations, localized},
    },
    kernel::refusal::Fallible,
    tender::interest::{DeclareInterest, WithdrawInterest},
};

input! {
    /// Input for `declareJointBidInterest`.
    struct DeclareJointBidInterestInput {
        /// Procurement to bid for; it must be UPCOMING or TENDERING.
        procurement_id: ID,
        /// What your organisation offers or seeks.
        wish: JointBidWish,
        /// What your organisation can contribute or needs, at most 10,000 characters a language.
        /// Public: the buyer and other suppliers read it.
        text: Translations,
    }
}

impl MutationInput for DeclareJointBidInterestInput {
    type Command = DeclareInterest;

    fn command(self, _: &Context<'_>) -> Fallible<DeclareInterest> {
        Ok(DeclareInterest {
            procurement: procurement_id(&self.procurement_id)?,
            wish: self.wish.into(),
            text: localized(self.text),
        })
    }
}

input! {
    /// Input for `withdrawJointBidInterest`.
    struct WithdrawJointBidInterestInput {
        /// Procurement in which your organisation declared an interest.
        procurement_id: ID,
    }
}

impl MutationInput for WithdrawJointBidInterestInput {
    type Command = WithdrawInterest;

    fn command(self, _: &Context<'_>) -> Fallible<WithdrawInterest> {
        Ok(WithdrawInterest(procurement_id(&self.procurement_id)?))
    }
}

/// Mutations of interests in joint bids.
#[derive(Default)]
pub struct InterestMutations;

#[Object]
impl InterestMutations {
    /// Declares in public that your organisation wants to bid for a procurement together with
    /// others. The procurement's `jointBidInterests` names it until you withdraw the interest.
    /// Declaring again replaces the earlier interest.
    async fn declare_joint_bid_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `declareJointBidInterest`.")]
        input: DeclareJointBidInterestInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }

    /// Deletes your organisation's interest in a joint bid; nothing of it stays public.
    async fn withdraw_joint_bid_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `withdrawJointBidInterest`.")]
        input: WithdrawJointBidInterestInput,
    ) -> Result<ProcurementPayload, Error> {
        mutate(context, input).await
    }
}
