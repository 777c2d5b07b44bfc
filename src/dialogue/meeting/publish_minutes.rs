//! The buyer publishes the minutes of a market meeting, so that absent organisations have the same
//! information (equal treatment, Directive 2014/24/EU art. 18(1)).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::MINUTES_PUBLISHED,
    dialogue::{attachment, event::DialogueEventKind, text::check_localized},
    kernel::{
        ids::{DocumentId, MeetingId, MinutesId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// Publishes minutes or a revision of them, from the meeting's start on. Earlier revisions stay
/// readable; followers are notified. Needs the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct PublishMinutes {
    /// Meeting that the minutes belong to.
    pub meeting: MeetingId,
    /// Text of the minutes.
    pub text: LocalizedText,
    /// Documents of the buyer that were shown.
    pub documents: Vec<DocumentId>,
}

impl UseCase for PublishMinutes {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("publishMinutes", BuyerAction::RunDialogue);
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
        now: DateTime<Utc>,
    ) -> Fallible<MeetingId> {
        let revisions = store::minutes_count(work.connection(), self.meeting).await?;
        rules::check_minutes(
            &change.meeting.state(),
            revisions,
            (now, change.dialogue.window.zone),
        )?;
        let mut refusals = Refusals::default();
        check_localized(&self.text, "a text", &["text"], &mut refusals);
        refusals.into_result()?;
        let documents = &self.documents;
        let minutes = store::NewMinutes {
            id: MinutesId::new(),
            meeting: self.meeting,
            revision: revisions + 1,
            text: &self.text,
            documents,
            published_by: caller.person,
            published_at: now,
        };
        let holder = minutes.id.0;
        let buyer = change.procurement.buyer;
        attachment::hold(work, holder, buyer, documents, now).await?;
        store::insert_minutes(work.connection(), &minutes).await?;
        attachment::share(work, holder, documents, None, now).await?;
        let notification = MINUTES_PUBLISHED;
        let event = change.event(DialogueEventKind::MinutesPublished, notification);
        event.announce(work, minutes.id.0).await?;
        let detail = json!({ "meeting": minutes.meeting, "revision": minutes.revision });
        let procurement = change.procurement.id.0;
        work.audit("meeting.minutes", procurement, detail);
        Ok(minutes.meeting)
    }
}
