//! The changes from one notice to the next, and those that publishing the draft would make.

use async_graphql::{Context, Error, Json, SimpleObject};
use serde_json::Value;

use super::loaders::{AllLots, ChangesOf};
use crate::{
    graphql::{
        context::request,
        errors::{failed, loading},
    },
    kernel::{
        ids::NoticeId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{
        changes::{self, Change},
        store::Procurement,
    },
};

/// Maximum number of changes in one answer.
pub const CHANGE_LIMIT: i32 = 1_000;

/// Change of one field between two versions of a procurement.
#[derive(SimpleObject)]
pub struct NoticeChange {
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

impl From<Change> for NoticeChange {
    fn from(change: Change) -> Self {
        let of_lots = change.path.first().is_some_and(|first| first == "lots");
        Self {
            path: change.path.join("."),
            lot_id: change.path.into_iter().nth(1).filter(|_| of_lots),
            before: change.before.map(Json),
            after: change.after.map(Json),
        }
    }
}

/// Returns a page of a notice's changes since the previous notice.
pub async fn of_notice(
    context: &Context<'_>,
    notice: NoticeId,
    first: i32,
    skip: i32,
) -> Result<Vec<NoticeChange>, Error> {
    let bounds = [
        ("first", (1..=CHANGE_LIMIT).contains(&first)),
        ("skip", skip >= 0),
    ];
    for (name, holds) in bounds {
        if !holds {
            let message = message!(
                "`first` must be 1 to {limit} and `skip` 0 or more",
                limit = CHANGE_LIMIT,
            );
            let refusal = Refusal::at(Code::OutOfRange, &[name], message);
            return Err(crate::graphql::errors::refused(refusal));
        }
    }
    let all = all_of_notice(context, notice).await?;
    let page = all.iter().skip(skip as usize).take(first as usize);
    Ok(page.cloned().map(NoticeChange::from).collect())
}

/// Loads all changes of a notice since the previous one; none for the first notice.
pub async fn all_of_notice(
    context: &Context<'_>,
    notice: NoticeId,
) -> Result<std::sync::Arc<Vec<Change>>, Error> {
    let loader = &request(context).loader;
    let found = loader.load_one(ChangesOf(notice)).await.map_err(loading)?;
    Ok(found.unwrap_or_default())
}

/// Returns the changes that publishing the draft would make to the notice in force.
pub async fn pending_changes(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<Vec<NoticeChange>, Error> {
    let (Some(notice), Some(draft)) = (&procurement.notice, &procurement.draft) else {
        return Ok(Vec::new());
    };
    let loader = &request(context).loader;
    let lots = loader.load_one(AllLots(notice.id)).await.map_err(loading)?;
    let compare = || -> Fallible<Vec<Change>> {
        let lots = changes::lots(lots.as_deref().map_or(&[], Vec::as_slice))?;
        let in_force = changes::document(&notice.content, lots)?;
        let next = changes::document(&draft.content, changes::lots(&draft.lots)?)?;
        Ok(changes::changes(&in_force, &next))
    };
    let changes = compare().map_err(failed)?.into_iter();
    Ok(changes
        .take(CHANGE_LIMIT as usize)
        .map(NoticeChange::from)
        .collect())
}
