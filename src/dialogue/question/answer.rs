//! The buyer answers a question, to everyone at once: now, or at a time that several answers share.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    QuestionChange, lock_for_buyer,
    rules::{self, AnswerStep},
    store::answers::{self, NewAnswer},
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
        review::{Disposition, rules::check_published_disposition},
        round::find,
        text::check_localized,
    },
    document,
    kernel::{
        ids::{AnswerId, DocumentId, QuestionId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// Command to answer a question.
#[derive(Debug, Serialize)]
pub struct AnswerQuestion {
    /// Question to answer.
    pub question: QuestionId,
    /// Answer in one or several languages; plain text.
    pub text: LocalizedText,
    /// Revision of the answer that the writer knows, 0 for none; `None` skips the check.
    pub revision: Option<i32>,
    /// Time at which the answer becomes public; `None` publishes it at once.
    pub release_at: Option<DateTime<Utc>>,
    /// Attached documents of the buyer.
    pub documents: Vec<DocumentId>,
    /// Decision on a comment; needed in a DRAFT_REVIEW, refused elsewhere.
    pub disposition: Option<Disposition>,
}

/// Answers a question. A question that has a public answer gets a revision, and the earlier answer
/// stays visible. Only the buyer sees an answer that is held until `release_at`; answering again
/// replaces it. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn answer(
    database: &Database,
    actor: &Actor,
    command: AnswerQuestion,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("answerQuestion", key, &command).await? {
        return Ok(first);
    }
    let question = command.question;
    let change = lock_for_buyer(
        &mut work,
        actor,
        (question, "questionId"),
        const { table::buyer("answerQuestion") },
    )
    .await?;
    check_text(&command.text)?;
    change.check_phase()?;
    let now = change.now;
    let snapshot = &change.question;
    let kind = find(&mut work, snapshot.dialogue).await?.kind;
    check_published_disposition(kind, command.disposition)?;
    snapshot.history.check_answerable(now, "questionId")?;
    let step = rules::check_answer(
        snapshot.latest_answer,
        command.revision,
        command.release_at,
        now,
    )?;
    let (AnswerStep::Insert(revision) | AnswerStep::Replace(revision)) = step;
    let answer = NewAnswer {
        question,
        revision,
        text: &command.text,
        disposition: command.disposition,
        answered_by: person,
        published_at: command.release_at.unwrap_or(now),
    };
    let id = match step {
        AnswerStep::Insert(_) => answers::insert(work.connection(), &answer).await?,
        AnswerStep::Replace(_) => answers::replace_held(work.connection(), &answer).await?,
    };
    attach(&mut work, &change, id, &command).await?;
    answers::delete_draft(work.connection(), question).await?;
    announce(&mut work, &change, step, (id, answer.published_at)).await?;
    let detail =
        json!({ "question": question, "revision": revision, "public": answer.published_at });
    let procurement = change.procurement.id.0;
    work.audit("question.answer", procurement, detail).await?;
    work.commit(&question).await?;
    Ok(question)
}

/// Attaches the documents of the answer. They are public when the answer is.
async fn attach(
    work: &mut UnitOfWork,
    change: &QuestionChange,
    id: AnswerId,
    command: &AnswerQuestion,
) -> Fallible<()> {
    let (documents, buyer) = (&command.documents, change.procurement.buyer);
    attachment::hold(work, id.0, buyer, documents, change.now).await?;
    attachment::store::replace_for_answer(work.connection(), id, documents).await?;
    // The held answer that this one replaces may have had other documents.
    document::store::unshare(work.connection(), id.0).await?;
    let public_from = command.release_at.unwrap_or(change.now);
    attachment::share(work, id.0, documents, None, public_from).await
}

/// Records the event of the answer, and schedules the notification for the time it becomes public.
async fn announce(
    work: &mut UnitOfWork,
    change: &QuestionChange,
    step: AnswerStep,
    (id, at): (AnswerId, DateTime<Utc>),
) -> Fallible<()> {
    let kind = match step {
        AnswerStep::Insert(1) | AnswerStep::Replace(1) => DialogueEventKind::AnswerPublished,
        _ => DialogueEventKind::AnswerRevised,
    };
    let event = DialogueEvent {
        at,
        ..change.event(kind)
    };
    match step {
        AnswerStep::Insert(_) => event::record(work, event).await?,
        AnswerStep::Replace(_) => event::reschedule(work, event, change.now).await?,
    }
    work.enqueue(Job::NotifyAt(Notify {
        procurement: change.procurement.id,
        event: Event::QuestionAnswered,
        subject: id.0,
        at,
    }))
    .await
}

/// Checks the text of an answer or of its draft.
pub(super) fn check_text(text: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(text, "an answer", &["text"], &mut refusals);
    Ok(refusals.into_result()?)
}
