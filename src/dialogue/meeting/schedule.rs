//! The buyer schedules a market meeting.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{MeetingEvent, Plan, rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::MEETING_SCHEDULED,
    dialogue::{
        event::DialogueEventKind,
        round::{lock_for_buyer, store::Dialogue},
    },
    kernel::{
        ids::{DialogueId, MeetingId},
        refusal::Fallible,
        text::LocalizedText,
    },
    procurement::store::Procurement,
};

/// Schedules a meeting in a round of kind MARKET_MEETING; followers are notified. Needs the role
/// EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct ScheduleMeeting {
    /// Round of kind MARKET_MEETING.
    pub dialogue: DialogueId,
    /// Plan of the meeting.
    pub plan: Plan,
}

impl UseCase for ScheduleMeeting {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("scheduleMeeting", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = MeetingId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<MeetingId> {
        let moment = rules::Moment {
            phase: procurement.phase(now),
            kind: dialogue.kind,
            window: dialogue.window,
            now,
        };
        let number = store::count(work.connection(), dialogue.id).await?;
        rules::check_scheduling(&moment, &self.plan, number)?;
        let id = MeetingId::new();
        store::insert(work.connection(), id, dialogue.id).await?;
        let version = store::MeetingVersion {
            meeting: id,
            revision: 1,
            plan: self.plan,
            reason: LocalizedText::default(),
            at: now,
        };
        store::insert_version(work.connection(), &version, caller.person).await?;
        let event = MeetingEvent {
            procurement: procurement.id,
            dialogue: dialogue.id,
            meeting: id,
            kind: DialogueEventKind::MeetingScheduled,
            notification: MEETING_SCHEDULED,
            at: now,
        };
        event.announce(work, id.0).await?;
        let detail = json!({ "meeting": id });
        work.audit("meeting.schedule", procurement.id.0, detail);
        Ok(id)
    }
}
