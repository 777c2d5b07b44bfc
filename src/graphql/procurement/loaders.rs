//! Batch loaders for procurements, notices, lots and attachments.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    document::store::{self as documents, PublishedVersion},
    graphql::loaders::{Loaded, Loaders, group},
    kernel::{
        ids::{NoticeId, OrganisationId, PersonId, ProcurementId},
        paging::Page,
    },
    procurement::{
        Lot,
        changes::Change,
        invitation::JointInvitation,
        rules::{Ended, lots::LotEnd},
        store::{self as procurements, Consent, Notice, PlacedLot},
    },
};

impl Loader<NoticeId> for Loaders {
    type Value = Notice;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[NoticeId]) -> Loaded<NoticeId, Self::Value> {
        let found = procurements::notices_by_ids(&self.pool, keys).await?;
        Ok(found
            .into_iter()
            .map(|notice| (notice.id, notice))
            .collect())
    }
}

/// Key for the documents that a procurement's notices published.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttachmentsOf(pub ProcurementId);

impl Loader<AttachmentsOf> for Loaders {
    type Value = Arc<Vec<PublishedVersion>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AttachmentsOf]) -> Loaded<AttachmentsOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = documents::versions(&self.pool, &ids).await?;
        let groups = group(rows, |version| AttachmentsOf(version.procurement));
        Ok(groups
            .into_iter()
            .map(|(key, rows)| (key, Arc::new(rows)))
            .collect())
    }
}

/// Key for a page of a notice's lots, with one lot more if there are more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotPage {
    pub notice: NoticeId,
    pub page: Page<i32>,
}

impl Loader<LotPage> for Loaders {
    type Value = Arc<Vec<PlacedLot>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LotPage]) -> Loaded<LotPage, Self::Value> {
        let mut pages = HashMap::new();
        // One statement for each form of page; a query has one or two.
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let notices: Vec<NoticeId> = keys.iter().map(|key| key.notice).collect();
            let rows = procurements::lots(&self.pool, &notices, page).await?;
            for (notice, rows) in group(rows, |(notice, _)| *notice) {
                let lots = rows.into_iter().map(|(_, lot)| lot).collect();
                pages.insert(LotPage { notice, page }, Arc::new(lots));
            }
        }
        Ok(pages)
    }
}

/// Key for a page of a procurement's notices, with one notice more if there are more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoticePage {
    pub procurement: ProcurementId,
    pub page: Page<i32>,
}

impl Loader<NoticePage> for Loaders {
    type Value = Vec<Notice>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[NoticePage]) -> Loaded<NoticePage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = procurements::notices(&self.pool, &ids, page).await?;
            pages.extend(group(rows, |notice| NoticePage {
                procurement: notice.procurement,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of a procurement's notices.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoticeCount(pub ProcurementId);

impl Loader<NoticeCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[NoticeCount]) -> Loaded<NoticeCount, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let counts = procurements::notice_counts(&self.pool, &ids).await?;
        let count = |(id, count)| (NoticeCount(id), count);
        Ok(counts.into_iter().map(count).collect())
    }
}

/// Key for the number of a notice's lots.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotCount(pub NoticeId);

impl Loader<LotCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LotCount]) -> Loaded<LotCount, Self::Value> {
        let notices: Vec<NoticeId> = keys.iter().map(|key| key.0).collect();
        let counts = procurements::lot_counts(&self.pool, &notices).await?;
        Ok(counts
            .into_iter()
            .map(|(id, count)| (LotCount(id), count))
            .collect())
    }
}

/// Key for one lot of a notice.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LotOf(pub NoticeId, pub String);

impl Loader<LotOf> for Loaders {
    type Value = PlacedLot;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LotOf]) -> Loaded<LotOf, Self::Value> {
        let wanted: Vec<_> = keys.iter().map(|key| (key.0, key.1.clone())).collect();
        let found = procurements::lots_by_ids(&self.pool, &wanted).await?;
        let lots = found
            .into_iter()
            .map(|(notice, placed)| (LotOf(notice, placed.lot.id.clone()), placed));
        Ok(lots.collect::<HashMap<_, _>>())
    }
}

/// Key for all lots of a notice, with which a draft is compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AllLots(pub NoticeId);

impl Loader<AllLots> for Loaders {
    type Value = Arc<Vec<Lot>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AllLots]) -> Loaded<AllLots, Self::Value> {
        let ids: Vec<NoticeId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::lots(&self.pool, &ids, Page::whole()).await?;
        let lots = group(rows, |(notice, _)| AllLots(*notice)).into_iter();
        let lots = lots.map(|(key, rows)| {
            let lots = rows
                .into_iter()
                .map(|(_, placed)| Arc::unwrap_or_clone(placed.lot));
            (key, Arc::new(lots.collect()))
        });
        Ok(lots.collect())
    }
}

/// Key for the changes from the previous notice to this one; the first notice has no value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChangesOf(pub NoticeId);

impl Loader<ChangesOf> for Loaders {
    type Value = Arc<Vec<Change>>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ChangesOf]) -> Loaded<ChangesOf, Self::Value> {
        let ids: Vec<NoticeId> = keys.iter().map(|key| key.0).collect();
        let mut found = HashMap::new();
        for (id, beside) in procurements::successions(&self.pool, &ids).await? {
            let changes = beside
                .changes()
                .map_err(|error| sqlx::Error::Decode(error.into()))?;
            found.insert(ChangesOf(id), Arc::new(changes));
        }
        Ok(found)
    }
}

/// Key for the answers of a procurement's joint buyers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConsentsTo(pub ProcurementId);

impl Loader<ConsentsTo> for Loaders {
    type Value = Vec<Consent>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ConsentsTo]) -> Loaded<ConsentsTo, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::consents(&self.pool, &ids).await?;
        Ok(group(rows, |consent| ConsentsTo(consent.procurement)))
    }
}

/// Key for a buyer's invitations to joint procurements, the latest 100, newest first. The caller
/// checks the policy before it loads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct JointInvitationsOf(pub OrganisationId);

impl Loader<JointInvitationsOf> for Loaders {
    type Value = Vec<JointInvitation>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[JointInvitationsOf]) -> Loaded<JointInvitationsOf, Self::Value> {
        let ids: Vec<OrganisationId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::invitations::of_buyers(&self.pool, &ids).await?;
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (buyer, invitation) in rows {
            let of = found.entry(JointInvitationsOf(buyer)).or_default();
            of.push(invitation);
        }
        Ok(found)
    }
}

/// Key for how a procurement ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EndOf(pub ProcurementId);

impl Loader<EndOf> for Loaders {
    type Value = Ended;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EndOf]) -> Loaded<EndOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let rows = procurements::ends(&self.pool, &ids).await?;
        Ok(rows.into_iter().map(|(id, end)| (EndOf(id), end)).collect())
    }
}

/// Key for the lots of a procurement that ended without a winner.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotEndsOf(pub ProcurementId);

impl Loader<LotEndsOf> for Loaders {
    type Value = Vec<LotEnd>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LotEndsOf]) -> Loaded<LotEndsOf, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let mut ends: HashMap<_, Vec<LotEnd>> = HashMap::new();
        for (procurement, end) in procurements::lot_ends(&self.pool, &ids).await? {
            ends.entry(LotEndsOf(procurement)).or_default().push(end);
        }
        Ok(ends)
    }
}

/// Key for whether this person follows this procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Follows(pub PersonId, pub ProcurementId);

impl Loader<Follows> for Loaders {
    type Value = ();
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[Follows]) -> Loaded<Follows, Self::Value> {
        let mut followed = HashMap::new();
        for (person, keys) in group(keys.to_vec(), |key| key.0) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.1).collect();
            let found = procurements::followed(&self.pool, person, &ids).await?;
            followed.extend(found.into_iter().map(|id| (Follows(person, id), ())));
        }
        Ok(followed)
    }
}
