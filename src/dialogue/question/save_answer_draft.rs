//! The buyer saves a draft of an answer.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{QuestionChange, answer::check_text, lock_for_buyer, store::answers};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        review::{Disposition, rules::check_disposition},
        round::find,
    },
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
        text::LocalizedText,
    },
};

/// Saves a draft of an answer, which only the buyer's members read. Refuses with CONFLICT when
/// another member changed the draft since the stated revision. Needs the role EDITOR or PUBLISHER
/// in the buyer.
#[derive(Debug, Serialize)]
pub struct SaveAnswerDraft {
    /// Question that the draft answers.
    pub question: QuestionId,
    /// Draft in one or several languages; plain text.
    pub text: LocalizedText,
    /// Revision of the draft that the writer knows; 0 for none.
    pub revision: i32,
    /// Proposed decision on a comment; only in a DRAFT_REVIEW.
    pub disposition: Option<Disposition>,
}

impl UseCase for SaveAnswerDraft {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("saveAnswerDraft", BuyerAction::RunDialogue);
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
        _: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        let question = self.question;
        check_text(&self.text)?;
        change.check_phase()?;
        let kind = find(work, change.question.dialogue).await?.kind;
        check_disposition(kind, self.disposition)?;
        let stored = answers::draft_revision(work.connection(), question).await?;
        let stored = stored.unwrap_or(0);
        if stored != self.revision {
            let message = message!(
                "another member changed this draft (it has revision {stored}, you sent {revision}); load it again and repeat your change",
                stored,
                revision = self.revision,
            );
            return Err(Refusal::at(Code::Conflict, &["revision"], message).into());
        }
        let by = (caller.person, change.now);
        let draft = (&self.text, self.disposition);
        answers::put_draft(work.connection(), question, draft, by).await?;
        work.stores_object(question.0);
        let detail = json!({ "question": question, "revision": stored + 1 });
        let procurement = change.procurement.id.0;
        work.audit("question.answer.draft", procurement, detail);
        Ok(question)
    }
}
