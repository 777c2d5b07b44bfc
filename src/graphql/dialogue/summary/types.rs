//! Summaries as they are read.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::loaders::SummariesOf;
use crate::{
    dialogue::{
        store::Dialogue,
        summary::{Change, store::Summary},
    },
    graphql::{
        context::request,
        document::Document,
        errors::loading,
        procurement::{Attachment, AwardCriterion, Lot, LotOf, Notice, Requirement},
        scalars::{Localized, non_empty},
    },
    kernel::ids::{ProcurementId, SummaryId},
    procurement::store as procurements,
};

/// One version of what the buyer heard in a round.
pub struct DialogueSummary {
    summary: Arc<Summary>,
    procurement: ProcurementId,
}

impl DialogueSummary {
    /// All versions of a round's summary, the latest first.
    pub async fn all(context: &Context<'_>, dialogue: &Dialogue) -> Result<Vec<Self>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(SummariesOf(dialogue.id)).await;
        let found = found.map_err(loading)?.unwrap_or_default().into_iter();
        let version = |summary| Self {
            summary,
            procurement: dialogue.procurement,
        };
        Ok(found.map(version).collect())
    }

    /// One version of a round's summary.
    pub async fn find(
        context: &Context<'_>,
        dialogue: &Dialogue,
        id: SummaryId,
    ) -> Result<Option<Self>, Error> {
        let all = Self::all(context, dialogue).await?;
        Ok(all.into_iter().find(|version| version.summary.id == id))
    }
}

/// What the buyer heard in a round, and what changes because of it: one version, which never changes. Public, no login
/// needed to read.
#[Object]
impl DialogueSummary {
    /// Opaque.
    async fn id(&self) -> ID {
        self.summary.id.to_global().into()
    }

    /// 1 for the first, more for each revision.
    async fn version(&self) -> i32 {
        self.summary.version
    }

    /// What was heard; plain text, never markup.
    async fn heard(&self) -> Localized {
        Localized(self.summary.heard.clone())
    }

    /// What changes because of it, and where in the notice; empty when nothing does.
    async fn changes(&self) -> Vec<SummaryChange> {
        let change = |place| SummaryChange {
            summary: self.summary.clone(),
            place,
            procurement: self.procurement,
        };
        (0..self.summary.changes.len()).map(change).collect()
    }

    /// What is attached to it, for everyone.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        let (loader, ids) = (&request(context).loader, &self.summary.documents);
        let found = loader.load_many(ids.iter().copied()).await;
        let mut found = found.map_err(loading)?;
        let documents = ids.iter().filter_map(|id| found.remove(id));
        Ok(documents.map(Document).collect())
    }

    /// The notice that was in force when it was published: what the changes link to is shown as it was there, for good.
    async fn notice(&self, context: &Context<'_>) -> Result<Option<Notice>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(self.summary.notice).await;
        let notice = |notice| Notice::new(self.procurement, notice);
        Ok(found.map_err(loading)?.map(notice))
    }

    /// Why the version before was revised; null for the first.
    async fn reason(&self) -> Option<Localized> {
        non_empty(&self.summary.reason)
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.summary.published_at
    }
}

/// What changes because of what was heard.
pub struct SummaryChange {
    summary: Arc<Summary>,
    place: usize,
    procurement: ProcurementId,
}

impl SummaryChange {
    /// The keys of one kind that it names.
    fn keys(&self, of: fn(&Change) -> &Vec<String>) -> &[String] {
        let change = self.summary.changes.get(self.place);
        change.map_or(&[], |change| of(change))
    }

    /// The things of the notice that it names, in its order.
    async fn linked<T: Clone>(
        &self,
        context: &Context<'_>,
        of: fn(&Change) -> &Vec<String>,
        things: impl Fn(&procurements::Notice) -> &[T],
        key: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, Error> {
        let loader = &request(context).loader;
        let keys = self.keys(of);
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let found = loader.load_one(self.summary.notice).await;
        let Some(notice) = found.map_err(loading)? else {
            return Ok(Vec::new());
        };
        let things = things(&notice);
        let find = |wanted: &String| things.iter().find(|thing| key(thing) == wanted);
        Ok(keys.iter().filter_map(find).cloned().collect())
    }
}

/// What changes because of what was heard, with links to what it changes: each as it was in the notice in force when the
/// summary was published (`DialogueSummary.notice`). What became of it since is in later notices, under the same ID.
#[Object]
impl SummaryChange {
    /// What changes; plain text, never markup.
    async fn text(&self) -> Localized {
        let change = self.summary.changes.get(self.place);
        Localized(change.map(|change| change.text.clone()).unwrap_or_default())
    }

    /// The lots that it changes.
    async fn lots(&self, context: &Context<'_>) -> Result<Vec<Lot>, Error> {
        let keys = self.keys(|change| &change.lots);
        let key = |id: &String| LotOf(self.summary.notice, id.clone());
        let found = request(context)
            .loader
            .load_many(keys.iter().map(key))
            .await;
        let mut found = found.map_err(loading)?;
        let placed = keys.iter().filter_map(|id| found.remove(&key(id)));
        let lot = |placed| Lot {
            procurement: self.procurement,
            placed,
        };
        Ok(placed.map(lot).collect())
    }

    /// The award criteria that it changes.
    async fn criteria(&self, context: &Context<'_>) -> Result<Vec<AwardCriterion>, Error> {
        let linked = self.linked(
            context,
            |change| &change.criteria,
            |notice| &notice.content.award_criteria,
            |criterion| &criterion.id,
        );
        Ok(linked.await?.into_iter().map(AwardCriterion).collect())
    }

    /// The grounds for exclusion and selection criteria that it changes.
    async fn requirements(&self, context: &Context<'_>) -> Result<Vec<Requirement>, Error> {
        let linked = self.linked(
            context,
            |change| &change.requirements,
            |notice| &notice.content.requirements,
            |requirement| &requirement.id,
        );
        Ok(linked.await?.into_iter().map(Requirement).collect())
    }

    /// The attachments of the notice that it changes.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Attachment>, Error> {
        let linked = self.linked(
            context,
            |change| &change.attachments,
            |notice| &notice.content.attachments,
            |attachment| &attachment.id,
        );
        let attachment = |attachment| Attachment {
            attachment,
            procurement: self.procurement,
        };
        Ok(linked.await?.into_iter().map(attachment).collect())
    }
}
