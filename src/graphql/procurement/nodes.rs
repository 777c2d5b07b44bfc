//! Loads notices and their parts by global ID, for `node`. Each is `None` when it does not exist or
//! when the reader may not see its procurement.

use std::sync::Arc;

use async_graphql::{Context, Error};

use super::{
    Attachment, AwardCriterion, Lot, Notice, NoticeChange, Procurement, Requirement,
    ReservationRule, changes,
    content::{self, ProcurementContent},
    loaders::LotOf,
};
use crate::{
    graphql::{context::request, errors::loading},
    kernel::ids::{NoticeId, PartId, ProcurementId, VersionId, json_key},
    procurement::{
        read,
        store::{self, PlacedLot},
    },
};

/// Loads a notice.
async fn visible_notice(
    context: &Context<'_>,
    id: NoticeId,
) -> Result<Option<store::Notice>, Error> {
    let found = request(context).loader.load_one(id).await;
    let Some(notice) = found.map_err(loading)? else {
        return Ok(None);
    };
    let procurement = Procurement::load(context, notice.procurement).await?;
    Ok(procurement.map(|_| notice))
}

/// Loads a procurement with its draft; `None` for readers who may not read the draft.
async fn visible_draft(
    context: &Context<'_>,
    id: ProcurementId,
) -> Result<Option<Arc<store::Procurement>>, Error> {
    let found = Procurement::load(context, id).await?;
    let found = found.map(|found| found.stored);
    let actor = &request(context).actor;
    Ok(found.filter(|found| found.draft.is_some() && read::takes_part(actor, found)))
}

/// Loads the content of a version.
async fn visible_content(
    context: &Context<'_>,
    version: VersionId,
) -> Result<Option<ProcurementContent>, Error> {
    match version {
        VersionId::Notice(id) => {
            let notice = visible_notice(context, id).await?;
            Ok(notice.as_ref().map(ProcurementContent::of_notice))
        }
        VersionId::Draft(id) => {
            let draft = visible_draft(context, id).await?;
            Ok(draft.as_deref().map(ProcurementContent::of_draft))
        }
    }
}

impl Notice {
    /// Loads the notice with this ID.
    pub async fn resolve(context: &Context<'_>, id: NoticeId) -> Result<Option<Self>, Error> {
        Ok(visible_notice(context, id).await?.map(Self::new))
    }
}

impl Lot {
    /// Loads the lot with this ID.
    pub async fn resolve(context: &Context<'_>, id: PartId) -> Result<Option<Self>, Error> {
        let version = id.version;
        let placed = match version {
            VersionId::Notice(notice) => {
                if visible_notice(context, notice).await?.is_none() {
                    return Ok(None);
                }
                let found = request(context).loader.load_one(LotOf(notice, id.code));
                found.await.map_err(loading)?
            }
            VersionId::Draft(procurement) => {
                let found = visible_draft(context, procurement).await?;
                let draft = found.as_ref().and_then(|found| found.draft.as_ref());
                let lots = draft.map_or(&[][..], |draft| &draft.lots);
                let language = draft.map_or("", |draft| &draft.content.language);
                let mut placed = lots.iter().zip(0..);
                let found = placed.find(|(lot, _)| lot.id == id.code);
                found.map(|(lot, position)| PlacedLot {
                    position,
                    lot: Arc::new(lot.clone()),
                    language: language.to_owned(),
                })
            }
        };
        Ok(placed.map(|placed| Self { version, placed }))
    }
}

impl AwardCriterion {
    /// Loads the award criterion with this ID.
    pub async fn resolve(context: &Context<'_>, id: PartId) -> Result<Option<Self>, Error> {
        let content = visible_content(context, id.version).await?;
        Ok(content.and_then(|content| content.criterion(&id.code)))
    }
}

impl Requirement {
    /// Loads the requirement with this ID.
    pub async fn resolve(context: &Context<'_>, id: PartId) -> Result<Option<Self>, Error> {
        let content = visible_content(context, id.version).await?;
        Ok(content.and_then(|content| content.requirement(&id.code)))
    }
}

impl Attachment {
    /// Loads the attachment with this ID.
    pub async fn resolve(context: &Context<'_>, id: PartId) -> Result<Option<Self>, Error> {
        let content = visible_content(context, id.version).await?;
        Ok(content.and_then(|content| content.attachment(&id.code)))
    }
}

impl NoticeChange {
    /// Loads the change with this ID, whose code is the path of the field as JSON.
    pub async fn resolve(context: &Context<'_>, id: PartId) -> Result<Option<Self>, Error> {
        let changes = match id.version {
            VersionId::Notice(notice) => match visible_notice(context, notice).await? {
                Some(_) => changes::of_notice(context, notice).await?,
                None => return Ok(None),
            },
            VersionId::Draft(procurement) => match visible_draft(context, procurement).await? {
                Some(procurement) => changes::pending(context, &procurement).await?,
                None => return Ok(None),
            },
        };
        let mut changes = changes.iter();
        let found = changes.find(|change| json_key(&change.path) == id.code);
        Ok(found.map(|found| Self::new(id.version, found.clone())))
    }
}

impl ReservationRule {
    /// Returns the rule with this ID.
    pub fn resolve(context: &Context<'_>, id: &str) -> Option<Self> {
        content::rule(context, Some(id))
    }
}
