//! The buyer saves a draft of an answer.

use serde::Serialize;
use serde_json::json;

use super::{answer::check_text, lock_for_buyer, store::answers};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
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

/// Command to save a draft of an answer.
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

/// Saves a draft of an answer, which only the buyer's members read. Refuses with CONFLICT when
/// another member changed the draft since the stated revision. Needs the role EDITOR or PUBLISHER
/// in the buyer.
pub async fn save_answer_draft(
    database: &Database,
    actor: &Actor,
    command: SaveAnswerDraft,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("saveAnswerDraft", key, &command).await? {
        return Ok(first);
    }
    let question = command.question;
    let change = lock_for_buyer(
        &mut work,
        actor,
        (question, "questionId"),
        const { table::buyer("saveAnswerDraft") },
    )
    .await?;
    check_text(&command.text)?;
    change.check_phase()?;
    let kind = find(&mut work, change.question.dialogue).await?.kind;
    check_disposition(kind, command.disposition)?;
    let stored = answers::draft_revision(work.connection(), question).await?;
    let stored = stored.unwrap_or(0);
    if stored != command.revision {
        let message = format!(
            "another member changed this draft (it has revision {stored}, you sent {}); load it again and repeat your change",
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
