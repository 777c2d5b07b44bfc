//! Interests in joint bids: reading, declaring, taking back.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Connection, EmptyFields},
    dataloader::Loader,
};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{
        connection::connection,
        context::request,
        errors::{loading, refused},
        loaders::{Loaded, Loaders, group},
        mutate::{MutationInput, input, mutate},
        organisation::Organisation,
        procurement::{ProcurementPayload, procurement_id},
        scalars::{Localized, Translations, localized},
    },
    kernel::{
        ids::{JointBidInterestId, ProcurementId},
        paging::{Page, Slice},
        refusal::{Code, Fallible, Refusal},
    },
    tender::{
        interest::{DeclareInterest, WithdrawInterest},
        rules::Wish,
        store::interest::{self as store, Place},
    },
};

/// What a supplier that would bid with others wishes.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Wish")]
pub enum JointBidWish {
    /// It would lead a bid and looks for others to join.
    LookingForPartners,
    /// It would join the bid of another.
    OfferingPartnership,
}

/// A supplier's word that it would bid with others.
#[derive(Clone)]
pub struct JointBidInterest(store::JointBidInterest);

/// A supplier's word that it would bid with others for this procurement. It is public by the
/// supplier's own choice, and says nothing of whether it tenders.
#[Object]
impl JointBidInterest {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Who. Its profile is shown if it is public.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// What it wishes.
    async fn wish(&self) -> JointBidWish {
        self.0.wish.into()
    }

    /// What it brings or lacks.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// When it said so last.
    async fn declared_at(&self) -> DateTime<Utc> {
        self.0.declared_at
    }
}

/// A page of a procurement's interests.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct InterestPage {
    procurement: ProcurementId,
    after: Option<Place>,
    first: i64,
}

impl Loader<InterestPage> for Loaders {
    type Value = Slice<store::JointBidInterest>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[InterestPage]) -> Loaded<InterestPage, Self::Value> {
        let mut pages = HashMap::new();
        for ((after, first), keys) in group(keys.to_vec(), |key| (key.after, key.first)) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = store::of_procurements(&self.pool, &ids, after, first).await?;
            for (procurement, rows) in group(rows, |row| row.procurement) {
                let page = InterestPage {
                    procurement,
                    after,
                    first,
                };
                pages.insert(page, Slice::from_overfetch(rows, first));
            }
        }
        Ok(pages)
    }
}

/// A page of the interests in a procurement, newest first.
pub async fn interests(
    context: &Context<'_>,
    procurement: ProcurementId,
    first: i32,
    after: Option<String>,
) -> Result<Connection<String, JointBidInterest, EmptyFields, EmptyFields>, Error> {
    let page = Page::new(first, after.as_deref()).map_err(refused)?;
    let after = page.after.as_deref().map(read_place).transpose()?;
    let key = InterestPage {
        procurement,
        after,
        first: page.first,
    };
    let found = request(context).loader.load_one(key).await;
    let found = found.map_err(loading)?;
    let (items, more) = found.map_or((Vec::new(), false), |slice| (slice.items, slice.more));
    let slice = Slice {
        items: items.into_iter().map(JointBidInterest).collect(),
        more,
    };
    Ok(connection(
        slice,
        after.is_some(),
        EmptyFields,
        |interest: &JointBidInterest| {
            let at = interest.0.declared_at.timestamp_micros();
            format!("{at} {}", interest.0.id.0)
        },
    ))
}

fn read_place(place: &str) -> Result<Place, Error> {
    let read = || {
        let (at, id) = place.split_once(' ')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some((at, JointBidInterestId(id.parse().ok()?)))
    };
    read().ok_or_else(|| {
        let message = "`after` is not a cursor of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}

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
