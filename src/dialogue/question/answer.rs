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
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::QUESTION_ANSWERED,
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
    procurement::notification::{Notify, NotifyAt},
};

/// Answers a question. A question that has a public answer gets a revision, and the earlier answer
/// stays visible. Only the buyer sees an answer that is held until `release_at`; answering again
/// replaces it. Needs the role EDITOR or PUBLISHER in the buyer.
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

impl UseCase for AnswerQuestion {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("answerQuestion", BuyerAction::RunDialogue);
    type Target = QuestionChange;
    type Output = QuestionId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<QuestionChange> {
        lock_for_buyer(work, caller, (self.question, "questionId")).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        change: QuestionChange,
        now: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        let question = self.question;
        check_text(&self.text)?;
        change.check_phase()?;
        let snapshot = &change.question;
        let kind = find(work, snapshot.dialogue).await?.kind;
        check_published_disposition(kind, self.disposition)?;
        snapshot.history.check_answerable(now, "questionId")?;
        let step =
            rules::check_answer(snapshot.latest_answer, self.revision, self.release_at, now)?;
        let (AnswerStep::Insert(revision) | AnswerStep::Replace(revision)) = step;
        let answer = NewAnswer {
            question,
            revision,
            text: &self.text,
            disposition: self.disposition,
            answered_by: caller.person,
            published_at: self.release_at.unwrap_or(now),
        };
        let id = match step {
            AnswerStep::Insert(_) => answers::insert(work.connection(), &answer).await?,
            AnswerStep::Replace(_) => answers::replace_held(work.connection(), &answer).await?,
        };
        attach(work, &change, id, &self).await?;
        answers::delete_draft(work.connection(), question).await?;
        work.stores_object(question.0);
        announce(work, &change, step, (id, answer.published_at)).await?;
        let detail =
            json!({ "question": question, "revision": revision, "public": answer.published_at });
        let procurement = change.procurement.id.0;
        work.audit("question.answer", procurement, detail);
        Ok(question)
    }
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
    work.enqueue(&NotifyAt(Notify {
        procurement: change.procurement.id,
        event: QUESTION_ANSWERED,
        subject: id.0,
        about: None,
        at,
    }))
}

/// Checks the text of an answer or of its draft.
pub(super) fn check_text(text: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(text, "an answer", &["text"], &mut refusals);
    Ok(refusals.into_result()?)
}
