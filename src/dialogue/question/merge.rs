//! The buyer merges duplicates: one question's answer is that of all.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::json;

use super::{Change, of_buyer};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{
        event, rules,
        store::{moderation, moderation::Subject},
    },
    kernel::{
        ids::QuestionId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// The most questions that are merged at a time.
const MOST: usize = 100;

/// Duplicates.
#[derive(Debug, Serialize)]
pub struct Merge {
    /// Which questions.
    pub questions: Vec<QuestionId>,
    /// Whose answer is theirs from now on; of the same round.
    pub into: QuestionId,
}

/// Merges questions that await an answer into another. They stay readable, and show the other's answer. Never taken back.
/// Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn merge(
    database: &Database,
    actor: &Actor,
    command: Merge,
    key: Option<&IdempotencyKey>,
) -> Fallible<QuestionId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("mergeQuestions", key, &command).await? {
        return Ok(first);
    }
    let change = of_buyer(
        &mut work,
        actor,
        (command.into, "intoId"),
        const { table::buyer("mergeQuestions") },
    )
    .await?;
    change.check_phase()?;
    check_list(&command)?;
    let found =
        moderation::subjects(work.connection(), &command.questions, None, change.now).await?;
    check(&change, &command, &found)?;
    let by = (person, change.now);
    moderation::insert_merges(work.connection(), &command.questions, command.into, by).await?;
    for question in &command.questions {
        let merged = event::Event {
            subject: question.0,
            ..change.event(event::Kind::QuestionMerged)
        };
        event::record(&mut work, merged).await?;
    }
    let detail = json!({ "questions": command.questions, "into": command.into });
    let procurement = change.procurement.id.0;
    work.audit("question.merge", procurement, detail).await?;
    work.commit(&command.into).await?;
    Ok(command.into)
}

fn check_list(command: &Merge) -> Result<(), Refusal> {
    let refuse = |code, message: String| Err(Refusal::at(code, &["questionIds"], message));
    let mut seen: HashSet<QuestionId> = HashSet::from([command.into]);
    if command.questions.is_empty() {
        return refuse(Code::Required, "say which questions are merged".to_owned());
    }
    if command.questions.len() > MOST {
        return refuse(Code::TooLong, format!("at most {MOST} questions at a time"));
    }
    if command
        .questions
        .iter()
        .all(|question| seen.insert(*question))
    {
        return Ok(());
    }
    let message = "each question is named once, and none is merged into itself";
    refuse(Code::Invalid, message.to_owned())
}

fn check(change: &Change, command: &Merge, found: &[Subject]) -> Result<(), Refusal> {
    let of_round = found
        .iter()
        .filter(|subject| subject.dialogue == change.subject.dialogue);
    if of_round.count() < command.questions.len() {
        let message = "there is no question with one of these IDs in the round";
        return Err(Refusal::at(Code::NotFound, &["questionIds"], message));
    }
    let into = &change.subject.standing;
    found
        .iter()
        .try_for_each(|one| rules::check_merge(&one.standing, one.has_others, into, change.now))
}
