//! The buyer cancels a market meeting.

use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, check_reason, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, UnitOfWork},
    dialogue::event::DialogueEventKind,
    kernel::{ids::MeetingId, refusal::Fallible, text::LocalizedText},
};

/// Command to cancel a meeting.
#[derive(Debug, Serialize)]
pub struct CancelMeeting {
    /// Meeting to cancel.
    pub meeting: MeetingId,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

/// Cancels a meeting, until it starts. Followers and the members of the registered organisations
/// are notified. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn cancel(
    database: &Database,
    actor: &Actor,
    command: CancelMeeting,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("cancelMeeting", key, &command).await? {
        return Ok(first);
    }
    let id = command.meeting;
    let change = MeetingChange::for_buyer(
        &mut work,
        actor,
        id,
        const { table::buyer("cancelMeeting") },
    )
    .await?;
    check_reason(&command.reason)?;
    rules::check_cancelling(&change.moment(), &change.meeting.state())?;
    let by = (person, change.now);
    store::insert_cancellation(work.connection(), id, &command.reason, by).await?;
    let kinds = (
        DialogueEventKind::MeetingCancelled,
        database::Event::MeetingCancelled,
    );
    change.announce_to_registered(&mut work, kinds).await?;
    let detail = json!({ "meeting": id });
    let procurement = change.procurement.id.0;
    work.audit("meeting.cancel", procurement, detail).await?;
    work.commit(&id).await?;
    Ok(id)
}
