//! The buyer merges duplicate questions: all of them show the answers of one.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    QuestionChange, lock_for_buyer, notification, rules,
    store::moderation::{self, QuestionSnapshot},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        notification::QUESTION_MERGED,
    },
    kernel::{
        ids::QuestionId,
        message::Message,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Most questions that one mutation merges.
const QUESTION_LIMIT: usize = 100;

/// Merges questions that await an answer into another. They stay readable and show the other's
/// answers. It cannot be undone. Needs the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct MergeQuestions {
    /// Questions to merge.
    pub questions: Vec<QuestionId>,
    /// Question of the same round whose answers they show from then on.
    pub into: QuestionId,
}

/// Questions that were merged, and the one that they were merged into.
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "StoredMerge")]
pub struct MergedQuestions {
    /// Question whose answers the others show.
    pub into: QuestionId,
    /// Questions that were merged into it.
    pub questions: Vec<QuestionId>,
}

/// Stored answer of the mutation for its idempotency key. Earlier versions stored the target only.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredMerge {
    Whole {
        into: QuestionId,
        questions: Vec<QuestionId>,
    },
    Target(QuestionId),
}

impl From<StoredMerge> for MergedQuestions {
    fn from(stored: StoredMerge) -> Self {
        let (into, questions) = match stored {
            StoredMerge::Whole { into, questions } => (into, questions),
            StoredMerge::Target(into) => (into, Vec::new()),
        };
        Self { into, questions }
    }
}

impl UseCase for MergeQuestions {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("mergeQuestions", BuyerAction::RunDialogue);
    type Target = QuestionChange;
    type Output = MergedQuestions;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<QuestionChange> {
        lock_for_buyer(work, caller, (self.into, "intoId")).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        change: QuestionChange,
        _: DateTime<Utc>,
    ) -> Fallible<MergedQuestions> {
        change.check_phase()?;
        check_list(&self)?;
        let found =
            moderation::snapshots(work.connection(), &self.questions, None, change.now).await?;
        check(&change, &self, &found)?;
        let by = (caller.person, change.now);
        moderation::insert_merges(work.connection(), &self.questions, self.into, by).await?;
        for question in &self.questions {
            let merged = DialogueEvent {
                subject: question.0,
                ..change.event(DialogueEventKind::QuestionMerged)
            };
            event::record(work, merged).await?;
            let procurement = change.procurement.id;
            let merged = notification(procurement, QUESTION_MERGED, *question, change.now);
            work.enqueue(&merged)?;
        }
        let detail = json!({ "questions": self.questions, "into": self.into });
        let procurement = change.procurement.id.0;
        work.audit("question.merge", procurement, detail);
        Ok(MergedQuestions {
            into: self.into,
            questions: self.questions,
        })
    }
}

fn check_list(command: &MergeQuestions) -> Result<(), Refusal> {
    let refuse = |code, message: Message| Err(Refusal::at(code, &["questionIds"], message));
    let mut distinct: HashSet<QuestionId> = HashSet::from([command.into]);
    if command.questions.is_empty() {
        return refuse(
            Code::Required,
            "`questionIds` is empty; name at least one question".into(),
        );
    }
    if command.questions.len() > QUESTION_LIMIT {
        return refuse(
            Code::TooLong,
            message!(
                "`questionIds` names more than {limit} questions; merge fewer at a time",
                limit = QUESTION_LIMIT,
            ),
        );
    }
    if command
        .questions
        .iter()
        .all(|question| distinct.insert(*question))
    {
        return Ok(());
    }
    let message =
        "`questionIds` names a question twice, or `intoId` itself; name each other question once";
    refuse(Code::Invalid, message.into())
}

fn check(
    change: &QuestionChange,
    command: &MergeQuestions,
    found: &[QuestionSnapshot],
) -> Result<(), Refusal> {
    let of_round = found
        .iter()
        .filter(|question| question.dialogue == change.question.dialogue);
    if of_round.count() < command.questions.len() {
        let message =
            "one of these questions does not exist in the round; name questions of this round";
        return Err(Refusal::at(Code::NotFound, &["questionIds"], message));
    }
    let into = &change.question.history;
    found
        .iter()
        .try_for_each(|one| rules::check_merge(&one.history, one.has_merged, into, change.now))
}
