//! The buyer publishes the summary of a round.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    SummaryChange,
    rules::{self, LinkTargets},
    store::{self, NewSummary},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::DIALOGUE_SUMMARISED,
    dialogue::{
        attachment,
        event::{self, DialogueEvent, DialogueEventKind},
        round::{lock_for_buyer, store::Dialogue},
    },
    kernel::{
        ids::{DialogueId, DocumentId, SummaryId},
        refusal::{Code, Fallible, Refusal},
        text::LocalizedText,
    },
    procurement::notification::Notify,
    procurement::{
        self,
        store::{Notice, Procurement},
    },
};

/// Publishes a round's summary, or the next version of it. Earlier versions stay readable;
/// followers are notified. Needs the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct PublishSummary {
    /// Round that the summary belongs to.
    pub dialogue: DialogueId,
    /// What the buyer learnt; plain text.
    pub heard: LocalizedText,
    /// Changes that the buyer makes because of it.
    pub changes: Vec<SummaryChange>,
    /// Attached documents of the buyer.
    pub documents: Vec<DocumentId>,
    /// Reason for revising the earlier version.
    pub reason: LocalizedText,
}

/// Result of publishing a summary.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PublishedSummary {
    /// Round that the summary belongs to.
    pub dialogue: DialogueId,
    /// Version of the summary.
    pub summary: SummaryId,
}

impl UseCase for PublishSummary {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("publishDialogueSummary", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = PublishedSummary;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<PublishedSummary> {
        rules::check_publishing(&dialogue.window, now)?;
        let notice = notice_in_force(&procurement)?;
        let targets = link_targets(work, &procurement, notice).await?;
        let version = 1 + store::latest_version(work.connection(), dialogue.id).await?;
        let (heard, reason) = (&self.heard, &self.reason);
        rules::check_summary(version, heard, &self.changes, reason, &targets)?;
        let new = NewSummary {
            id: SummaryId::new(),
            dialogue: dialogue.id,
            version,
            heard,
            changes: &self.changes,
            documents: &self.documents,
            notice: notice.id,
            reason,
            published_by: caller.person,
            published_at: now,
        };
        let documents = &self.documents;
        attachment::hold(work, new.id.0, procurement.buyer, documents, now).await?;
        store::insert(work.connection(), &new).await?;
        attachment::share(work, new.id.0, documents, None, now).await?;
        announce(work, &procurement, &new).await?;
        let detail = json!({ "summary": new.id, "version": version });
        work.audit("summary.publish", procurement.id.0, detail);
        let published = PublishedSummary {
            dialogue: dialogue.id,
            summary: new.id,
        };
        Ok(published)
    }
}

/// Returns the notice in force. A round is opened only in a published procurement, so there is one.
fn notice_in_force(procurement: &Procurement) -> Result<&Notice, Refusal> {
    procurement.notice.as_ref().ok_or_else(|| {
        let message = "the procurement is not published; publish a notice first";
        Refusal::new(Code::WrongPhase, message)
    })
}

async fn link_targets(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    notice: &Notice,
) -> Fallible<LinkTargets> {
    let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
    let lots = lots.into_iter().map(|lot| lot.id).collect();
    Ok(LinkTargets::new(&notice.content, lots))
}

/// Records the event of the summary, and notifies followers.
async fn announce(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    new: &NewSummary<'_>,
) -> Fallible<()> {
    let event = DialogueEvent {
        procurement: procurement.id,
        dialogue: Some(new.dialogue),
        kind: DialogueEventKind::SummaryPublished,
        subject: new.id.0,
        at: new.published_at,
    };
    event::record(work, event).await?;
    work.enqueue(&Notify {
        procurement: procurement.id,
        event: DIALOGUE_SUMMARISED,
        subject: new.id.0,
        about: None,
        at: new.published_at,
    })
}
