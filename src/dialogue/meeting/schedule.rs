//! The buyer schedules a market meeting.

use serde::Serialize;
use serde_json::json;

use super::{MeetingEvent, Plan, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, UnitOfWork},
    dialogue::{event::DialogueEventKind, round::lock_for_buyer},
    kernel::{
        ids::{DialogueId, MeetingId},
        refusal::Fallible,
        text::LocalizedText,
    },
};

/// Command to schedule a meeting.
#[derive(Debug, Serialize)]
pub struct ScheduleMeeting {
    /// Round of kind MARKET_MEETING.
    pub dialogue: DialogueId,
    /// Plan of the meeting.
    pub plan: Plan,
}

/// Schedules a meeting in a round of kind MARKET_MEETING; followers are notified. Needs the role
/// EDITOR or PUBLISHER in the buyer.
pub async fn schedule(
    database: &Database,
    actor: &Actor,
    command: ScheduleMeeting,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("scheduleMeeting", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock_for_buyer(
        &mut work,
        actor,
        command.dialogue,
        const { table::buyer("scheduleMeeting") },
    )
    .await?;
    let now = work.now().await?;
    let moment = rules::Moment {
        phase: procurement.phase(now),
        kind: dialogue.kind,
        window: dialogue.window,
        now,
    };
    let number = store::count(work.connection(), dialogue.id).await?;
    rules::check_scheduling(&moment, &command.plan, number)?;
    let id = MeetingId::new();
    store::insert(work.connection(), id, dialogue.id).await?;
    let version = store::MeetingVersion {
        meeting: id,
        revision: 1,
        plan: command.plan,
        reason: LocalizedText::default(),
        at: now,
    };
    store::insert_version(work.connection(), &version, person).await?;
    let event = MeetingEvent {
        procurement: procurement.id,
        dialogue: dialogue.id,
        meeting: id,
        kind: DialogueEventKind::MeetingScheduled,
        notification: database::Event::MeetingScheduled,
        at: now,
    };
    event.announce(&mut work, id.0).await?;
    let detail = json!({ "meeting": id });
    work.audit("meeting.schedule", procurement.id.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}
