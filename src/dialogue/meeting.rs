//! Market meetings: plan, registrations and minutes.
//!
//! A round of kind MARKET_MEETING has meetings. The plan and the minutes are public, so absent
//! organisations have the same information. Only the buyer and the organisation itself see a
//! registration, which is independent of the participant numbers under which questions are asked.

pub mod cancel;
pub mod cancel_registration;
pub mod change;
pub mod publish_minutes;
pub mod register;
pub mod rules;
pub mod schedule;
pub mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    auth::policy::mutation::BuyerCaller,
    database::UnitOfWork,
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        round::{self, store::Dialogue},
        text::check_localized,
    },
    kernel::{
        ids::{DialogueId, MeetingId, ProcurementId},
        refusal::{Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::notification::{NotificationEvent, Notify},
    procurement::store::Procurement,
};

/// Plan of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Start of the meeting.
    pub starts_at: DateTime<Utc>,
    /// End of the meeting.
    pub ends_at: DateTime<Utc>,
    /// Place; empty when the meeting is only online.
    pub place: LocalizedText,
    /// Address of an online meeting (https).
    pub link: Option<String>,
    /// Agenda; may be empty.
    pub agenda: LocalizedText,
    /// Most attendees; `None` means no limit.
    pub seats: Option<i32>,
    /// Most attendees of one organisation.
    pub seats_per_organisation: Option<i32>,
    /// Time before which organisations register; `None` means that no registration is needed.
    pub registration_until: Option<DateTime<Utc>>,
}

/// A meeting that a use case changes, with its procurement locked.
pub struct MeetingChange {
    meeting: store::LockedMeeting,
    dialogue: Dialogue,
    procurement: Procurement,
    now: DateTime<Utc>,
}

impl MeetingChange {
    /// Loads a meeting and locks its procurement, if the actor may see the procurement.
    async fn visible(work: &mut UnitOfWork, id: MeetingId) -> Fallible<Self> {
        let dialogue = dialogue_of(work, id).await?;
        let locked = round::lock_visible(work, dialogue).await?;
        Self::locked(work, id, locked).await
    }

    /// Loads a meeting and locks its procurement, if the actor may do this for the buyer.
    async fn for_buyer(
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        id: MeetingId,
    ) -> Fallible<Self> {
        let dialogue = dialogue_of(work, id).await?;
        let locked = round::lock_for_buyer(work, caller, dialogue).await?;
        Self::locked(work, id, locked).await
    }

    async fn locked(
        work: &mut UnitOfWork,
        id: MeetingId,
        (dialogue, procurement): (Dialogue, Procurement),
    ) -> Fallible<Self> {
        // Read under the lock: another transaction may have changed the meeting before.
        let found = store::locked(work.connection(), id).await?;
        Ok(Self {
            meeting: found.ok_or_else(not_found)?,
            dialogue,
            procurement,
            now: work.now().await?,
        })
    }

    /// Returns the round's phase, kind and window at the time of the change.
    fn moment(&self) -> rules::Moment {
        rules::Moment {
            phase: self.procurement.phase(self.now),
            kind: self.dialogue.kind,
            window: self.dialogue.window,
            now: self.now,
        }
    }

    /// Returns the event of this kind about the meeting, at the time of the change.
    fn event(&self, kind: DialogueEventKind, notification: NotificationEvent) -> MeetingEvent {
        MeetingEvent {
            procurement: self.procurement.id,
            dialogue: self.dialogue.id,
            meeting: self.meeting.id,
            kind,
            notification,
            at: self.now,
        }
    }

    /// Records the event, and notifies followers and the members of the registered organisations.
    /// The notification has a fresh subject ID, so that each of them is notified of every change
    /// once.
    async fn announce_to_registered(
        &self,
        work: &mut UnitOfWork,
        (kind, notification): (DialogueEventKind, NotificationEvent),
    ) -> Fallible<()> {
        let event = self.event(kind, notification);
        let notify = event.announce(work, Uuid::now_v7()).await?;
        store::notify_registered(work.connection(), self.meeting.id, &notify).await?;
        Ok(())
    }
}

async fn dialogue_of(work: &mut UnitOfWork, id: MeetingId) -> Fallible<DialogueId> {
    let found = store::dialogue_of(work.connection(), id).await?;
    Ok(found.ok_or_else(not_found)?)
}

fn not_found() -> Refusal {
    Refusal::not_found("meetingId", "meeting")
}

/// Event about a meeting, with the notification for followers.
#[derive(Clone)]
struct MeetingEvent {
    procurement: ProcurementId,
    dialogue: DialogueId,
    meeting: MeetingId,
    kind: DialogueEventKind,
    notification: NotificationEvent,
    at: DateTime<Utc>,
}

impl MeetingEvent {
    /// Records the event and notifies followers; returns the notification. Followers are notified
    /// once per `subject`.
    async fn announce(self, work: &mut UnitOfWork, subject: Uuid) -> Fallible<Notify> {
        let event = DialogueEvent {
            procurement: self.procurement,
            dialogue: Some(self.dialogue),
            kind: self.kind,
            subject: self.meeting.0,
            at: self.at,
        };
        event::record(work, event).await?;
        let notify = Notify {
            procurement: self.procurement,
            event: self.notification,
            subject,
            about: Some(self.meeting.0),
            at: self.at,
        };
        work.enqueue(&notify)?;
        Ok(notify)
    }
}

/// Checks the reason that the buyer gives for changing or cancelling a meeting.
fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(reason, "a reason", &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}
