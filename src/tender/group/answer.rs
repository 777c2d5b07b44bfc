//! A member consents to a group, declines or leaves it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    ChangedGroup, lock, notify,
    rules::{self, Answer, Group, Terms},
    store::{self, NewAnswer},
    submission::{bonds, check_reserved_for, several_allowed},
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::TenderGroupId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{self, reservation::ReservationRules, store::Procurement},
    tender::{notification::TENDER_GROUP_ANSWERED, rules::check_receiving},
};

/// Consents to the current version of a group for an invited organisation.
#[derive(Debug, Serialize)]
pub struct ConsentToGroup {
    /// The group.
    pub group: TenderGroupId,
    /// Version that the caller has read.
    pub version: i32,
    /// Rules by which participation may be reserved.
    #[serde(skip)]
    pub reservations: Arc<ReservationRules>,
}

impl UseCase for ConsentToGroup {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("consentToTenderGroup", SupplierAction::Tender);
    type Target = (Procurement, Group);
    type Output = ChangedGroup;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Self::Target> {
        lock(work, caller, self.group).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (procurement, group): Self::Target,
        now: DateTime<Utc>,
    ) -> Fallible<ChangedGroup> {
        check_invited(&group, caller, &procurement, now)?;
        check_version(&group, self.version)?;
        let terms = Terms::of(&procurement, now);
        if group.has_expired(terms) {
            let message =
                "the time to consent to this group has passed; ask the lead to change the group";
            return Err(Refusal::at(Code::Expired, &["groupId"], message).into());
        }
        let organisation = caller.organisation;
        if group.consents(organisation, terms) {
            let message = "your organisation has consented to this version of the group before";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let known = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
        let of = (organisation, caller.kind);
        let lots = (group.lots.as_slice(), known.as_slice());
        check_reserved_for(work, of, &procurement, lots, &self.reservations).await?;
        let own = bonds(work, organisation, &procurement, now).await?;
        rules::check_once(&own, Some(group.id), &group.lots, terms.several)?;
        answer(work, caller, (&procurement, &group), Answer::Consented, now).await
    }
}

/// Declines the current version of a group.
#[derive(Debug, Serialize)]
pub struct DeclineGroup {
    /// The group.
    pub group: TenderGroupId,
}

impl UseCase for DeclineGroup {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("declineTenderGroup", SupplierAction::Tender);
    type Target = (Procurement, Group);
    type Output = ChangedGroup;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Self::Target> {
        lock(work, caller, self.group).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (procurement, group): Self::Target,
        now: DateTime<Utc>,
    ) -> Fallible<ChangedGroup> {
        check_invited(&group, caller, &procurement, now)?;
        let refused = match group.answer_of(caller.organisation) {
            None => None,
            Some(Answer::Consented) => {
                Some("your organisation has consented; leave the group with `leaveTenderGroup`")
            }
            Some(Answer::Declined | Answer::Left) => {
                Some("your organisation has declined or left this version of the group before")
            }
        };
        if let Some(message) = refused {
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        answer(work, caller, (&procurement, &group), Answer::Declined, now).await
    }
}

/// Leaves a group that the organisation has consented to, until the group has a tender.
#[derive(Debug, Serialize)]
pub struct LeaveGroup {
    /// The group.
    pub group: TenderGroupId,
}

impl UseCase for LeaveGroup {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("leaveTenderGroup", SupplierAction::Tender);
    type Target = (Procurement, Group);
    type Output = ChangedGroup;

    async fn lock(&self, work: &mut UnitOfWork, caller: &Member) -> Fallible<Self::Target> {
        lock(work, caller, self.group).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (procurement, group): Self::Target,
        now: DateTime<Utc>,
    ) -> Fallible<ChangedGroup> {
        check_invited(&group, caller, &procurement, now)?;
        rules::check_not_submitted(&group)?;
        if group.answer_of(caller.organisation) != Some(Answer::Consented) {
            let message = "your organisation has not consented to this version of the group";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        answer(work, caller, (&procurement, &group), Answer::Left, now).await
    }
}

/// Refuses the lead, whose consent the group is formed with, and everyone once the group is dissolved
/// or the deadline has passed.
fn check_invited(
    group: &Group,
    caller: &Member,
    procurement: &Procurement,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if group.lead == caller.organisation {
        let message = "your organisation leads this group; dissolve it with `dissolveTenderGroup`";
        return Err(Refusal::new(Code::NotAllowed, message));
    }
    rules::check_alive(group)?;
    let (deadline, zone) = procurement.deadline();
    check_receiving(procurement.stored_phase(), deadline, zone, now)
}

/// Refuses a consent to another version than the current one.
fn check_version(group: &Group, version: i32) -> Result<(), Refusal> {
    if group.version == version {
        return Ok(());
    }
    let message = message!(
        "the lead has changed the group: its version is {current}, your input has {known}; read it again",
        current = group.version,
        known = version,
    );
    Err(Refusal::at(Code::Conflict, &["version"], message))
}

/// Inserts an answer and notifies the lead.
async fn answer(
    work: &mut UnitOfWork,
    caller: &Member,
    (procurement, group): (&Procurement, &Group),
    answer: Answer,
    now: DateTime<Utc>,
) -> Fallible<ChangedGroup> {
    let of = ChangedGroup {
        procurement: procurement.id,
        group: group.id,
    };
    let new = NewAnswer {
        group: group.id,
        version: group.version,
        organisation: caller.organisation,
        answer,
        exclusive: !several_allowed(procurement),
        given_by: caller.person,
        given_at: now,
    };
    store::insert_answer(work.connection(), &new).await?;
    let detail = json!({ "answer": answer, "version": group.version });
    work.audit("group.answer", group.id.0, detail);
    notify(work, &TENDER_GROUP_ANSWERED, of, now)?;
    Ok(of)
}
