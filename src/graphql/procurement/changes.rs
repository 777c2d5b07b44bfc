//! What changed from one notice to the next, and what publishing the draft would change.

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

/// The most changes that are answered at once.
pub const MOST_CHANGES: i32 = 1_000;

/// One changed field of a notice.
#[derive(SimpleObject)]
pub struct NoticeChange {
    /// The field, in the names that procurements and lots have here, joined by dots: `tenderDeadline`, `title.sv`,
    /// `lots.LOT-0001.value.max`. A criterion, requirement or lot is named by its ID. Only `lots` or the like: the things
    /// were put in another order; `before` and `after` list their IDs.
    path: String,
    /// The lot it is about (`Lot.lotId`); null where it is about the whole.
    lot_id: Option<String>,
    /// What it said, as JSON; codes as eForms and OCDS spell them. Null: nothing.
    before: Option<Json<Value>>,
    /// What it says, as JSON. Null: nothing any more.
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

/// A notice's changes against the one before, from a place on.
pub async fn of_notice(
    context: &Context<'_>,
    notice: NoticeId,
    first: i32,
    skip: i32,
) -> Result<Vec<NoticeChange>, Error> {
    let bounds = [
        ("first", (1..=MOST_CHANGES).contains(&first)),
        ("skip", skip >= 0),
    ];
    for (name, holds) in bounds {
        if !holds {
            let message = format!("`first` is 1 to {MOST_CHANGES}, `skip` 0 or more");
            let refusal = Refusal::at(Code::OutOfRange, &[name], message);
            return Err(crate::graphql::errors::refused(refusal));
        }
    }
    let all = all_of_notice(context, notice).await?;
    let page = all.iter().skip(skip as usize).take(first as usize);
    Ok(page.cloned().map(NoticeChange::from).collect())
}

/// All changes of a notice against the one before; none for the first.
pub async fn all_of_notice(
    context: &Context<'_>,
    notice: NoticeId,
) -> Result<std::sync::Arc<Vec<Change>>, Error> {
    let loader = &request(context).loader;
    let found = loader.load_one(ChangesOf(notice)).await.map_err(loading)?;
    Ok(found.unwrap_or_default())
}

/// What publishing the draft would change of the notice in force.
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
        .take(MOST_CHANGES as usize)
        .map(NoticeChange::from)
        .collect())
}
