//! The buyer ends a round before its time: closes it, or cancels one that was opened by mistake.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    lock_for_buyer,
    rules::{self, DialogueKind, DialogueState, Window},
    store::{self, Dialogue, NewEnd},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        notification::{DIALOGUE_CANCELLED, DIALOGUE_CLOSED, DIALOGUE_OPENED},
        text::check_localized,
    },
    document,
    kernel::{
        ids::DialogueId,
        refusal::{Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::{
        self,
        jobs::IndexProcurements,
        notification::{Notify, NotifyAt, NotifyInstead},
        store::Procurement,
    },
};

/// What ends a round: the round, and the reason, which everyone may read.
#[derive(Debug, Serialize)]
pub struct RoundEnd {
    /// Round to end.
    pub dialogue: DialogueId,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

/// Closes a round that is open: it ends now instead of at `closesAt`. Followers are notified. Needs
/// the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct CloseDialogue(pub RoundEnd);

/// Cancels a round that was opened by mistake, before or after its opening. What was asked and
/// submitted stays readable, and questions may still be answered. Followers are notified. Needs the
/// role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct CancelDialogue(pub RoundEnd);

impl UseCase for CloseDialogue {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("closeDialogue", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.0.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        let ended = dialogue.window.ended(now);
        let by = (caller, now);
        self.0
            .end(work, by, (&dialogue, ended), rules::check_closing)
            .await?;
        let closed = event_of(&dialogue, DialogueEventKind::DialogueClosed, now);
        event::reschedule(work, closed, now).await?;
        // Replaces the job for the planned end.
        work.enqueue(&NotifyAt(notification(&dialogue, DIALOGUE_CLOSED, now)))?;
        finish(work, "dialogue.close", &procurement, dialogue.id)
    }
}

impl UseCase for CancelDialogue {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("cancelDialogue", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.0.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        let planned = dialogue.window.state(now) == DialogueState::Planned;
        // A round that never opened keeps the times of its plan.
        let mut window = match planned {
            true => dialogue.window,
            false => dialogue.window.ended(now),
        };
        window.cancelled = true;
        let by = (caller, now);
        self.0
            .end(work, by, (&dialogue, window), rules::check_cancelling)
            .await?;
        if planned {
            // Its documents were to be public from the opening on.
            document::store::unshare(work.connection(), dialogue.id.0).await?;
        }
        announce_cancellation(work, &dialogue, now).await?;
        lift_partnership(work, &dialogue, &procurement).await?;
        finish(work, "dialogue.cancel", &procurement, dialogue.id)
    }
}

impl RoundEnd {
    /// Stores the end of the round, if `check` allows it, with the window that it then has.
    async fn end(
        &self,
        work: &mut UnitOfWork,
        (caller, now): (&BuyerCaller, DateTime<Utc>),
        (dialogue, window): (&Dialogue, Window),
        check: impl Fn(&Window, bool, DateTime<Utc>) -> Result<(), Refusal>,
    ) -> Fallible<()> {
        check_reason(&self.reason)?;
        let meetings = store::has_coming_meeting(work.connection(), dialogue.id, now).await?;
        check(&dialogue.window, meetings, now)?;
        let end = NewEnd {
            dialogue: dialogue.id,
            cancelled: window.cancelled,
            reason: &self.reason,
            ended_by: caller.person,
            at: now,
        };
        Ok(store::end(work.connection(), &end, &window).await?)
    }
}

/// Replaces the events and notifications that are not public yet (the opening, the planned end) by
/// those of the cancellation.
async fn announce_cancellation(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    now: DateTime<Utc>,
) -> Fallible<()> {
    event::store::delete_unpublished(work.connection(), dialogue.id, now).await?;
    let cancelled = event_of(dialogue, DialogueEventKind::DialogueCancelled, now);
    event::record(work, cancelled).await?;
    for replaced in [DIALOGUE_OPENED, DIALOGUE_CLOSED] {
        let notify = notification(dialogue, DIALOGUE_CANCELLED, now);
        work.enqueue(&NotifyInstead { replaced, notify })?;
    }
    Ok(())
}

/// Makes the procurement one that may be tendered again, if its only partnership round is cancelled
/// before anyone took part in it.
async fn lift_partnership(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    procurement: &Procurement,
) -> Fallible<()> {
    if dialogue.kind == DialogueKind::Partnership
        && !store::is_partnership(work.connection(), procurement.id).await?
    {
        procurement::store::unset_partnership(work.connection(), procurement.id).await?;
    }
    Ok(())
}

fn event_of(dialogue: &Dialogue, kind: DialogueEventKind, at: DateTime<Utc>) -> DialogueEvent {
    DialogueEvent {
        procurement: dialogue.procurement,
        dialogue: Some(dialogue.id),
        kind,
        subject: dialogue.id.0,
        at,
    }
}

fn notification(
    dialogue: &Dialogue,
    event: procurement::notification::NotificationEvent,
    at: DateTime<Utc>,
) -> Notify {
    Notify {
        procurement: dialogue.procurement,
        event,
        subject: dialogue.id.0,
        about: None,
        at,
    }
}

fn finish(
    work: &mut UnitOfWork,
    action: &'static str,
    procurement: &Procurement,
    dialogue: DialogueId,
) -> Fallible<DialogueId> {
    work.audit(action, procurement.id.0, json!({ "dialogue": dialogue }));
    work.enqueue(&IndexProcurements::now(vec![procurement.id]))?;
    Ok(dialogue)
}

fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(reason, "a reason", &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}
