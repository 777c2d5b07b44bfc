//! The type of interests in joint bids and its loader.

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
        organisation::Organisation,
        scalars::Localized,
    },
    kernel::{
        ids::{JointBidInterestId, ProcurementId},
        paging::{Page, Slice},
        refusal::{Code, Refusal},
    },
    tender::{
        rules,
        store::interest::{self as store, InterestCursor},
    },
};

/// Role that a supplier wishes to have in a joint bid.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::JointBidWish")]
pub enum JointBidWish {
    /// The supplier would lead a joint bid and looks for partners.
    LookingForPartners,
    /// The supplier would join a joint bid that another leads.
    OfferingPartnership,
}

/// A stored interest in a joint bid.
#[derive(Clone)]
pub struct JointBidInterest(pub store::JointBidInterest);

/// Public statement of a supplier that it would bid for this procurement together with others. It
/// does not say whether the supplier submits a tender.
#[Object]
impl JointBidInterest {
    /// Opaque global ID.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Supplier that declared the interest. Its profile is visible only if it is public.
    async fn organisation(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// Role that the supplier wishes to have.
    async fn wish(&self) -> JointBidWish {
        self.0.wish.into()
    }

    /// What the supplier offers or looks for.
    async fn text(&self) -> Localized {
        Localized(self.0.text.clone())
    }

    /// Time of the latest declaration.
    async fn declared_at(&self) -> DateTime<Utc> {
        self.0.declared_at
    }
}

/// Key for a page of the interests in a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct InterestPage {
    procurement: ProcurementId,
    after: Option<InterestCursor>,
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

/// Loads a page of the interests in a procurement, newest first.
pub async fn interests(
    context: &Context<'_>,
    procurement: ProcurementId,
    first: i32,
    after: Option<String>,
) -> Result<Connection<String, JointBidInterest, EmptyFields, EmptyFields>, Error> {
    let page = Page::new(first, after.as_deref()).map_err(refused)?;
    let after = page.after.as_deref().map(read_cursor).transpose()?;
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

fn read_cursor(cursor: &str) -> Result<InterestCursor, Error> {
    let read = || {
        let (at, id) = cursor.split_once(' ')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some((at, JointBidInterestId(id.parse().ok()?)))
    };
    read().ok_or_else(|| {
        let message = "`after` must be a cursor of this list: `pageInfo.endCursor` of an earlier page, unchanged";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}
