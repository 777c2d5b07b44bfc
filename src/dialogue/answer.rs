//! The buyer answers a question, to everyone at once: now, or at a time that is the same for several answers.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    ask::find,
    attach, event,
    question::{Change, of_buyer},
    review::{
        Disposition,
        rules::{check_disposition, check_published_disposition},
    },
    rules::{self, AnswerStep},
    store::{
        answers::{self, NewAnswer},
        attachments,
    },
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    document,
    kernel::{
        ids::{AnswerId, DocumentId, QuestionId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
};

/// An answer.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// To which question.
    pub question: QuestionId,
    /// The answer, in one or several languages; plain text.
    pub text: LocalizedText,
    /// The revision its writer saw, 0 for none; without it, whatever is there.
    pub revision: Option<i32>,
    /// When it becomes public; `None`: at once.
    pub release_at: Option<DateTime<Utc>>,
    /// What is attached: documents of the buyer's.
    pub documents: Vec<DocumentId>,
    /// What is made of a comment on a draft; needed there, refused elsewhere.
    pub disposition: Option<Disposition>,
}

/// Answers. A question that has an answer gets a revision: the earlier one stays visible. An answer that is held until a
/// time is seen by the buyer alone until then, and is replaced by answering again. Needs the role EDITOR or PUBLISHER in the
/// buyer.
pub async fn answer(
    database: &Database,
    actor: &Actor,
    command: Answer,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("answerQuestion", key, &command).await? {
        return Ok(first);
    }
    let question = command.question;
    let change = of_buyer(
        &mut work,
        actor,
        (question, "questionId"),
        const { table::buyer("answerQuestion") },
    )
    .await?;
    check_text(&command.text)?;
    change.check_phase()?;
    let now = change.now;
    let subject = &change.subject;
    let kind = find(&mut work, subject.dialogue).await?.kind;
    check_published_disposition(kind, command.disposition)?;
    subject.standing.check_answerable(now, "questionId")?;
    let step = rules::check_answer(subject.latest, command.revision, command.release_at, now)?;
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
    attach_to(&mut work, &change, id, &command).await?;
    answers::delete_draft(work.connection(), question).await?;
    tell(&mut work, &change, step, (id, answer.published_at)).await?;
    let detail =
        json!({ "question": question, "revision": revision, "public": answer.published_at });
    let procurement = change.procurement.id.0;
    work.audit("question.answer", procurement, detail).await?;
    work.commit(&question).await?;
    Ok(question)
}

/// What is attached is public when the answer is.
async fn attach_to(
    work: &mut UnitOfWork,
    change: &Change,
    id: AnswerId,
    command: &Answer,
) -> Fallible<()> {
    let (documents, buyer) = (&command.documents, change.procurement.buyer);
    attach::hold(work, id.0, buyer, documents, change.now).await?;
    attachments::put_of_answer(work.connection(), id, documents).await?;
    // A held answer may have had others.
    document::store::unshare(work.connection(), id.0).await?;
    let public = command.release_at.unwrap_or(change.now);
    attach::share(work, id.0, documents, None, public).await
}

/// The world is told when the answer is public.
async fn tell(
    work: &mut UnitOfWork,
    change: &Change,
    step: AnswerStep,
    (id, at): (AnswerId, DateTime<Utc>),
) -> Fallible<()> {
    let kind = match step {
        AnswerStep::Insert(1) | AnswerStep::Replace(1) => event::Kind::AnswerPublished,
        _ => event::Kind::AnswerRevised,
    };
    let public = event::Event {
        at,
        ..change.event(kind)
    };
    match step {
        AnswerStep::Insert(_) => event::record(work, public).await?,
        AnswerStep::Replace(_) => event::reschedule(work, public, change.now).await?,
    }
    work.enqueue(Job::NotifyAt(Notify {
        procurement: change.procurement.id,
        event: Event::QuestionAnswered,
        subject: id.0,
        at,
    }))
    .await
}

/// What an answer may become.
#[derive(Debug, Serialize)]
pub struct SaveDraft {
    /// To which question.
    pub question: QuestionId,
    /// The draft, in one or several languages.
    pub text: LocalizedText,
    /// The draft's revision that its writer saw; 0 for none.
    pub revision: i32,
    /// What may be made of a comment on a draft.
    pub disposition: Option<Disposition>,
}

/// Keeps a draft of an answer for the buyer's members, unless somebody else changed it since the stated revision. Needs the
/// role EDITOR or PUBLISHER in the buyer.
pub async fn save_draft(
    database: &Database,
    actor: &Actor,
    command: SaveDraft,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("saveAnswerDraft", key, &command).await? {
        return Ok(first);
    }
    let question = command.question;
    let change = of_buyer(
        &mut work,
        actor,
        (question, "questionId"),
        const { table::buyer("saveAnswerDraft") },
    )
    .await?;
    check_text(&command.text)?;
    change.check_phase()?;
    let kind = find(&mut work, change.subject.dialogue).await?.kind;
    check_disposition(kind, command.disposition)?;
    let stored = answers::draft_revision(work.connection(), question).await?;
    let stored = stored.unwrap_or(0);
    if stored != command.revision {
        let message = format!(
            "somebody changed this draft meanwhile (revision {stored}, you saw {}); load it again and repeat your change",
            command.revision
        );
        return Err(Refusal::at(Code::Conflict, &["revision"], message).into());
    }
    let by = (person, change.now);
    let draft = (&command.text, command.disposition);
    answers::put_draft(work.connection(), question, draft, by).await?;
    let detail = json!({ "question": question, "revision": stored + 1 });
    let procurement = change.procurement.id.0;
    work.audit("question.answer.draft", procurement, detail)
        .await?;
    work.commit(&question).await?;
    Ok(question)
}

fn check_text(text: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    rules::check_localized(text, "an answer", &["text"], &mut refusals);
    Ok(refusals.into_result()?)
}
