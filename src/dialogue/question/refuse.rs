//! The buyer refuses to answer a question, with a reason.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{QuestionChange, check_reason, lock_for_buyer, notification, store::moderation};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        event::{self, DialogueEventKind},
        notification::QUESTION_REFUSED,
    },
    kernel::{ids::QuestionId, refusal::Fallible, text::LocalizedText},
};

/// Refuses to answer a question. An answer may still follow. Needs the role EDITOR or PUBLISHER in
/// the buyer.
#[derive(Debug, Serialize)]
pub struct RefuseQuestion {
    /// Question that the buyer does not answer.
    pub question: QuestionId,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

impl UseCase for RefuseQuestion {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("refuseQuestion", BuyerAction::RunDialogue);
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
        change.check_phase()?;
        check_reason(&self.reason)?;
        let history = &change.question.history;
        history.check_awaiting(change.now, "questionId")?;
        let by = (caller.person, change.now);
        moderation::insert_refusal(work.connection(), self.question, &self.reason, by).await?;
        event::record(work, change.event(DialogueEventKind::QuestionRefused)).await?;
        let procurement = change.procurement.id;
        work.enqueue(&notification(
            procurement,
            QUESTION_REFUSED,
            self.question,
            change.now,
        ))?;
        change.finish(work, "question.refuse").await
    }
}
