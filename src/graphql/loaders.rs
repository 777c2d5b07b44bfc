//! Batch loading: one SQL statement answers all keys that one level of a query asks for.
//!
//! Each feature implements [`Loader`] for [`Loaders`] in its own `loaders.rs`. This file has the
//! lookups by global ID that several features use.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use sqlx::PgPool;

use crate::{
    auth::{self, Person},
    database::Database,
    document::store::{self as documents, Document},
    kernel::{
        clock::Clock,
        ids::{DocumentId, OrganisationId, PersonId, ProcurementId},
    },
    organisation::{self, Organisation},
    procurement::store::{self as procurements, Procurement},
};

/// Source of the batch loaders for one reader.
pub struct Loaders {
    pub pool: PgPool,
    /// Organisation that the reader acts for. It decides which questions and tenders are the
    /// reader's own.
    pub reader: Option<OrganisationId>,
    /// Clock that decides which rows are public.
    pub clock: Clock,
}

impl Loaders {
    /// Returns the source for a reader who acts for `reader`.
    pub(super) fn new(database: &Database, reader: Option<OrganisationId>) -> Self {
        Self {
            pool: database.pool.clone(),
            reader,
            clock: database.clock.clone(),
        }
    }
}

/// Loads rows by key in batches. Each user of it decides whether rows are cached.
pub(super) type BatchLoader = DataLoader<Loaders, HashMapCache>;

/// Rows of a batch by their keys. A key without a row is absent.
pub(super) type Loaded<K, V> = Result<HashMap<K, V>, Arc<sqlx::Error>>;

/// Groups rows by the key that `key` returns.
pub(super) fn group<K: Eq + Hash, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

/// Key for the object that this one belongs to. The parent decides who may see its child.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ParentOf<Child>(pub Child);

/// Implements the loader of a [`ParentOf`] with the store function that finds parents by the IDs of
/// their children.
macro_rules! parent_loader {
    ($child:ty => $parent:ty: $load:path) => {
        impl async_graphql::dataloader::Loader<$crate::graphql::loaders::ParentOf<$child>>
            for $crate::graphql::loaders::Loaders
        {
            type Value = $parent;
            type Error = std::sync::Arc<sqlx::Error>;

            async fn load(
                &self,
                keys: &[$crate::graphql::loaders::ParentOf<$child>],
            ) -> $crate::graphql::loaders::Loaded<
                $crate::graphql::loaders::ParentOf<$child>,
                $parent,
            > {
                let ids: Vec<$child> = keys.iter().map(|key| key.0).collect();
                let rows = $load(&self.pool, &ids).await?;
                let parent = |(id, parent)| ($crate::graphql::loaders::ParentOf(id), parent);
                Ok(rows.into_iter().map(parent).collect())
            }
        }
    };
}
pub(super) use parent_loader;

/// Key for the procurement with this open contracting ID (OCDS `ocid`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ByOcid(pub String);

impl Loader<ByOcid> for Loaders {
    type Value = ProcurementId;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ByOcid]) -> Loaded<ByOcid, Self::Value> {
        let ocids: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let found = procurements::ids_by_ocids(&self.pool, &ocids).await?;
        Ok(found
            .into_iter()
            .map(|(ocid, id)| (ByOcid(ocid), id))
            .collect())
    }
}

impl Loader<ProcurementId> for Loaders {
    type Value = Arc<Procurement>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ProcurementId]) -> Loaded<ProcurementId, Self::Value> {
        let found = procurements::by_ids(&self.pool, keys).await?;
        Ok(found.into_iter().map(|p| (p.id, Arc::new(p))).collect())
    }
}

impl Loader<DocumentId> for Loaders {
    type Value = Document;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DocumentId]) -> Loaded<DocumentId, Self::Value> {
        let found = documents::by_ids(&self.pool, keys, self.clock.now()).await?;
        Ok(found.into_iter().map(|d| (d.id, d)).collect())
    }
}

impl Loader<OrganisationId> for Loaders {
    type Value = Organisation;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[OrganisationId]) -> Loaded<OrganisationId, Self::Value> {
        let found = organisation::store::by_ids(&self.pool, keys).await?;
        Ok(found.into_iter().map(|o| (o.id, o)).collect())
    }
}

/// Persons with their memberships as they are now. They act for no organisation yet.
impl Loader<PersonId> for Loaders {
    type Value = Person;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[PersonId]) -> Loaded<PersonId, Self::Value> {
        let found = auth::store::by_ids(&self.pool, keys, self.clock.now()).await?;
        Ok(found.into_iter().map(|p| (p.id, p)).collect())
    }
}
