//! The buyer changes the plan of a market meeting.

use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, Plan, check_reason, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, UnitOfWork},
    dialogue::event::DialogueEventKind,
    kernel::{ids::MeetingId, refusal::Fallible, text::LocalizedText},
};

/// Command to change a meeting.
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

/// Changes the plan of a meeting, until the meeting starts. The earlier plan stays readable.
/// Followers and the members of the registered organisations are notified. Needs the role EDITOR or
/// PUBLISHER in the buyer.
pub async fn change(
    database: &Database,
    actor: &Actor,
    command: ChangeMeeting,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("changeMeeting", key, &command).await? {
        return Ok(first);
    }
    let change = MeetingChange::for_buyer(
        &mut work,
        actor,
        command.meeting,
        const { table::buyer("changeMeeting") },
    )
    .await?;
    check_reason(&command.reason)?;
    let (moment, state) = (change.moment(), change.meeting.state());
    rules::check_change(&moment, &state, &command.plan, command.revision)?;
    let version = store::MeetingVersion {
        meeting: command.meeting,
        revision: change.meeting.revision + 1,
        plan: command.plan,
        reason: command.reason,
        at: change.now,
    };
    store::insert_version(work.connection(), &version, person).await?;
    let kinds = (
        DialogueEventKind::MeetingChanged,
        database::Event::MeetingChanged,
    );
    change.announce_to_registered(&mut work, kinds).await?;
    let detail = json!({ "meeting": command.meeting, "revision": version.revision });
    let procurement = change.procurement.id.0;
    work.audit("meeting.change", procurement, detail).await?;
    work.commit(&command.meeting).await?;
    Ok(command.meeting)
}
