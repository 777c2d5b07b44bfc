//! Market meetings: when and where, who comes, and what was said.
//!
//! A round of kind MARKET_MEETING has meetings. What is planned is public, and so are the minutes: who was not there has
//! what was said. Who registered is for the buyer and the organisation itself; it has nothing to do with the numbers under
//! which questions are asked.

pub mod minutes;
pub mod register;
pub mod rules;
pub mod schedule;
pub mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{event, round, store::Dialogue};
use crate::{
    auth::{Actor, policy::BuyerAction},
    database::{self, Job, Notify, UnitOfWork},
    kernel::{
        ids::{DialogueId, MeetingId, ProcurementId},
        refusal::{Fallible, Refusal},
        text::LocalizedText,
    },
    procurement::store::Procurement,
};

/// What is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Where; empty where it is held by link alone.
    pub place: LocalizedText,
    /// The address of an online meeting (https).
    pub link: Option<String>,
    /// What is talked about; may be empty.
    pub agenda: LocalizedText,
    /// How many may come; `None`: as many as want to.
    pub seats: Option<i32>,
    /// How many of one organisation may.
    pub seats_per_organisation: Option<i32>,
    /// Organisations register before this moment; `None`: whoever wants may come.
    pub registration_until: Option<DateTime<Utc>>,
}

/// A meeting that something is done with, its procurement locked.
struct Change {
    meeting: store::Planned,
    dialogue: Dialogue,
    procurement: Procurement,
    now: DateTime<Utc>,
}

impl Change {
    /// The meeting, for whoever may see its procurement.
    async fn visible(work: &mut UnitOfWork, actor: &Actor, id: MeetingId) -> Fallible<Self> {
        let dialogue = round_of(work, id).await?;
        let locked = round::visible(work, actor, dialogue).await?;
        Self::locked(work, id, locked).await
    }

    /// The meeting, for a member of the buyer who may do this.
    async fn of_buyer(
        work: &mut UnitOfWork,
        actor: &Actor,
        id: MeetingId,
        action: BuyerAction,
    ) -> Fallible<Self> {
        let dialogue = round_of(work, id).await?;
        let locked = round::of_buyer(work, actor, dialogue, action).await?;
        Self::locked(work, id, locked).await
    }

    async fn locked(
        work: &mut UnitOfWork,
        id: MeetingId,
        (dialogue, procurement): (Dialogue, Procurement),
    ) -> Fallible<Self> {
        // Read after the lock: somebody else may have changed it before.
        let found = store::planned(work.connection(), id).await?;
        Ok(Self {
            meeting: found.ok_or_else(no_meeting)?,
            dialogue,
            procurement,
            now: work.now().await?,
        })
    }

    /// In which moment of its round it is.
    fn moment(&self) -> rules::Moment {
        rules::Moment {
            phase: self.procurement.phase(self.now),
            kind: self.dialogue.kind,
            window: self.dialogue.window,
            now: self.now,
        }
    }

    /// That this happened to the meeting now.
    fn happening(&self, kind: event::Kind, told: database::Event) -> Happening {
        Happening {
            procurement: self.procurement.id,
            dialogue: self.dialogue.id,
            meeting: self.meeting.id,
            kind,
            told,
            at: self.now,
        }
    }
}

async fn round_of(work: &mut UnitOfWork, id: MeetingId) -> Fallible<DialogueId> {
    let found = store::round_of(work.connection(), id).await?;
    Ok(found.ok_or_else(no_meeting)?)
}

fn no_meeting() -> Refusal {
    Refusal::not_found("meetingId", "meeting")
}

/// What happened to a meeting.
#[derive(Clone, Copy)]
struct Happening {
    procurement: ProcurementId,
    dialogue: DialogueId,
    meeting: MeetingId,
    kind: event::Kind,
    told: database::Event,
    at: DateTime<Utc>,
}

impl Happening {
    /// Records it, and tells followers; `subject` makes it one of its kind. Answers what they are told.
    async fn tell(self, work: &mut UnitOfWork, subject: uuid::Uuid) -> Fallible<Notify> {
        let happened = event::Event {
            procurement: self.procurement,
            dialogue: Some(self.dialogue),
            kind: self.kind,
            subject: self.meeting.0,
            at: self.at,
        };
        event::record(work, happened).await?;
        let notify = Notify {
            procurement: self.procurement,
            event: self.told,
            subject,
            at: self.at,
        };
        work.enqueue(Job::Notify(notify.clone())).await?;
        Ok(notify)
    }
}
