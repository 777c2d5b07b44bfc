//! Batch loaders for tenders, openings and awards.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    graphql::loaders::{Loaded, Loaders, group, parent_loader},
    kernel::ids::{
        AwardId, ComplaintId, JointBidInterestId, PersonId, ProcurementId, TenderGroupId, TenderId,
    },
    tender::store::{
        self as tenders, Award, OpenedTender, Opening, StoredReason, complaint::Complaint,
        interest::JointBidInterest, receipt::Head,
    },
};

parent_loader!(TenderId => ProcurementId: tenders::procurements_of_tenders);
parent_loader!(TenderGroupId => ProcurementId: tenders::group::procurements_of_groups);
parent_loader!(AwardId => ProcurementId: tenders::procurements_of_awards);

impl Loader<JointBidInterestId> for Loaders {
    type Value = JointBidInterest;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[JointBidInterestId]) -> Loaded<JointBidInterestId, Self::Value> {
        let rows = tenders::interest::by_ids(&self.pool, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<ComplaintId> for Loaders {
    type Value = Complaint;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ComplaintId]) -> Loaded<ComplaintId, Self::Value> {
        let rows = tenders::complaint::by_ids(&self.pool, keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Key for the complaints about a decision. The caller checks the policy before it loads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ComplaintsOf(pub AwardId);

impl Loader<ComplaintsOf> for Loaders {
    type Value = Vec<Complaint>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ComplaintsOf]) -> Loaded<ComplaintsOf, Self::Value> {
        let ids: Vec<AwardId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::complaint::of_awards(&self.pool, &ids).await?;
        Ok(group(rows, |complaint| ComplaintsOf(complaint.award)))
    }
}

/// Key for the reasons of a decision to all tenderers. The caller checks the policy before it loads
/// them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReasonsOf(pub AwardId);

impl Loader<ReasonsOf> for Loaders {
    type Value = Vec<StoredReason>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ReasonsOf]) -> Loaded<ReasonsOf, Self::Value> {
        let ids: Vec<AwardId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::reasons(&self.pool, &ids).await?;
        Ok(group(rows, |reason| ReasonsOf(reason.award)))
    }
}

/// Key for the record that a person reads an opened tender.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReadingOf {
    /// The person, who makes the request.
    pub person: PersonId,
    /// The procurement of the tender.
    pub procurement: ProcurementId,
    /// The tender.
    pub tender: TenderId,
}

/// Records the readings, all of one person, in one statement.
impl Loader<ReadingOf> for Loaders {
    type Value = ();
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ReadingOf]) -> Loaded<ReadingOf, ()> {
        let Some(person) = keys.first().map(|key| key.person) else {
            return Ok(HashMap::new());
        };
        let read: Vec<_> = keys
            .iter()
            .map(|key| (key.procurement, key.tender))
            .collect();
        let reader = (person, self.reader);
        tenders::reading::record(&self.pool, &read, reader, self.clock.now()).await?;
        Ok(keys.iter().map(|key| (*key, ())).collect())
    }
}

/// Key for the opening of a procurement's tenders.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpeningOf(pub ProcurementId);

impl Loader<OpeningOf> for Loaders {
    type Value = Opening;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OpeningOf]) -> Loaded<OpeningOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::openings(&self.pool, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (OpeningOf(row.procurement), row))
            .collect())
    }
}

/// Key for a procurement's opened tenders. The caller checks the policy before it loads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpenedOf(pub ProcurementId);

impl Loader<OpenedOf> for Loaders {
    type Value = Vec<OpenedTender>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OpenedOf]) -> Loaded<OpenedOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::opened(&self.pool, &ids).await?;
        Ok(group(rows, |tender| OpenedOf(tender.procurement)))
    }
}

/// Key for all decisions of a procurement, ordered by lot, then by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AwardsOf(pub ProcurementId);

impl Loader<AwardsOf> for Loaders {
    type Value = Vec<Award>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AwardsOf]) -> Loaded<AwardsOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::awards(&self.pool, &ids).await?;
        Ok(group(rows, |award| AwardsOf(award.procurement)))
    }
}

/// Key for the last entry of a procurement's chain. The caller checks that the deadline has passed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHeadOf(pub ProcurementId);

impl Loader<ChainHeadOf> for Loaders {
    type Value = Head;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ChainHeadOf]) -> Loaded<ChainHeadOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::receipt::heads(&self.pool, &ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (ChainHeadOf(row.procurement), row))
            .collect())
    }
}

/// Key for the tenders that the reader's organisation submitted to a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnTendersOf(pub ProcurementId);

impl Loader<OwnTendersOf> for Loaders {
    type Value = Vec<tenders::OwnTender>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OwnTendersOf]) -> Loaded<OwnTendersOf, Self::Value> {
        let Some(reader) = self.reader else {
            return Ok(HashMap::new());
        };
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = tenders::of_supplier(&self.pool, &ids, reader).await?;
        Ok(group(rows, |receipt| OwnTendersOf(receipt.procurement)))
    }
}
