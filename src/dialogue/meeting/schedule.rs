//! The buyer schedules a meeting, changes what is planned, or cancels it.

use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Change, Happening, Plan, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, UnitOfWork},
    dialogue::{event, round, rules::check_localized},
    kernel::{
        ids::{DialogueId, MeetingId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// A new meeting.
#[derive(Debug, Serialize)]
pub struct Schedule {
    /// In which round.
    pub dialogue: DialogueId,
    /// What is planned.
    pub plan: Plan,
}

/// Schedules a meeting in a round of kind MARKET_MEETING; followers are told. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn schedule(
    database: &Database,
    actor: &Actor,
    command: Schedule,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("scheduleMeeting", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = round::of_buyer(
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
    let version = store::Version {
        meeting: id,
        revision: 1,
        plan: command.plan,
        reason: LocalizedText::default(),
        at: now,
    };
    store::insert_version(work.connection(), &version, person).await?;
    let happening = Happening {
        procurement: procurement.id,
        dialogue: dialogue.id,
        meeting: id,
        kind: event::Kind::MeetingScheduled,
        told: database::Event::MeetingScheduled,
        at: now,
    };
    happening.tell(&mut work, id.0).await?;
    let detail = json!({ "meeting": id });
    work.audit("meeting.schedule", procurement.id.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Another plan for a meeting.
#[derive(Debug, Serialize)]
pub struct Replan {
    /// Which meeting.
    pub meeting: MeetingId,
    /// The revision that its writer saw.
    pub revision: i32,
    /// What is planned now.
    pub plan: Plan,
    /// Why, for everyone to read.
    pub reason: LocalizedText,
}

/// Changes what is planned, until the meeting starts; the earlier plan stays readable. Followers are told, and the members
/// of those who registered. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn change(
    database: &Database,
    actor: &Actor,
    command: Replan,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("changeMeeting", key, &command).await? {
        return Ok(first);
    }
    let change = Change::of_buyer(
        &mut work,
        actor,
        command.meeting,
        const { table::buyer("changeMeeting") },
    )
    .await?;
    check_reason(&command.reason)?;
    let (moment, standing) = (change.moment(), change.meeting.standing());
    rules::check_change(&moment, &standing, &command.plan, command.revision)?;
    let version = store::Version {
        meeting: command.meeting,
        revision: change.meeting.revision + 1,
        plan: command.plan,
        reason: command.reason,
        at: change.now,
    };
    store::insert_version(work.connection(), &version, person).await?;
    let kinds = (event::Kind::MeetingChanged, database::Event::MeetingChanged);
    tell_all(&mut work, &change, kinds).await?;
    let detail = json!({ "meeting": command.meeting, "revision": version.revision });
    let procurement = change.procurement.id.0;
    work.audit("meeting.change", procurement, detail).await?;
    work.commit(&command.meeting).await?;
    Ok(command.meeting)
}

/// A cancellation.
#[derive(Debug, Serialize)]
pub struct Cancel {
    /// Which meeting.
    pub meeting: MeetingId,
    /// Why, for everyone to read.
    pub reason: LocalizedText,
}

/// Cancels a meeting until it starts; followers are told, and the members of those who registered. Needs the role EDITOR or
/// PUBLISHER in the buyer.
pub async fn cancel(
    database: &Database,
    actor: &Actor,
    command: Cancel,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("cancelMeeting", key, &command).await? {
        return Ok(first);
    }
    let id = command.meeting;
    let change = Change::of_buyer(
        &mut work,
        actor,
        id,
        const { table::buyer("cancelMeeting") },
    )
    .await?;
    check_reason(&command.reason)?;
    rules::check_cancelling(&change.moment(), &change.meeting.standing())?;
    let by = (person, change.now);
    store::insert_cancellation(work.connection(), id, &command.reason, by).await?;
    let kinds = (
        event::Kind::MeetingCancelled,
        database::Event::MeetingCancelled,
    );
    tell_all(&mut work, &change, kinds).await?;
    let detail = json!({ "meeting": id });
    let procurement = change.procurement.id.0;
    work.audit("meeting.cancel", procurement, detail).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Tells followers, and the members of those who registered, each once: every change is known by an ID of its own.
async fn tell_all(
    work: &mut UnitOfWork,
    change: &Change,
    (kind, told): (event::Kind, database::Event),
) -> Fallible<()> {
    let happening = change.happening(kind, told);
    let notify = happening.tell(work, Uuid::now_v7()).await?;
    store::notify_registered(work.connection(), change.meeting.id, &notify).await?;
    Ok(())
}

fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(reason, "a reason", &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}
