//! A supplier asks. Everyone sees the question; nobody but the asker sees who asked.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    attach, event,
    rate::{self, Activity},
    review::{self, Anchor},
    rules,
    store::{self, Dialogue},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId, QuestionId},
        refusal::{Code, Fallible, Refusal},
        text::{is_language, not_a_language},
    },
    procurement::{self, manage::lock_visible, store::Procurement},
};

/// A question.
#[derive(Debug, Serialize)]
pub struct Ask {
    /// In which round.
    pub dialogue: DialogueId,
    /// About which lot; `None`: the whole.
    pub lot: Option<String>,
    /// About which attachment of the notice in force.
    pub attachment: Option<String>,
    /// Which earlier question of the round it follows up.
    pub about: Option<QuestionId>,
    /// The question; plain text.
    pub text: String,
    /// Its language (ISO 639-1).
    pub language: String,
    /// What is attached: documents of the asker's.
    pub documents: Vec<DocumentId>,
    /// The place in a document that it is about.
    pub anchor: Option<Anchor>,
}

/// Asks. Any member of a company, nonprofit or social enterprise may, while the round takes questions.
pub async fn ask(
    database: &Database,
    actor: &Actor,
    command: Ask,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let (person, organisation) = policy::supplier(actor, const { table::supplier("askQuestion") })?;
    check(&command)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("askQuestion", key, &command).await? {
        return Ok(first);
    }
    let unlocked = find(&mut work, command.dialogue).await?;
    let procurement = lock_visible(&mut work, actor, unlocked.procurement).await?;
    // Read again: it may have been extended before we had the lock.
    let dialogue = find(&mut work, command.dialogue).await?;
    let now = work.now().await?;
    rules::check_question(procurement.phase(now), &dialogue.window, now)?;
    check_attachment(&procurement, command.attachment.as_deref())?;
    check_place(&mut work, &procurement, &dialogue, &command).await?;
    check_subject(&mut work, &dialogue, &command, organisation, now).await?;
    check_new(&mut work, &command, organisation).await?;
    rate::take(&mut work, procurement.id, organisation, Activity::Ask, now).await?;
    let id = QuestionId::new();
    let asker = (person.id, organisation);
    store::questions::insert(work.connection(), id, &command, asker, now).await?;
    if let Some(anchor) = &command.anchor {
        review::store::insert_anchor(work.connection(), id, anchor).await?;
    }
    attach::hold_once(&mut work, id.0, organisation, &command.documents, now).await?;
    store::attachments::insert_of_question(work.connection(), id, &command.documents).await?;
    // Whoever decides on its release reads all of it.
    let (documents, buyer) = (&command.documents, Some(procurement.buyer));
    attach::share(&mut work, id.0, documents, buyer, now).await?;
    // The audit row names the asker; followers and the index do not.
    let detail = json!({ "question": id });
    work.audit("question.ask", procurement.id.0, detail).await?;
    if !dialogue.moderated {
        publish(&mut work, &dialogue, id, now).await?;
    }
    work.commit(&id).await?;
    Ok(id)
}

/// Tells the world of a question that everyone may read from now on.
pub(super) async fn publish(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    question: QuestionId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let documents = store::attachments::of_question(work.connection(), question).await?;
    attach::share(work, question.0, &documents, None, now).await?;
    let happened = event::Event {
        procurement: dialogue.procurement,
        dialogue: Some(dialogue.id),
        kind: event::Kind::QuestionAsked,
        subject: question.0,
        at: now,
    };
    event::record(work, happened).await?;
    work.enqueue(Job::Notify(Notify {
        procurement: dialogue.procurement,
        event: Event::QuestionAsked,
        subject: question.0,
        at: now,
    }))
    .await
}

/// The round, or "not found".
pub(super) async fn find(work: &mut UnitOfWork, id: DialogueId) -> Fallible<Dialogue> {
    let found = store::by_id(work.connection(), id).await?;
    found.ok_or_else(|| Refusal::not_found("dialogueId", "dialogue").into())
}

/// Is there what it is about?
async fn check_subject(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    command: &Ask,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    if let Some(lot) = &command.lot {
        check_lot(work, dialogue, lot).await?;
    }
    let Some(about) = command.about else {
        return Ok(());
    };
    let connection = work.connection();
    let reader = Some(organisation);
    let found = store::moderation::subjects(connection, &[about], reader, now).await?;
    let known = found.iter().any(|subject| {
        subject.dialogue == dialogue.id && (subject.standing.released || subject.own)
    });
    if known {
        return Ok(());
    }
    let message = "there is no question with this ID in the round";
    Err(Refusal::at(Code::NotFound, &["aboutQuestionId"], message).into())
}

fn check_attachment(procurement: &Procurement, attachment: Option<&str>) -> Result<(), Refusal> {
    let Some(wanted) = attachment else {
        return Ok(());
    };
    let notice = procurement.notice.as_ref();
    let known = notice.is_some_and(|notice| {
        let mut attachments = notice.content.attachments.iter();
        attachments.any(|attachment| attachment.id == wanted)
    });
    if known {
        return Ok(());
    }
    let message = format!("the notice in force has no attachment `{wanted}`");
    Err(Refusal::at(Code::NotFound, &["attachmentId"], message))
}

/// Is the place it is about in a document of the round, or in one that the notice in force has?
async fn check_place(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    dialogue: &Dialogue,
    command: &Ask,
) -> Fallible<()> {
    let follows_up = command.about.is_some();
    review::rules::check_place(dialogue.kind, command.anchor.is_some(), follows_up)?;
    let Some(Anchor { document, .. }) = command.anchor else {
        return Ok(());
    };
    let notice = procurement.notice.as_ref();
    let attached = notice.is_some_and(|notice| {
        let mut attachments = notice.content.attachments.iter();
        attachments.any(|attachment| attachment.document == document)
    });
    if attached
        || review::store::document_ids(work.connection(), dialogue.id)
            .await?
            .contains(&document)
    {
        return Ok(());
    }
    let message =
        "neither the round nor the notice in force has this document; look at `Dialogue.documents`";
    Err(Refusal::at(Code::NotFound, &["anchor", "documentId"], message).into())
}

async fn check_lot(work: &mut UnitOfWork, dialogue: &Dialogue, lot: &str) -> Fallible<()> {
    let procurement = dialogue.procurement;
    let lots = procurement::store::lots_in_force(work.connection(), procurement).await?;
    if lots.iter().any(|known| known.id == lot) {
        return Ok(());
    }
    // The database takes no NUL, and so no lot has one.
    let possible = !lot.contains('\0');
    let gone = possible && procurement::store::had_lot(work.connection(), procurement, lot).await?;
    let (code, message) = match gone {
        true => (
            Code::LotClosed,
            format!("the lot `{lot}` was taken out of the procurement; ask about the whole"),
        ),
        false => (
            Code::NotFound,
            format!("the procurement has no lot `{lot}`"),
        ),
    };
    Err(Refusal::at(code, &["lotId"], message).into())
}

/// An organisation asks the same of the same once in a round.
async fn check_new(
    work: &mut UnitOfWork,
    command: &Ask,
    organisation: OrganisationId,
) -> Fallible<()> {
    let alike = store::questions::alike(work.connection(), command, organisation).await?;
    let words = rules::words(&command.text);
    let same = alike.iter().find(|(_, text)| rules::words(text) == words);
    let Some((number, _)) = same else {
        return Ok(());
    };
    let message =
        format!("your organisation asked this already: it is question {number} of the round");
    Err(Refusal::at(Code::DuplicateQuestion, &["text"], message).into())
}

fn check(command: &Ask) -> Fallible<()> {
    rules::check_text(&command.text, &["text"])?;
    if let Some(anchor) = &command.anchor {
        review::rules::check_anchor(anchor)?;
    }
    if is_language(&command.language) {
        return Ok(());
    }
    Err(not_a_language(&command.language, &["language"]).into())
}
