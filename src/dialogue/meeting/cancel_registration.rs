//! A supplier cancels its registration for a market meeting.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, rules, store};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::rate_limit::{self, LimitedAction},
    kernel::{
        ids::MeetingId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Cancels the acting organisation's registration, until the meeting starts. Any member of a
/// supplier with the role OWNER, SIGNATORY or CONTRIBUTOR may cancel it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct CancelRegistration(pub MeetingId);

impl UseCase for CancelRegistration {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("cancelRegistration", SupplierAction::Contribute);
    type Target = MeetingChange;
    type Output = MeetingId;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<MeetingChange> {
        MeetingChange::visible(work, self.0).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        change: MeetingChange,
        now: DateTime<Utc>,
    ) -> Fallible<MeetingId> {
        let id = self.0;
        let procurement = change.procurement.id;
        rules::check_cancelling_registration(&change.moment(), &change.meeting.state())?;
        let action = LimitedAction::Register;
        rate_limit::count(work, procurement, caller.organisation, action, now).await?;
        if !store::delete_registration(work.connection(), id, caller.organisation).await? {
            let message = "your organisation is not registered for this meeting";
            return Err(Refusal::at(Code::NotFound, &["meetingId"], message).into());
        }
        work.stores_object(id.0);
        let detail = json!({ "meeting": id });
        work.audit("meeting.register.cancel", procurement.0, detail);
        Ok(id)
    }
}
