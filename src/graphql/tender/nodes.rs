//! Loads tenders, awards and interests by global ID, for `node`. Each is `None` when it does not
//! exist or when the reader may not see it.

use async_graphql::{Context, Error};

use super::{
    Award, AwardsOf, Complaint, JointBidInterest, OpenedOf, OwnTender, OwnTendersOf, Tender,
    record_reading,
};
use crate::{
    graphql::{
        context::request,
        errors::loading,
        loaders::{Loaders, ParentOf},
        procurement::Procurement,
    },
    kernel::ids::{AwardId, ComplaintId, JointBidInterestId, OwnTenderId, ProcurementId, TenderId},
    procurement::read,
};

/// Loads the procurement that an object belongs to.
async fn procurement_of<Child>(
    context: &Context<'_>,
    child: Child,
) -> Result<Option<Procurement>, Error>
where
    Child: Copy + Send + Sync + Eq + std::hash::Hash + 'static,
    Loaders: async_graphql::dataloader::Loader<
            ParentOf<Child>,
            Value = ProcurementId,
            Error = std::sync::Arc<sqlx::Error>,
        >,
{
    let found = request(context).loader.load_one(ParentOf(child)).await;
    match found.map_err(loading)? {
        Some(procurement) => Procurement::load(context, procurement).await,
        None => Ok(None),
    }
}

impl Tender {
    /// Loads the opened tender with this ID, for those who may read opened tenders.
    pub async fn resolve(context: &Context<'_>, id: TenderId) -> Result<Option<Self>, Error> {
        let request = request(context);
        let procurement = procurement_of(context, id).await?;
        let readable =
            procurement.filter(|found| read::may_read_tenders(&request.actor, &found.stored));
        let Some(procurement) = readable else {
            return Ok(None);
        };
        let opened = request.loader.load_one(OpenedOf(procurement.stored.id));
        let mut opened = opened
            .await
            .map_err(loading)?
            .unwrap_or_default()
            .into_iter();
        let found = opened.find(|tender| tender.id == id);
        if found.is_some() {
            record_reading(context, procurement.stored.id, &[id]).await?;
        }
        Ok(found.map(Self))
    }
}

impl OwnTender {
    /// Loads the receipt with this ID if the reader's organisation submitted the tender.
    pub async fn resolve(context: &Context<'_>, id: OwnTenderId) -> Result<Option<Self>, Error> {
        let id = TenderId(id.0);
        let Some(procurement) = procurement_of(context, id).await? else {
            return Ok(None);
        };
        let key = OwnTendersOf(procurement.stored.id);
        let own = request(context).loader.load_one(key).await;
        let mut own = own.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(own.find(|receipt| receipt.id == id).map(Self))
    }
}

impl Award {
    /// Loads the award with this ID.
    pub async fn resolve(context: &Context<'_>, id: AwardId) -> Result<Option<Self>, Error> {
        let Some(procurement) = procurement_of(context, id).await? else {
            return Ok(None);
        };
        let awards = request(context)
            .loader
            .load_one(AwardsOf(procurement.stored.id));
        let mut awards = awards
            .await
            .map_err(loading)?
            .unwrap_or_default()
            .into_iter();
        Ok(awards.find(|award| award.id == id).map(Self))
    }
}

impl Complaint {
    /// Loads the complaint with this ID, for its complainant and for the buyers' members who may
    /// read it.
    pub async fn resolve(context: &Context<'_>, id: ComplaintId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        let Some(complaint) = found.map_err(loading)? else {
            return Ok(None);
        };
        let Some(award) = Award::resolve(context, complaint.award).await? else {
            return Ok(None);
        };
        let own = super::award::acting_for(context) == Some(complaint.organisation);
        let readable = own || award.may_read_all(context).await?;
        Ok(readable.then_some(Self(complaint)))
    }
}

impl JointBidInterest {
    /// Loads the interest with this ID.
    pub async fn resolve(
        context: &Context<'_>,
        id: JointBidInterestId,
    ) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        let Some(interest) = found.map_err(loading)? else {
            return Ok(None);
        };
        let procurement = Procurement::load(context, interest.procurement).await?;
        Ok(procurement.map(|_| Self(interest)))
    }
}
