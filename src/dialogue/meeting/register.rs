//! A supplier registers for a market meeting, with a number of attendees and a note to the buyer
//! but without the names of persons.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    MeetingChange, rules,
    store::{self, NewRegistration},
};
use crate::{
    auth::{
        Actor,
        policy::{
            Mutation, SupplierAction,
            mutation::{BySupplier, Member},
        },
    },
    database::{UnitOfWork, UseCase},
    dialogue::rate_limit::{self, LimitedAction},
    kernel::{ids::MeetingId, refusal::Fallible},
};

/// Registers the acting organisation, or replaces its registration, while there are seats. Any
/// member of a supplier with the role OWNER, SIGNATORY or CONTRIBUTOR may register until
/// registration ends.
///
/// The lock on the procurement's row gives the last seat to one of two concurrent registrations. A
/// registration causes no event, and gives the organisation no participant number: the number would
/// reveal to the buyer which questions the organisation asked.
#[derive(Debug, Serialize)]
pub struct RegisterForMeeting {
    /// Meeting to register for.
    pub meeting: MeetingId,
    /// Number of attendees.
    pub attendees: i32,
    /// Note to the buyer, such as what the attendees need to take part.
    pub note: Option<String>,
}

impl UseCase for RegisterForMeeting {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("registerForMeeting", SupplierAction::Contribute);
    type Target = MeetingChange;
    type Output = MeetingId;

    fn validate(&self, _: &Actor, _: &Member) -> Fallible<()> {
        Ok(rules::check_note(self.note.as_deref())?)
    }

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<MeetingChange> {
        MeetingChange::visible(work, self.meeting).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        change: MeetingChange,
        now: DateTime<Utc>,
    ) -> Fallible<MeetingId> {
        let id = self.meeting;
        let procurement = change.procurement.id;
        let state = change.meeting.state();
        let own = store::attendees(work.connection(), id, caller.organisation).await?;
        let others = state.taken.seats - i64::from(own.unwrap_or(0));
        rules::check_registering(&change.moment(), &state, others, self.attendees)?;
        let action = LimitedAction::Register;
        rate_limit::count(work, procurement, caller.organisation, action, now).await?;
        let registration = NewRegistration {
            meeting: id,
            organisation: caller.organisation,
            attendees: self.attendees,
            note: self.note.as_deref(),
            registered_by: caller.person,
            at: now,
        };
        store::put_registration(work.connection(), &registration).await?;
        work.stores_object(id.0);
        let detail = json!({ "meeting": id, "attendees": self.attendees });
        work.audit("meeting.register", procurement.0, detail);
        Ok(id)
    }
}
