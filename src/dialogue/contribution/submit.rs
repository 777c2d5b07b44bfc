//! A supplier hands in a contribution, or takes it back.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    Sheet,
    answers::Canonical,
    draft::lock,
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
    dialogue::rate::{self, Activity},
    document,
    kernel::{
        ids::{ContributionId, DialogueId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// A contribution.
#[derive(Debug, Serialize)]
pub struct Contribute {
    /// To which round.
    pub dialogue: DialogueId,
    /// What it says.
    pub sheet: Sheet,
}

/// Hands in a contribution; a later one of the same organisation replaces it, and its draft is done with. Any member of
/// a supplier with the role OWNER, SIGNATORY or CONTRIBUTOR may: it binds nobody.
///
/// The time that counts is the database's clock, read after the lock on the procurement. No event and no notification
/// tells of it.
pub async fn contribute(
    database: &Database,
    actor: &Actor,
    command: Contribute,
    key: Option<&IdempotencyKey>,
) -> Fallible<(DialogueId, ContributionId)> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("contributeToDialogue") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("contributeToDialogue", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock(&mut work, actor, command.dialogue).await?;
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
    rate::take(
        &mut work,
        procurement.id,
        organisation,
        Activity::Contribute,
        now,
    )
    .await?;
    let mut sheet = command.sheet;
    let id = ContributionId::new();
    let place = (dialogue.id, organisation);
    files::hold(&mut work, id.0, place, &mut sheet, now).await?;
    let sheet = sheet.in_order();
    let number = 1 + store::count_own(work.connection(), dialogue.id, organisation).await?;
    let text = Canonical::new(dialogue.id, organisation, number, &sheet).text()?;
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
    files::hand_in(&mut work, (id, &sheet), place, procurement.buyer, now).await?;
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
        "this round has no questionnaire to answer yet; follow the procurement to be told of one, or ask a question",
    )
}

/// A withdrawal.
#[derive(Debug, Serialize, Deserialize)]
pub struct Withdraw {
    /// Which contribution.
    pub contribution: ContributionId,
}

/// Withdraws the organisation's contribution, until the round ends: the buyer does not read it any more, and it is not
/// published. It is kept, for its own organisation to see. Another may be handed in.
pub async fn withdraw(
    database: &Database,
    actor: &Actor,
    command: Withdraw,
    key: Option<&IdempotencyKey>,
) -> Fallible<(DialogueId, ContributionId)> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("withdrawContribution") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("withdrawContribution", key, &command).await? {
        return Ok(first);
    }
    let id = command.contribution;
    let no_contribution = || Refusal::not_found("contributionId", "contribution");
    let (dialogue, _) = store::place_of(work.connection(), id, organisation)
        .await?
        .ok_or_else(no_contribution)?;
    let (dialogue, procurement) = lock(&mut work, actor, dialogue).await?;
    let now = work.now().await?;
    rules::check_receiving(&Moment {
        phase: procurement.phase(now),
        window: dialogue.window,
        now,
    })?;
    let (_, stands) = store::place_of(work.connection(), id, organisation)
        .await?
        .ok_or_else(no_contribution)?;
    if !stands {
        let message = "this contribution was withdrawn, or replaced by a later one, before";
        return Err(Refusal::new(Code::AlreadyDone, message).into());
    }
    store::insert_withdrawal(work.connection(), id, person.id, now).await?;
    document::store::unshare(work.connection(), id.0).await?;
    let detail = json!({ "contribution": id });
    work.audit("contribution.withdraw", procurement.id.0, detail)
        .await?;
    let outcome = (dialogue.id, id);
    work.commit(&outcome).await?;
    Ok(outcome)
}
