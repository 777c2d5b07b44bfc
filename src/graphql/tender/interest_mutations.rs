//! The mutations that declare and withdraw interests in joint bids.

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Edge, EmptyFields},
};

use super::interest::{JointBidInterest, JointBidWish};
use crate::{
    graphql::{
        context::{backend, request},
        errors::database,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        procurement::{Procurement, ProcurementPayload, procurement_id},
        scalars::{Translations, localized},
    },
    kernel::{ids::ProcurementId, refusal::Fallible},
    tender::{
        interest::{DeclareInterest, WithdrawInterest},
        store::interest as store,
    },
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

payload! {
    /// Result of `declareJointBidInterest`.
    struct JointBidInterestPayload {
        /// The interest as declared. Null when refused, and for a repeated request once the
        /// interest is withdrawn.
        interest: JointBidInterest,
        /// The interest in the list `Procurement.jointBidInterests`; null when `interest` is.
        interest_edge: Edge<String, JointBidInterest, EmptyFields>,
        /// Procurement of the interest; null when refused.
        procurement: Procurement,
    }
}

impl Payload<ProcurementId> for JointBidInterestPayload {
    async fn of(context: &Context<'_>, procurement: ProcurementId) -> Result<Self, Error> {
        let person = request(context).actor.person();
        let interest = match person.and_then(|person| person.acting_for) {
            Some(organisation) => {
                let pool = &backend(context).database.pool;
                let found = store::of_organisation(pool, procurement, organisation).await;
                found.map_err(database)?.map(JointBidInterest)
            }
            None => None,
        };
        Ok(Self {
            interest_edge: interest.as_ref().map(JointBidInterest::edge),
            interest,
            procurement: Procurement::load(context, procurement).await?,
            ..Self::refused(Vec::new())
        })
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
    ) -> Result<JointBidInterestPayload, Error> {
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
