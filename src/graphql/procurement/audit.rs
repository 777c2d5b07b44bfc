//! The audit log of a procurement, as its buyer reads it.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Error, ID, Object, dataloader::Loader, types::Json};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    auth::policy::table,
    graphql::{
        connection::{List, Total, listed},
        context::request,
        errors::loading,
        loaders::{Loaded, Loaders, group},
    },
    kernel::{
        ids::{ProcurementId, encode_global, json_key},
        paging::Page,
    },
    procurement::{
        read,
        store::{Procurement, audits},
    },
};

/// An entry of the audit log.
pub struct AuditEntry(audits::AuditEntry);

impl AuditEntry {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "AuditEntry";

    /// Loads the entry with this ID, for those who may read it.
    pub async fn resolve(
        context: &Context<'_>,
        (procurement, id): (ProcurementId, i64),
    ) -> Result<Option<Self>, Error> {
        let request = request(context);
        let found = request.loader.load_one(procurement).await;
        let Some(procurement) = found.map_err(loading)? else {
            return Ok(None);
        };
        if !may_read(context, &procurement) {
            return Ok(None);
        }
        let found = request.loader.load_one(AuditKey(procurement.id, id)).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

fn may_read(context: &Context<'_>, procurement: &Procurement) -> bool {
    let rule = const { table::of("Procurement", "audit") };
    rule.admits(&request(context).actor, &read::subject(procurement))
}

/// Key for an entry of the audit log of a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct AuditKey(ProcurementId, i64);

impl Loader<AuditKey> for Loaders {
    type Value = audits::AuditEntry;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AuditKey]) -> Loaded<AuditKey, Self::Value> {
        let ids: Vec<i64> = keys.iter().map(|key| key.1).collect();
        let rows = audits::by_ids(&self.pool, &ids).await?.into_iter();
        Ok(rows
            .map(|row| (AuditKey(row.procurement, row.id), row))
            .collect())
    }
}

/// Entry of a procurement's audit log: something that a person or an API key did, tried in vain, or
/// read.
#[Object]
impl AuditEntry {
    /// Opaque global ID.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let key = json_key(&(self.0.procurement, self.0.id));
        encode_global(Self::KIND, &key).into()
    }

    /// Name of the action, such as `notice.publish`, `tenders.open`, `tenders.read` or
    /// `tenders.open.refused`. Actions may be added.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Name of the person or API key. Null when the system acted.
    async fn actor(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Time of the action, by the database's clock.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Details as JSON, which depend on the action. IDs are UUIDs of the database.
    async fn detail(&self) -> Json<&Value> {
        Json(&self.0.detail)
    }
}

/// Key for a page of the audit log of a procurement, with one entry more if there are more.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct AuditPage {
    procurement: ProcurementId,
    page: Page<i64>,
}

impl Loader<AuditPage> for Loaders {
    type Value = Vec<audits::AuditEntry>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AuditPage]) -> Loaded<AuditPage, Self::Value> {
        let mut pages = HashMap::new();
        for (page, keys) in group(keys.to_vec(), |key| key.page) {
            let ids: Vec<ProcurementId> = keys.iter().map(|key| key.procurement).collect();
            let rows = audits::of_procurements(&self.pool, &ids, page).await?;
            pages.extend(group(rows, |row| AuditPage {
                procurement: row.procurement,
                page,
            }));
        }
        Ok(pages)
    }
}

/// Key for the number of entries of the audit log of a procurement.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct AuditCount(ProcurementId);

impl Loader<AuditCount> for Loaders {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AuditCount]) -> Loaded<AuditCount, Self::Value> {
        let ids: Vec<ProcurementId> = keys.iter().map(|key| key.0).collect();
        let counts = audits::counts(&self.pool, &ids).await?;
        let count = |(id, count)| (AuditCount(id), count);
        Ok(counts.into_iter().map(count).collect())
    }
}

/// Loads a page of the audit log of a procurement, newest first, for those who may read it.
pub async fn audit(
    context: &Context<'_>,
    procurement: &Procurement,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Option<List<AuditEntry>>, Error> {
    if !may_read(context, procurement) {
        return Ok(None);
    }
    let id = procurement.id;
    let listed = listed("Procurement.audit", &id, arguments)?;
    let key = AuditPage {
        procurement: id,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let found = found.map_err(loading)?.unwrap_or_default();
    let slice = listed.page.slice(found).map(AuditEntry);
    let total = Total::loaded(AuditCount(id));
    Ok(Some(listed.connection(slice, total, |entry| entry.0.id)))
}
