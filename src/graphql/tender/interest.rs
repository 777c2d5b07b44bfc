//! The type of interests in joint bids and its loader.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Edge, EmptyFields},
    dataloader::Loader,
};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{
        connection::{List, Total, edge, listed},
        context::request,
        errors::loading,
        loaders::{Loaded, Loaders, group},
        organisation::Organisation,
        scalars::Localized,
    },
    kernel::{
        clock::minute,
        ids::{JointBidInterestId, ProcurementId},
        paging::{ListId, Page, TimePosition},
    },
    tender::{rules, store::interest as store},
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

/// Field that lists the interests in a procurement.
const INTERESTS: &str = "Procurement.jointBidInterests";

impl JointBidInterest {
    /// Returns the interest as an edge of the list of its procurement.
    pub fn edge(&self) -> Edge<String, Self, EmptyFields> {
        let list = ListId::new(INTERESTS, &self.0.procurement);
        edge(list, &self.position(), self.clone())
    }

    fn position(&self) -> TimePosition<JointBidInterestId> {
        TimePosition {
            at: self.0.declared_at,
            id: self.0.id,
        }
    }
}

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
        Localized::from(self.0.text.clone())
    }

    /// Time of the latest declaration, to the minute.
    async fn declared_at(&self) -> DateTime<Utc> {
        minute(self.0.declared_at)
    }
}

/// Key for a page of the interests in a procurement, with one interest more if there are more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct InterestPage {
    procurement: ProcurementId,
    page: Page<TimePosition<JointBidInterestId>>,
}

impl Loader<InterestPage> for Loaders {
    type Value = Vec<store::JointBidInterest>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[InterestPage]) -> Loaded<InterestPage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = store::of_procurements(&self.pool, &ids, page).await?;
            pages.extend(group(rows, |row| InterestPage {
                procurement: row.procurement,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of interests in a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct InterestCount(ProcurementId);

impl Loader<InterestCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[InterestCount]) -> Loaded<InterestCount, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let counts = store::counts(&self.pool, &ids).await?;
        let count = |(id, count)| (InterestCount(id), count);
        Ok(counts.into_iter().map(count).collect())
    }
}

/// Loads a page of the interests in a procurement, newest first.
pub async fn interests(
    context: &Context<'_>,
    procurement: ProcurementId,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<List<JointBidInterest>, Error> {
    let listed = listed(INTERESTS, &procurement, arguments)?;
    let key = InterestPage {
        procurement,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let found = found.map_err(loading)?.unwrap_or_default();
    let slice = listed.page.slice(found).map(JointBidInterest);
    let total = Total::loaded(InterestCount(procurement));
    Ok(listed.connection(slice, total, |interest| interest.position()))
}
