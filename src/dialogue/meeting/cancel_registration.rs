//! A supplier cancels its registration for a market meeting.

use serde_json::json;

use super::{MeetingChange, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::rate_limit::{self, LimitedAction},
    kernel::{
        ids::MeetingId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Cancels the acting organisation's registration, until the meeting starts. Any member of a
/// supplier with the role OWNER, SIGNATORY or CONTRIBUTOR may cancel it.
pub async fn cancel_registration(
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
    let change = MeetingChange::visible(&mut work, actor, id).await?;
    let (now, procurement) = (change.now, change.procurement.id);
    rules::check_cancelling_registration(&change.moment(), &change.meeting.state())?;
    let action = LimitedAction::Register;
    rate_limit::count(&mut work, procurement, organisation, action, now).await?;
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
