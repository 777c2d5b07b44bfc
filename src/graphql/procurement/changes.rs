//! The changes from one notice to the next, and those that publishing the draft would make.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Error, ID, Json, SimpleObject};
use serde_json::Value;

use super::{
    loaders::{AllLots, ChangesOf},
    lots::Arguments,
};
use crate::{
    graphql::{
        connection::{List, Total, listed},
        context::request,
        errors::{failed, loading, refused},
    },
    kernel::{
        ids::{NoticeId, PartId, VersionId, json_key},
        refusal::Fallible,
    },
    procurement::{
        changes::{self, Change},
        store::Procurement,
    },
};

/// Change of one field between two versions of a procurement.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct NoticeChange {
    /// Version with the new value.
    #[graphql(skip)]
    version: VersionId,
    #[graphql(skip)]
    key: String,
    /// Path of the field: the field names of this schema joined by dots, such as `tenderDeadline`,
    /// `title.sv` or `lots.LOT-0001.value.max`. Criteria, requirements, attachments and lots are
    /// named by their IDs. A path that ends at a list, such as `lots`, means a new order; `before`
    /// and `after` then list the IDs.
    path: String,
    /// ID of the changed lot (`Lot.lotId`). Null for a change of the procurement as a whole.
    lot_id: Option<String>,
    /// Earlier value as JSON; codes in the spelling of eForms and OCDS. Null when the field was
    /// empty.
    before: Option<Json<Value>>,
    /// New value as JSON; codes in the spelling of eForms and OCDS. Null when the field is empty
    /// now.
    after: Option<Json<Value>>,
}

#[ComplexObject]
impl NoticeChange {
    /// Opaque global ID, accepted by `node`: of the changed field in the version with the new value.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = PartId::new(self.version, &self.key);
        id.to_global(Self::KIND).into()
    }
}

impl NoticeChange {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "NoticeChange";

    /// Creates the change that led to `version`.
    pub fn new(version: VersionId, change: Change) -> Self {
        let of_lots = change.path.first().is_some_and(|first| first == "lots");
        Self {
            version,
            key: json_key(&change.path),
            path: change.path.join("."),
            lot_id: change.path.into_iter().nth(1).filter(|_| of_lots),
            before: change.before.map(Json),
            after: change.after.map(Json),
        }
    }
}

/// Returns a page of the changes that led to `version`. A draft can change between two pages; a
/// cursor whose field is no longer changed is refused.
pub fn page(
    changes: &[Change],
    version: VersionId,
    arguments: Arguments,
) -> Result<List<NoticeChange>, Error> {
    let listed = listed::<String>("changes", &version.to_string(), arguments)?;
    let change = |change: &Change| NoticeChange::new(version, change.clone());
    let all: Vec<NoticeChange> = changes.iter().map(change).collect();
    let total = Total::known(all.len());
    let key = |change: &NoticeChange| change.key.clone();
    let slice = listed.page.of_list(all, key).map_err(refused)?;
    Ok(listed.connection(slice, total, key))
}

/// Loads all changes of a notice since the previous one; none for the first notice.
pub async fn of_notice(context: &Context<'_>, notice: NoticeId) -> Result<Arc<Vec<Change>>, Error> {
    let loader = &request(context).loader;
    let found = loader.load_one(ChangesOf(notice)).await.map_err(loading)?;
    Ok(found.unwrap_or_default())
}

/// Returns all changes that publishing the draft would make to the notice in force.
pub async fn pending(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<Arc<Vec<Change>>, Error> {
    let (Some(notice), Some(draft)) = (&procurement.notice, &procurement.draft) else {
        return Ok(Arc::default());
    };
    let loader = &request(context).loader;
    let lots = loader.load_one(AllLots(notice.id)).await.map_err(loading)?;
    // Comparing large drafts takes more than a millisecond.
    let compare = || -> Fallible<Vec<Change>> {
        let lots = changes::lots(lots.as_deref().map_or(&[], Vec::as_slice))?;
        let in_force = changes::document(&notice.content, lots)?;
        let next = changes::document(&draft.content, changes::lots(&draft.lots)?)?;
        Ok(changes::changes(&in_force, &next))
    };
    let compared = async { compare().map(Arc::new).map_err(failed) };
    let memo = &request(context).memo;
    memo.once("pendingChanges", &procurement.id, compared).await
}
