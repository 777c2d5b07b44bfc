//! A supplier withdraws its contribution.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    rules::{self, Moment},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::round::lock_visible,
    document,
    kernel::{
        ids::{ContributionId, DialogueId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Command to withdraw a contribution.
#[derive(Debug, Serialize, Deserialize)]
pub struct WithdrawContribution {
    /// Contribution of the acting organisation.
    pub contribution: ContributionId,
}

/// Withdraws the organisation's contribution, until the round ends. The buyer may no longer read
/// it, and it is not published. The organisation may still read it, and may submit another one.
pub async fn withdraw(
    database: &Database,
    actor: &Actor,
    command: WithdrawContribution,
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
    let (dialogue, _) = store::own_status(work.connection(), id, organisation)
        .await?
        .ok_or_else(no_contribution)?;
    let (dialogue, procurement) = lock_visible(&mut work, actor, dialogue).await?;
    let now = work.now().await?;
    rules::check_receiving(&Moment {
        phase: procurement.phase(now),
        window: dialogue.window,
        now,
    })?;
    let (_, in_force) = store::own_status(work.connection(), id, organisation)
        .await?
        .ok_or_else(no_contribution)?;
    if !in_force {
        let message = "this contribution is withdrawn already, or replaced by a later one";
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
