//! A supplier says that it comes to a meeting, with how many people. Nobody is named: a number, and a note to the buyer.

use serde::Serialize;
use serde_json::json;

use super::{Change, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::rate::{self, Activity},
    kernel::{
        ids::MeetingId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// A registration.
#[derive(Debug, Serialize)]
pub struct Register {
    /// For which meeting.
    pub meeting: MeetingId,
    /// How many people come.
    pub attendees: i32,
    /// What the buyer should know, such as what they need to take part.
    pub note: Option<String>,
}

/// Registers the acting organisation, or replaces its registration, while there are seats. Any member of a supplier with the
/// role OWNER, SIGNATORY or CONTRIBUTOR may, until registration ends.
///
/// Of two at once for the last seat one gets it: the procurement's row is locked. No event tells of it, and the round's
/// numbers are not touched: one given here would tell whose questions bear it.
pub async fn register(
    database: &Database,
    actor: &Actor,
    command: Register,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("registerForMeeting") })?;
    rules::check_note(command.note.as_deref())?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("registerForMeeting", key, &command).await? {
        return Ok(first);
    }
    let id = command.meeting;
    let change = Change::visible(&mut work, actor, id).await?;
    let (now, procurement) = (change.now, change.procurement.id);
    let standing = change.meeting.standing();
    let own = store::attendees(work.connection(), id, organisation).await?;
    let others = standing.taken.seats - i64::from(own.unwrap_or(0));
    rules::check_registering(&change.moment(), &standing, others, command.attendees)?;
    rate::take(
        &mut work,
        procurement,
        organisation,
        Activity::Register,
        now,
    )
    .await?;
    let by = (person.id, organisation);
    store::put_registration(work.connection(), &command, by, now).await?;
    let detail = json!({ "meeting": id, "attendees": command.attendees });
    work.audit("meeting.register", procurement.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Takes the acting organisation's registration back, until the meeting starts. For whom [`register`] is.
pub async fn cancel(
    database: &Database,
    actor: &Actor,
    id: MeetingId,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let (_, organisation) =
        policy::supplier(actor, const { table::supplier("cancelRegistration") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("cancelRegistration", key, &id).await? {
        return Ok(first);
    }
    let change = Change::visible(&mut work, actor, id).await?;
    let (now, procurement) = (change.now, change.procurement.id);
    rules::check_deregistering(&change.moment(), &change.meeting.standing())?;
    rate::take(
        &mut work,
        procurement,
        organisation,
        Activity::Register,
        now,
    )
    .await?;
    if !store::delete_registration(work.connection(), id, organisation).await? {
        let message = "your organisation is not registered for this meeting";
        return Err(Refusal::at(Code::NotFound, &["meetingId"], message).into());
    }
    let detail = json!({ "meeting": id });
    work.audit("meeting.register.cancel", procurement.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}
