//! The buyer cancels a market meeting.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, check_reason, rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::event::DialogueEventKind,
    dialogue::notification::MEETING_CANCELLED,
    kernel::{ids::MeetingId, refusal::Fallible, text::LocalizedText},
};

/// Cancels a meeting, until it starts. Followers and the members of the registered organisations
/// are notified. Needs the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct CancelMeeting {
    /// Meeting to cancel.
    pub meeting: MeetingId,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

impl UseCase for CancelMeeting {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("cancelMeeting", BuyerAction::RunDialogue);
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
        let id = self.meeting;
        check_reason(&self.reason)?;
        rules::check_cancelling(&change.moment(), &change.meeting.state())?;
        let by = (caller.person, change.now);
        store::insert_cancellation(work.connection(), id, &self.reason, by).await?;
        let kinds = (DialogueEventKind::MeetingCancelled, MEETING_CANCELLED);
        change.announce_to_registered(work, kinds).await?;
        let detail = json!({ "meeting": id });
        let procurement = change.procurement.id.0;
        work.audit("meeting.cancel", procurement, detail);
        Ok(id)
    }
}
