//! Groups of organisations that tender together. The lead forms a group and names its members, each
//! member consents, and the lead submits the group's tender.
//!
//! A change of the members, the lots or the name is a new version, to which each member consents
//! again. Only the members know of a group before its tenders are opened.

mod answer;
mod dissolve;
mod form;
pub mod rules;
pub mod submission;

pub use answer::{ConsentToGroup, DeclineGroup, LeaveGroup};
pub use dissolve::DissolveGroup;
pub use form::{ChangeGroup, FormGroup, GroupTerms};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::store::group as store;
use crate::{
    auth::policy::mutation::Member,
    database::UnitOfWork,
    kernel::{
        ids::{OrganisationId, TenderGroupId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{lock::lock_visible, notification::Notify, store::Procurement},
};
pub use rules::ChangedGroup;
use rules::Group;

/// The members of a group as its tender names them, frozen at submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderingGroup {
    /// The group.
    pub id: TenderGroupId,
    /// Name of the group.
    pub name: String,
    /// The members, the lead first.
    pub members: Vec<TenderingMember>,
}

/// A member of a group as its tender names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderingMember {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Name of the organisation at submission.
    pub name: String,
}

/// Returns the refusal of a group that does not exist or that the caller's organisation is not in.
fn not_found() -> Refusal {
    Refusal::not_found("groupId", "group")
}

/// Locks the procurement of a group that the caller's organisation is in, and loads the group.
async fn lock(
    work: &mut UnitOfWork,
    caller: &Member,
    id: TenderGroupId,
) -> Fallible<(Procurement, Group)> {
    let procurement = store::procurement_of(work.connection(), id)
        .await?
        .ok_or_else(not_found)?;
    let procurement = lock_visible(work, procurement).await?;
    let group = store::find(work.connection(), id)
        .await?
        .filter(|group| group.members.contains(&caller.organisation))
        .ok_or_else(not_found)?;
    Ok((procurement, group))
}

/// Refuses a caller that is not the group's lead.
fn check_lead(group: &Group, caller: &Member) -> Result<(), Refusal> {
    if group.lead == caller.organisation {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "only the lead of the group may do this; ask the lead",
    ))
}

/// Enqueues a notification about a group. The same event can happen to it several times.
fn notify(
    work: &mut UnitOfWork,
    event: &crate::procurement::notification::NotificationEvent,
    of: ChangedGroup,
    now: DateTime<Utc>,
) -> Fallible<()> {
    work.enqueue(&Notify {
        procurement: of.procurement,
        event: event.clone(),
        subject: uuid::Uuid::now_v7(),
        about: Some(of.group.0),
        at: now,
    })
}
