//! A supplier submits a contribution.

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    AnswerSheet,
    answers::ReceiptContent,
    files,
    questionnaire::idea_call,
    rules::{self, Moment},
    store::{self, NewContribution},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{
        rate_limit::{self, LimitedAction},
        round::lock_visible,
    },
    kernel::{
        ids::{ContributionId, DialogueId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Command to submit a contribution.
#[derive(Debug, Serialize)]
pub struct SubmitContribution {
    /// Round that the contribution answers.
    pub dialogue: DialogueId,
    /// Content of the contribution.
    pub sheet: AnswerSheet,
}

/// Submits a contribution and deletes the organisation's draft. A later contribution of the same
/// organisation replaces it. Any member of a supplier with the role OWNER, SIGNATORY or CONTRIBUTOR
/// may submit, because a contribution is not binding.
///
/// The deadline is compared with the database's clock, read after the lock on the procurement. A
/// contribution causes no event and no notification.
pub async fn submit(
    database: &Database,
    actor: &Actor,
    command: SubmitContribution,
    key: Option<&IdempotencyKey>,
) -> Fallible<(DialogueId, ContributionId)> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("contributeToDialogue") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("contributeToDialogue", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock_visible(&mut work, actor, command.dialogue).await?;
    let now = work.now().await?;
    rules::check_receiving(&Moment {
        phase: procurement.phase(now),
        window: dialogue.window,
        now,
    })?;
    let latest =
        store::questionnaires::of_dialogues(work.connection(), &[dialogue.id], true).await?;
    let questionnaire = latest
        .into_iter()
        .next()
        .or_else(|| idea_call(dialogue.id, dialogue.kind))
        .ok_or_else(no_questionnaire)?;
    rules::check_version(command.sheet.version, questionnaire.version)?;
    rules::check_answers(&questionnaire.questions, &command.sheet.answers)?;
    let action = LimitedAction::Contribute;
    rate_limit::count(&mut work, procurement.id, organisation, action, now).await?;
    let mut sheet = command.sheet;
    let id = ContributionId::new();
    let sender = (dialogue.id, organisation);
    files::hold(&mut work, id.0, sender, &mut sheet, now).await?;
    let sheet = sheet.in_order();
    let number = 1 + store::count_own(work.connection(), dialogue.id, organisation).await?;
    let text = ReceiptContent::new(dialogue.id, organisation, number, &sheet).text()?;
    let new = NewContribution {
        id,
        dialogue: dialogue.id,
        organisation,
        number,
        sheet: &sheet,
        sha256: &Sha256::digest(text),
        submitted_by: person.id,
        submitted_at: now,
    };
    store::insert(work.connection(), &new).await?;
    files::share(&mut work, (id, &sheet), sender, procurement.buyer, now).await?;
    files::release(&mut work, dialogue.id, organisation, now).await?;
    let detail = json!({ "contribution": id });
    work.audit("contribution.submit", procurement.id.0, detail)
        .await?;
    let outcome = (dialogue.id, id);
    work.commit(&outcome).await?;
    Ok(outcome)
}

fn no_questionnaire() -> Refusal {
    Refusal::at(
        Code::NotFound,
        &["dialogueId"],
        "this round has no questionnaire yet; follow the procurement to be notified of one, or ask a question",
    )
}
