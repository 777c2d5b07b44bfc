//! An asker withdraws its unanswered question. The question stays visible without its text.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{QuestionChange, lock_for_supplier, store};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::event::{self, DialogueEventKind},
    document,
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Withdraws a question that awaits an answer, unless other questions were merged into it. Any
/// member of the asking organisation who may ask may withdraw.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct WithdrawQuestion(pub QuestionId);

impl UseCase for WithdrawQuestion {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("withdrawQuestion", SupplierAction::Ask);
    type Target = QuestionChange;
    type Output = QuestionId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<QuestionChange> {
        lock_for_supplier(work, self.0, caller.organisation).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        change: QuestionChange,
        now: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        let question = self.0;
        if !change.question.own {
            let message = "only the organisation that asked a question may withdraw it";
            return Err(Refusal::new(Code::NotAllowed, message).into());
        }
        let snapshot = &change.question;
        snapshot
            .history
            .check_withdrawal(snapshot.has_merged, now, "questionId")?;
        store::insert_withdrawal(work.connection(), question, caller.person, now).await?;
        document::store::unshare(work.connection(), question.0).await?;
        event::record(work, change.event(DialogueEventKind::QuestionWithdrawn)).await?;
        change.finish(work, "question.withdraw").await
    }
}
