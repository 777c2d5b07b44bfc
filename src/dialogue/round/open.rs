//! The buyer opens a round of dialogue, at once or from a later time.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    attach_documents,
    rules::{self, DialogueKind, Window},
    store::{self, NewDialogue, documents::NewRoundDocuments},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, Job, Notify, UnitOfWork},
    dialogue::event::{self, DialogueEvent, DialogueEventKind},
    kernel::{
        ids::{DialogueId, DocumentId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
        zone::Zone,
    },
    procurement::{self, manage::lock, rules as procurement_rules},
};

/// Command to open a round.
#[derive(Debug, Serialize)]
pub struct OpenDialogue {
    /// Procurement that the round belongs to.
    pub procurement: ProcurementId,
    /// Purpose of the round.
    pub kind: DialogueKind,
    /// Title of the round.
    pub title: LocalizedText,
    /// What the buyer wants to learn from the market; may be empty.
    pub description: LocalizedText,
    /// Time at which the round opens; `None` opens it at once.
    pub opens_at: Option<DateTime<Utc>>,
    /// Time before which questions are accepted.
    pub questions_until: DateTime<Utc>,
    /// Time before which answers are expected; `None` means `closes_at`.
    pub answers_until: Option<DateTime<Utc>>,
    /// Time at which the round ends.
    pub closes_at: DateTime<Utc>,
    /// Time zone in which the buyer states these times.
    pub time_zone: Zone,
    /// Whether a question is public only after the buyer releases it.
    pub moderated: bool,
    /// Documents of the buyer that the round shows or reviews.
    pub documents: Vec<DocumentId>,
}

/// Opens a round. Followers are notified when it opens and when it ends. Needs the role EDITOR or
/// PUBLISHER in the buyer. A round of kind PARTNERSHIP makes the procurement one that never becomes
/// a tender.
pub async fn open(
    database: &Database,
    actor: &Actor,
    command: OpenDialogue,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("openDialogue", key, &command).await? {
        return Ok(first);
    }
    let id = command.procurement;
    let procurement = lock(&mut work, actor, id, const { table::buyer("openDialogue") }).await?;
    let now = work.now().await?;
    let window = Window {
        opens_at: command.opens_at.unwrap_or(now),
        questions_until: command.questions_until,
        answers_until: command.answers_until.unwrap_or(command.closes_at),
        closes_at: command.closes_at,
    };
    check_texts(&command)?;
    rules::check_opening(procurement.phase(now), command.kind, &window, now)?;
    let id = DialogueId::new();
    let new = NewDialogue {
        id,
        procurement: procurement.id,
        kind: command.kind,
        title: &command.title,
        description: &command.description,
        window,
        time_zone: command.time_zone,
        moderated: command.moderated,
        opened_by: person,
    };
    store::insert(work.connection(), &new).await?;
    if command.kind == DialogueKind::Partnership {
        procurement::store::set_partnership(work.connection(), procurement.id).await?;
    }
    let documents = NewRoundDocuments {
        dialogue: id,
        documents: &command.documents,
        reason: &LocalizedText::default(),
        added_by: person,
        added_at: now,
    };
    attach_documents(&mut work, &documents, &[], (procurement.buyer, &window)).await?;
    work.audit("dialogue.open", procurement.id.0, json!({ "dialogue": id }))
        .await?;
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    announce(&mut work, procurement.id, id, &window).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Records the events of the round's opening and end, and schedules the notifications for these
/// times.
async fn announce(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    dialogue: DialogueId,
    window: &Window,
) -> Fallible<()> {
    use database::Event::{DialogueClosed, DialogueOpened};
    for (kind, notification, at) in [
        (
            DialogueEventKind::DialogueOpened,
            DialogueOpened,
            window.opens_at,
        ),
        (
            DialogueEventKind::DialogueClosed,
            DialogueClosed,
            window.closes_at,
        ),
    ] {
        let event = DialogueEvent {
            procurement,
            dialogue: Some(dialogue),
            kind,
            subject: dialogue.0,
            at,
        };
        event::record(work, event).await?;
        let notify = Notify {
            procurement,
            event: notification,
            subject: dialogue.0,
            at,
        };
        work.enqueue(Job::NotifyAt(notify)).await?;
    }
    Ok(())
}

fn check_texts(command: &OpenDialogue) -> Fallible<()> {
    let mut refusals = Refusals::default();
    refusals.require(!command.title.is_empty(), || {
        let message = "`title` is empty; give the dialogue a title";
        Refusal::at(Code::Required, &["title"], message)
    });
    let title_limit = procurement_rules::TITLE_LIMIT;
    text::check_text(&command.title, title_limit, &["title"], &mut refusals);
    let text_limit = procurement_rules::TEXT_LIMIT;
    text::check_text(
        &command.description,
        text_limit,
        &["description"],
        &mut refusals,
    );
    Ok(refusals.into_result()?)
}
