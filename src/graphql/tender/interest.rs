//! Interests in joint bids: reading, declaring, taking back.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, Enum, Error, ID, InputObject, Object,
    connection::{Connection, EmptyFields},
    dataloader::Loader,
};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{
        connection::connection,
        context::{backend, request},
        errors::{loading, refused},
        inputs::{id, key},
        loaders::{Loaded, Loaders, group},
        organisation::Organisation,
        procurement::ProcurementPayload,
        scalars::{Localized, Translations, localized},
    },
    kernel::{
        ids::{JointBidInterestId, ProcurementId},
        paging::{Page, Slice},
        refusal::{Code, Refusal},
    },
    tender::{
        interest,
        store::interest::{self as store, Place},
    },
};

/// What a supplier that would bid with others wishes.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "interest::Wish")]
pub enum JointBidWish {
    /// It would lead a bid and looks for others to join.
    LookingForPartners,
    /// It would join the bid of another.
    OfferingPartnership,
}

/// A supplier's word that it would bid with others.
#[derive(Clone)]
pub struct JointBidInterest(store::JointBidInterest);

/// A supplier's word that it would bid with others for this procurement. It is public by the supplier's own choice, and
/// says nothing of whether it tenders.
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

/// An interest in a joint bid.
#[derive(InputObject)]
struct DeclareJointBidInterestInput {
    /// For which procurement; UPCOMING or TENDERING.
    procurement_id: ID,
    /// What you wish.
    wish: JointBidWish,
    /// What you bring or look for, at most 10,000 characters a language. Everyone reads it, the buyer and other
    /// suppliers too.
    text: Translations,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An interest to take back.
#[derive(InputObject)]
struct WithdrawJointBidInterestInput {
    /// In which procurement.
    procurement_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// Joint bids.
#[derive(Default)]
pub struct InterestMutations;

#[Object]
impl InterestMutations {
    /// Says in public that your organisation would bid with others for a procurement: its name stands in the
    /// procurement's `jointBidInterests` until you take it back. Saying it again replaces what you said.
    async fn declare_joint_bid_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: DeclareJointBidInterestInput,
    ) -> Result<ProcurementPayload, Error> {
        let declare = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = interest::Declare {
                procurement: procurement(&input.procurement_id)?,
                wish: input.wish.into(),
                text: localized(input.text),
            };
            interest::declare(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        ProcurementPayload::of(context, declare.await).await
    }

    /// Takes back that your organisation would bid with others; nothing of it stays public.
    async fn withdraw_joint_bid_interest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: WithdrawJointBidInterestInput,
    ) -> Result<ProcurementPayload, Error> {
        let withdraw = async {
            let key = key(input.idempotency_key.as_deref())?;
            interest::withdraw(
                &backend(context).database,
                &request(context).actor,
                procurement(&input.procurement_id)?,
                key.as_ref(),
            )
            .await
        };
        ProcurementPayload::of(context, withdraw.await).await
    }
}

fn procurement(global: &str) -> Result<ProcurementId, Refusal> {
    id(global, "procurementId", ProcurementId::from_global)
}
