//! The buyer changes the plan of a market meeting.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, Plan, check_reason, rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::event::DialogueEventKind,
    dialogue::notification::MEETING_CHANGED,
    kernel::{ids::MeetingId, refusal::Fallible, text::LocalizedText},
};

/// Changes the plan of a meeting, until the meeting starts. The earlier plan stays readable.
/// Followers and the members of the registered organisations are notified. Needs the role EDITOR or
/// PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct ChangeMeeting {
    /// Meeting to change.
    pub meeting: MeetingId,
    /// Revision of the plan that the writer knows.
    pub revision: i32,
    /// New plan.
    pub plan: Plan,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

impl UseCase for ChangeMeeting {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("changeMeeting", BuyerAction::RunDialogue);
    type Target = MeetingChange;
    type Output = MeetingId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<MeetingChange> {
        MeetingChange::for_buyer(work, caller, self.meeting).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        change: MeetingChange,
        _: DateTime<Utc>,
    ) -> Fallible<MeetingId> {
        check_reason(&self.reason)?;
        let (moment, state) = (change.moment(), change.meeting.state());
        rules::check_change(&moment, &state, &self.plan, self.revision)?;
        let version = store::MeetingVersion {
            meeting: self.meeting,
            revision: change.meeting.revision + 1,
            plan: self.plan,
            reason: self.reason,
            at: change.now,
        };
        store::insert_version(work.connection(), &version, caller.person).await?;
        let kinds = (DialogueEventKind::MeetingChanged, MEETING_CHANGED);
        change.announce_to_registered(work, kinds).await?;
        let detail = json!({ "meeting": self.meeting, "revision": version.revision });
        let procurement = change.procurement.id.0;
        work.audit("meeting.change", procurement, detail);
        Ok(self.meeting)
    }
}
