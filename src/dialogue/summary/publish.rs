//! The buyer tells everyone what was heard in a round, and what changes because of it.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Change,
    rules::{self, Known},
    store::{self, NewSummary},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    dialogue::{ask::find, attach, event},
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

/// A summary, or the next version of it.
#[derive(Debug, Serialize)]
pub struct Publish {
    /// Of which round.
    pub dialogue: DialogueId,
    /// What was heard; plain text.
    pub heard: LocalizedText,
    /// What changes because of it.
    pub changes: Vec<Change>,
    /// What is attached: documents of the buyer's.
    pub documents: Vec<DocumentId>,
    /// Why an earlier version is revised.
    pub reason: LocalizedText,
}

/// What was published.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Published {
    /// The round.
    pub dialogue: DialogueId,
    /// The version of its summary.
    pub summary: SummaryId,
}

/// Publishes a round's summary, or another version of it; the earlier ones stay readable. Followers are told. Needs the
/// role EDITOR or PUBLISHER in the buyer.
pub async fn publish(
    database: &Database,
    actor: &Actor,
    command: Publish,
    key: Option<&IdempotencyKey>,
) -> Fallible<Published> {
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
    let notice = in_force(&procurement)?;
    let known = known(&mut work, &procurement, notice).await?;
    let version = 1 + store::latest_version(work.connection(), dialogue.id).await?;
    let (heard, reason) = (&command.heard, &command.reason);
    rules::check_summary(version, heard, &command.changes, reason, &known)?;
    let new = NewSummary {
        id: SummaryId::new(),
        version,
        command: &command,
        notice: notice.id,
        published_by: person,
        published_at: now,
    };
    let documents = &command.documents;
    attach::hold(&mut work, new.id.0, procurement.buyer, documents, now).await?;
    store::insert(work.connection(), &new).await?;
    attach::share(&mut work, new.id.0, documents, None, now).await?;
    tell(&mut work, &procurement, &new).await?;
    let detail = json!({ "summary": new.id, "version": version });
    work.audit("summary.publish", procurement.id.0, detail)
        .await?;
    let published = Published {
        dialogue: dialogue.id,
        summary: new.id,
    };
    work.commit(&published).await?;
    Ok(published)
}

/// A round is opened to a published procurement alone.
fn in_force(procurement: &Procurement) -> Result<&Notice, Refusal> {
    procurement.notice.as_ref().ok_or_else(|| {
        let message = "the procurement has not been published yet; publish a notice first";
        Refusal::new(Code::WrongPhase, message)
    })
}

async fn known(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    notice: &Notice,
) -> Fallible<Known> {
    let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
    let lots = lots.into_iter().map(|lot| lot.id).collect();
    Ok(Known::new(&notice.content, lots))
}

/// Tells all who listen, and all who follow.
async fn tell(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    new: &NewSummary<'_>,
) -> Fallible<()> {
    let happened = event::Event {
        procurement: procurement.id,
        dialogue: Some(new.command.dialogue),
        kind: event::Kind::SummaryPublished,
        subject: new.id.0,
        at: new.published_at,
    };
    event::record(work, happened).await?;
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::DialogueSummarised,
        subject: new.id.0,
        at: new.published_at,
    }))
    .await
}
