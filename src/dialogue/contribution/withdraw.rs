//! A supplier withdraws its contribution.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    rules::{self, Moment},
    store,
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::round::{lock_visible, store::Dialogue},
    document,
    kernel::{
        ids::{ContributionId, DialogueId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::store::Procurement,
};

/// Withdraws the organisation's contribution, until the round ends. The buyer may no longer read
/// it, and it is not published. The organisation may still read it, and may submit another one.
#[derive(Debug, Serialize, Deserialize)]
pub struct WithdrawContribution {
    /// Contribution of the acting organisation.
    pub contribution: ContributionId,
}

impl UseCase for WithdrawContribution {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("withdrawContribution", SupplierAction::Contribute);
    type Target = (Dialogue, Procurement);
    type Output = (DialogueId, ContributionId);

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Self::Target> {
        let (dialogue, _) =
            store::own_status(work.connection(), self.contribution, caller.organisation)
                .await?
                .ok_or_else(no_contribution)?;
        lock_visible(work, dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<(DialogueId, ContributionId)> {
        let id = self.contribution;
        rules::check_receiving(&Moment {
            phase: procurement.phase(now),
            window: dialogue.window,
            now,
        })?;
        let (_, in_force) = store::own_status(work.connection(), id, caller.organisation)
            .await?
            .ok_or_else(no_contribution)?;
        if !in_force {
            let message = "this contribution is withdrawn already, or replaced by a later one";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        store::insert_withdrawal(work.connection(), id, caller.person, now).await?;
        document::store::unshare(work.connection(), id.0).await?;
        let detail = json!({ "contribution": id });
        work.audit("contribution.withdraw", procurement.id.0, detail);
        let outcome = (dialogue.id, id);
        Ok(outcome)
    }
}

fn no_contribution() -> Refusal {
    Refusal::not_found("contributionId", "contribution")
}
