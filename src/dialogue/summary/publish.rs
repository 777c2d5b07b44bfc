//! The buyer publishes the summary of a round.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    SummaryChange,
    rules::{self, LinkTargets},
    store::{self, NewSummary},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    dialogue::{
        attachment,
        event::{self, DialogueEvent, DialogueEventKind},
        round::find,
    },
    kernel::{
        ids::{DialogueId, DocumentId, SummaryId},
        refusal::{Code, Fallible, Refusal},
        text::LocalizedText,
    },
    procurement::{
        self,
        manage::lock,
        store::{Notice, Procurement},
    },
};

/// Command to publish a summary, or the next version of it.
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

/// Publishes a round's summary, or the next version of it. Earlier versions stay readable;
/// followers are notified. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn publish(
    database: &Database,
    actor: &Actor,
    command: PublishSummary,
    key: Option<&IdempotencyKey>,
) -> Fallible<PublishedSummary> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishDialogueSummary", key, &command).await? {
        return Ok(first);
    }
    let dialogue = find(&mut work, command.dialogue).await?;
    let id = dialogue.procurement;
    let procurement = lock(
        &mut work,
        actor,
        id,
        const { table::buyer("publishDialogueSummary") },
    )
    .await?;
    let now = work.now().await?;
    rules::check_publishing(&dialogue.window, now)?;
    let notice = notice_in_force(&procurement)?;
    let targets = link_targets(&mut work, &procurement, notice).await?;
    let version = 1 + store::latest_version(work.connection(), dialogue.id).await?;
    let (heard, reason) = (&command.heard, &command.reason);
    rules::check_summary(version, heard, &command.changes, reason, &targets)?;
    let new = NewSummary {
        id: SummaryId::new(),
        dialogue: dialogue.id,
        version,
        heard,
        changes: &command.changes,
        documents: &command.documents,
        notice: notice.id,
        reason,
        published_by: person,
        published_at: now,
    };
    let documents = &command.documents;
    attachment::hold(&mut work, new.id.0, procurement.buyer, documents, now).await?;
    store::insert(work.connection(), &new).await?;
    attachment::share(&mut work, new.id.0, documents, None, now).await?;
    announce(&mut work, &procurement, &new).await?;
    let detail = json!({ "summary": new.id, "version": version });
    work.audit("summary.publish", procurement.id.0, detail)
        .await?;
    let published = PublishedSummary {
        dialogue: dialogue.id,
        summary: new.id,
    };
    work.commit(&published).await?;
    Ok(published)
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
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::DialogueSummarised,
        subject: new.id.0,
        at: new.published_at,
    }))
    .await
}
