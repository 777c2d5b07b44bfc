//! The buyer releases a question of a moderated round.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{QuestionChange, lock_for_buyer, publish, store::moderation};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::round::find,
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Makes a question of a moderated round public; followers are notified. Needs the role EDITOR or
/// PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct ReleaseQuestion(pub QuestionId);

impl UseCase for ReleaseQuestion {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("releaseQuestion", BuyerAction::RunDialogue);
    type Target = QuestionChange;
    type Output = QuestionId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<QuestionChange> {
        lock_for_buyer(work, caller, (self.0, "questionId")).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        change: QuestionChange,
        _: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        let question = self.0;
        change.check_phase()?;
        let history = &change.question.history;
        if history.released {
            let message = "the question is public already";
            return Err(Refusal::at(Code::AlreadyDone, &["questionId"], message).into());
        }
        // A withdrawn question has no text that could be read. A refused or merged one still has
        // it.
        if history.withdrawn {
            history.check_awaiting(change.now, "questionId")?;
        }
        moderation::insert_release(work.connection(), question, caller.person, change.now).await?;
        let dialogue = find(work, change.question.dialogue).await?;
        publish(work, &dialogue, question, change.now).await?;
        change.finish(work, "question.release").await
    }
}
