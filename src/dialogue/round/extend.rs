//! The buyer gives a round more time. The window only grows, and every extension stays readable
//! with its reason.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    lock_for_buyer,
    rules::{self, WindowExtension},
    store::{self, Dialogue},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::{DIALOGUE_CLOSED, DIALOGUE_EXTENDED},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        text::check_localized,
    },
    kernel::{
        ids::DialogueId,
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
    procurement::jobs::IndexProcurements,
    procurement::notification::{Notify, NotifyAt},
    procurement::{deadline, rules::warnings::Surroundings, store::Procurement},
};

/// Extends a round; followers are notified. Needs the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct ExtendDialogue {
    /// Round to extend.
    pub dialogue: DialogueId,
    /// New times; those left out stay as they are.
    pub extension: WindowExtension,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

impl UseCase for ExtendDialogue {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("extendDialogue", BuyerAction::RunDialogue);
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
        let id = self.dialogue;
        let mut refusals = Refusals::default();
        check_localized(&self.reason, "a reason", &["reason"], &mut refusals);
        refusals.into_result()?;
        let phase = procurement.phase(now);
        let window = rules::check_extension(phase, &dialogue.window, self.extension, now)?;
        let surroundings = Surroundings {
            country: deadline::country(work, procurement.buyer)
                .await?
                .unwrap_or_default(),
            zone: dialogue.window.zone,
            now,
        };
        let (deadline, earlier) = (procurement.tender_deadline, Some(&dialogue.window));
        work.warn(rules::window_warnings(
            &window,
            earlier,
            deadline,
            &surroundings,
        ));
        let by = (caller.person, now);
        store::extend(work.connection(), id, &window, &self.reason, by).await?;
        let detail = json!({ "dialogue": id, "extension": self.extension });
        work.audit("dialogue.extend", procurement.id.0, detail);
        work.enqueue(&IndexProcurements::now(vec![procurement.id]))?;
        let event = |kind, at| DialogueEvent {
            procurement: procurement.id,
            dialogue: Some(id),
            kind,
            subject: id.0,
            at,
        };
        event::record(work, event(DialogueEventKind::DialogueExtended, now)).await?;
        let closing = event(DialogueEventKind::DialogueClosed, window.closes_at);
        event::reschedule(work, closing, now).await?;
        notify(work, &dialogue, window.closes_at, now).await?;
        Ok(id)
    }
}

/// Notifies followers of the extension, and moves the notification of the round's end.
async fn notify(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    closes_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let notify = |event, at| Notify {
        procurement: dialogue.procurement,
        event,
        subject: dialogue.id.0,
        about: None,
        at,
    };
    // A fresh subject ID per extension, so that followers are notified of each one.
    let extended = Notify {
        subject: uuid::Uuid::now_v7(),
        about: Some(dialogue.id.0),
        ..notify(DIALOGUE_EXTENDED, now)
    };
    work.enqueue(&extended)?;
    // Replaces the job for the earlier end.
    let closed = notify(DIALOGUE_CLOSED, closes_at);
    work.enqueue(&NotifyAt(closed))
}
