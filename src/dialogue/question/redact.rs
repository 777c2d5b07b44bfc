//! The buyer redacts a question: removes personal data and what identifies the asker.

use serde::Serialize;

use super::{
    check_reason, lock_for_buyer,
    store::moderation::{self, Redaction},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{
        event::{self, DialogueEventKind},
        text::check_text,
    },
    document,
    kernel::{ids::QuestionId, refusal::Fallible, text::LocalizedText},
};

/// Command to redact a question.
#[derive(Debug, Serialize)]
pub struct RedactQuestion {
    /// Question to redact.
    pub question: QuestionId,
    /// Text that replaces the question's; plain text.
    pub text: String,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
    /// Whether the attachments stay readable; their content cannot be redacted.
    pub keep_attachments: bool,
}

/// Replaces the text of a question, before or after its release, in any phase. The original text is
/// kept for the audit and not served to anyone. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn redact(
    database: &Database,
    actor: &Actor,
    command: RedactQuestion,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("redactQuestion", key, &command).await? {
        return Ok(first);
    }
    let change = lock_for_buyer(
        &mut work,
        actor,
        (command.question, "questionId"),
        const { table::buyer("redactQuestion") },
    )
    .await?;
    check_reason(&command.reason)?;
    check_text(&command.text, &["text"])?;
    let history = &change.question.history;
    if history.withdrawn {
        history.check_awaiting(change.now, "questionId")?;
    }
    let redaction = Redaction {
        question: command.question,
        text: &command.text,
        reason: &command.reason,
        keeps_attachments: command.keep_attachments,
        redacted_by: person,
        at: change.now,
    };
    moderation::insert_redaction(work.connection(), &redaction).await?;
    if !command.keep_attachments {
        document::store::unshare(work.connection(), command.question.0).await?;
    }
    if history.released {
        let redacted = change.event(DialogueEventKind::QuestionRedacted);
        event::record(&mut work, redacted).await?;
    }
    change.finish(work, "question.redact").await
}
