//! The buyer publishes the contributions to a round that has ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{announce, rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::CONTRIBUTIONS_PUBLISHED,
    dialogue::{
        event::DialogueEventKind,
        round::{lock_for_buyer, store::Dialogue},
    },
    kernel::{
        ids::DialogueId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::notification::Notify,
    procurement::store::Procurement,
};

/// Publishes the contributions to a round that has ended: from then on everyone may read the
/// answers that are not business secrets. Followers are notified. It cannot be undone. Needs the
/// role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize, Deserialize)]
pub struct PublishContributions {
    /// Round whose contributions are published.
    pub dialogue: DialogueId,
}

impl UseCase for PublishContributions {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("publishContributions", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        rules::check_publishing_contributions(&dialogue.window, now)?;
        if !store::insert_publication(work.connection(), dialogue.id, caller.person, now).await? {
            let message = "the contributions to this round are published already";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        store::files::publish(work.connection(), dialogue.id, now).await?;
        let notify = Notify {
            procurement: procurement.id,
            event: CONTRIBUTIONS_PUBLISHED,
            subject: dialogue.id.0,
            about: None,
            at: now,
        };
        let kind = DialogueEventKind::ContributionsPublished;
        announce(work, dialogue.id, kind, notify).await?;
        let detail = json!({ "dialogue": dialogue.id });
        work.audit("contributions.publish", procurement.id.0, detail);
        Ok(dialogue.id)
    }
}
