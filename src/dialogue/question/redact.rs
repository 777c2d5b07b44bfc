//! The buyer redacts a question: removes personal data and what identifies the asker.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{
    QuestionChange, lock_for_buyer,
    store::moderation::{self, Redaction},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        event::{self, DialogueEventKind},
        notification::QUESTION_REDACTED,
        text::{check_localized, check_text},
        withdrawal::{store::NewWithdrawal, withdraw::withdraw_documents},
    },
    kernel::{
        ids::QuestionId,
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
    procurement::notification::Notify,
};

/// Replaces the text of a question, before or after its release, in any phase. The original text is
/// kept until the operator erases it, and returned to no reader. Needs the role EDITOR or PUBLISHER in the buyer.
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

impl UseCase for RedactQuestion {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("redactQuestion", BuyerAction::RunDialogue);
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
        let mut refusals = Refusals::default();
        check_localized(&self.reason, "a reason", &["reason"], &mut refusals);
        refusals.extend(check_text(&self.text, &["text"]).err());
        refusals.into_result()?;
        let history = &change.question.history;
        if history.withdrawn {
            history.check_awaiting(change.now, "questionId")?;
        }
        let redaction = Redaction {
            question: self.question,
            text: &self.text,
            reason: &self.reason,
            keeps_attachments: self.keep_attachments,
            redacted_by: caller.person,
            at: change.now,
        };
        moderation::insert_redaction(work.connection(), &redaction).await?;
        if !self.keep_attachments {
            let withdrawal = NewWithdrawal {
                procurement: change.procurement.id,
                reason: &self.reason,
                withdrawn_by: caller.person,
                at: change.now,
            };
            withdraw_documents(work, &[self.question.0], &withdrawal).await?;
        }
        if history.released {
            let redacted = change.event(DialogueEventKind::QuestionRedacted);
            event::record(work, redacted).await?;
        }
        // A fresh subject ID, so that the asker is notified of every redaction.
        work.enqueue(&Notify {
            procurement: change.procurement.id,
            event: QUESTION_REDACTED,
            subject: Uuid::now_v7(),
            about: Some(self.question.0),
            at: change.now,
        })?;
        change.finish(work, "question.redact").await
    }
}
