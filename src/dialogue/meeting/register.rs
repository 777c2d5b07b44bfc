//! A supplier registers for a market meeting, with a number of attendees and a note to the buyer
//! but without the names of persons.

use serde::Serialize;
use serde_json::json;

use super::{
    MeetingChange, rules,
    store::{self, NewRegistration},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::rate_limit::{self, LimitedAction},
    kernel::{ids::MeetingId, refusal::Fallible},
};

/// Command to register for a meeting.
#[derive(Debug, Serialize)]
pub struct RegisterForMeeting {
    /// Meeting to register for.
    pub meeting: MeetingId,
    /// Number of attendees.
    pub attendees: i32,
    /// Note to the buyer, such as what the attendees need to take part.
    pub note: Option<String>,
}

/// Registers the acting organisation, or replaces its registration, while there are seats. Any
/// member of a supplier with the role OWNER, SIGNATORY or CONTRIBUTOR may register until
/// registration ends.
///
/// The lock on the procurement's row gives the last seat to one of two concurrent registrations. A
/// registration causes no event, and gives the organisation no participant number: the number would
/// reveal to the buyer which questions the organisation asked.
pub async fn register(
    database: &Database,
    actor: &Actor,
    command: RegisterForMeeting,
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
    let change = MeetingChange::visible(&mut work, actor, id).await?;
    let (now, procurement) = (change.now, change.procurement.id);
    let state = change.meeting.state();
    let own = store::attendees(work.connection(), id, organisation).await?;
    let others = state.taken.seats - i64::from(own.unwrap_or(0));
    rules::check_registering(&change.moment(), &state, others, command.attendees)?;
    let action = LimitedAction::Register;
    rate_limit::count(&mut work, procurement, organisation, action, now).await?;
    let registration = NewRegistration {
        meeting: id,
        organisation,
        attendees: command.attendees,
        note: command.note.as_deref(),
        registered_by: person.id,
        at: now,
    };
    store::put_registration(work.connection(), &registration).await?;
    let detail = json!({ "meeting": id, "attendees": command.attendees });
    work.audit("meeting.register", procurement.0, detail)
        .await?;
    work.commit(&id).await?;
    Ok(id)
}
