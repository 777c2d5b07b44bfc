//! The types `DialogueSummary` and `SummaryChange`.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::loaders::SummariesOf;
use crate::{
    dialogue::{
        round::store::Dialogue,
        summary::{SummaryChange as Change, store::Summary},
    },
    graphql::{
        context::request,
        document::Document,
        errors::loading,
        procurement::{Attachment, AwardCriterion, Lot, LotOf, Notice, Requirement},
        scalars::{Localized, ReasonGiven, non_empty},
    },
    kernel::ids::{ProcurementId, SummaryId, VersionId},
    procurement::store as procurements,
};

/// Version of a summary, resolved from its database row.
pub struct DialogueSummary {
    summary: Arc<Summary>,
    procurement: ProcurementId,
}

impl DialogueSummary {
    /// Loads all versions of a round's summary, newest first.
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

    /// Loads one version of a round's summary.
    pub async fn find(
        context: &Context<'_>,
        dialogue: &Dialogue,
        id: SummaryId,
    ) -> Result<Option<Self>, Error> {
        let all = Self::all(context, dialogue).await?;
        Ok(all.into_iter().find(|version| version.summary.id == id))
    }
}

/// Version of the summary of a dialogue round: what the buyer heard and what changes because of it.
/// A version never changes, but the buyer can withdraw it. Public.
#[Object]
impl DialogueSummary {
    /// Global ID of this version.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.summary.id.to_global().into()
    }

    /// Number of the version: 1 for the first, plus 1 for each revision.
    async fn version(&self) -> i32 {
        self.summary.version
    }

    /// What the buyer heard; plain text, never markup. Null once the version is withdrawn.
    async fn heard(&self) -> Option<Localized> {
        self.summary.heard.clone().map(Localized::from)
    }

    /// Time of and reason for the withdrawal by the buyer. Null if the version is not withdrawn.
    pub(in crate::graphql) async fn withdrawal(&self) -> Option<ReasonGiven> {
        self.summary.withdrawal.clone().map(ReasonGiven::from)
    }

    /// Changes that follow from the dialogue, at most 100, with links to the notice. Empty if
    /// nothing changes, and once the version is withdrawn.
    async fn changes(&self) -> Vec<SummaryChange> {
        let change = |index| SummaryChange {
            summary: self.summary.clone(),
            index,
            procurement: self.procurement,
        };
        (0..self.summary.changes.len()).map(change).collect()
    }

    /// Documents attached to the summary, at most 10. Public. Empty once the version is withdrawn.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Document>, Error> {
        let (loader, ids) = (&request(context).loader, &self.summary.documents);
        let found = loader.load_many(ids.iter().copied()).await;
        let mut found = found.map_err(loading)?;
        let documents = ids.iter().filter_map(|id| found.remove(id));
        Ok(documents.map(Document).collect())
    }

    /// Notice that was in force when this version was published. The links of the changes refer to
    /// it permanently.
    async fn notice(&self, context: &Context<'_>) -> Result<Option<Notice>, Error> {
        let loader = &request(context).loader;
        let found = loader.load_one(self.summary.notice).await;
        Ok(found.map_err(loading)?.map(Notice::new))
    }

    /// Reason for the revision. Null for version 1, and once the version is withdrawn.
    async fn reason(&self) -> Option<Localized> {
        non_empty(&self.summary.reason)
    }

    /// Time when this version was published.
    async fn published_at(&self) -> DateTime<Utc> {
        self.summary.published_at
    }
}

/// Change in a summary, resolved from the summary's row.
pub struct SummaryChange {
    summary: Arc<Summary>,
    index: usize,
    procurement: ProcurementId,
}

impl SummaryChange {
    /// Returns the version that the links refer to.
    fn version(&self) -> VersionId {
        VersionId::Notice(self.summary.notice)
    }

    /// Returns the IDs of one kind that the change links to.
    fn keys(&self, of: fn(&Change) -> &Vec<String>) -> &[String] {
        let change = self.summary.changes.get(self.index);
        change.map_or(&[], |change| of(change))
    }

    /// Loads the parts of the notice that the change links to, in the order of its links.
    async fn linked<T: Clone>(
        &self,
        context: &Context<'_>,
        of: fn(&Change) -> &Vec<String>,
        things: impl Fn(&procurements::Notice) -> &[T],
        key: impl Fn(&T) -> &str,
    ) -> Result<Vec<(T, String)>, Error> {
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
        let with_language = |thing: &T| (thing.clone(), notice.content.language.clone());
        Ok(keys.iter().filter_map(find).map(with_language).collect())
    }
}

/// Change that follows from the dialogue, with links to the parts of the notice that it affects.
/// The parts are shown as in the notice in force when the summary was published
/// (`DialogueSummary.notice`); later notices have them under the same IDs.
#[Object]
impl SummaryChange {
    /// Text of the change; plain text, never markup.
    async fn text(&self) -> Localized {
        let change = self.summary.changes.get(self.index);
        Localized::from(change.map(|change| change.text.clone()).unwrap_or_default())
    }

    /// Lots that the change affects; a summary has at most 500 links.
    async fn lots(&self, context: &Context<'_>) -> Result<Vec<Lot>, Error> {
        let keys = self.keys(|change| &change.lots);
        let key = |id: &String| LotOf(self.summary.notice, id.clone());
        let found = request(context)
            .loader
            .load_many(keys.iter().map(key))
            .await;
        let mut found = found.map_err(loading)?;
        let placed = keys.iter().filter_map(|id| found.remove(&key(id)));
        let version = self.version();
        let lot = |placed| Lot { version, placed };
        Ok(placed.map(lot).collect())
    }

    /// Award criteria that the change affects, at most 100.
    async fn criteria(&self, context: &Context<'_>) -> Result<Vec<AwardCriterion>, Error> {
        let linked = self.linked(
            context,
            |change| &change.criteria,
            |notice| &notice.content.award_criteria,
            |criterion| &criterion.id,
        );
        let version = self.version();
        let criterion = |(criterion, language)| AwardCriterion {
            version,
            language,
            criterion,
        };
        Ok(linked.await?.into_iter().map(criterion).collect())
    }

    /// Exclusion grounds and selection criteria that the change affects, at most 200.
    async fn requirements(&self, context: &Context<'_>) -> Result<Vec<Requirement>, Error> {
        let linked = self.linked(
            context,
            |change| &change.requirements,
            |notice| &notice.content.requirements,
            |requirement| &requirement.id,
        );
        let version = self.version();
        let requirement = |(requirement, language)| Requirement {
            version,
            language,
            requirement,
        };
        Ok(linked.await?.into_iter().map(requirement).collect())
    }

    /// Attachments of the notice that the change affects, at most 200.
    async fn attachments(&self, context: &Context<'_>) -> Result<Vec<Attachment>, Error> {
        let linked = self.linked(
            context,
            |change| &change.attachments,
            |notice| &notice.content.attachments,
            |attachment| &attachment.id,
        );
        let attachment = |(attachment, language)| Attachment {
            version: self.version(),
            language,
            attachment,
            procurement: self.procurement,
        };
        Ok(linked.await?.into_iter().map(attachment).collect())
    }
}
