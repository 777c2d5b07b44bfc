//! The lead forms a group, or changes it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    ChangedGroup, check_lead, lock, notify,
    rules::{self, Answer, Group, Terms},
    store::{self, NewAnswer, NewVersion},
    submission::{bonds, check_reserved_for, several_allowed},
};
use crate::{
    auth::{
        OrganisationKind,
        policy::{
            Mutation, SupplierAction,
            mutation::{BySupplier, Member},
        },
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, ProcurementId, TenderGroupId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{self, lock::lock_visible, reservation::ReservationRules, store::Procurement},
    tender::{notification::TENDER_GROUP_INVITED, rules::check_receiving},
};

/// What the lead decides about a group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupTerms {
    /// Name of the group.
    pub name: String,
    /// IDs of the lots that the group may tender for.
    pub lots: Vec<String>,
    /// The other members.
    pub members: Vec<OrganisationId>,
    /// Time at which the consents expire; `None` for the deadline for tenders.
    pub consent_until: Option<DateTime<Utc>>,
}

/// Forms a group with the caller's organisation as its lead, and invites the others.
#[derive(Debug, Serialize)]
pub struct FormGroup {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Name, lots and members.
    pub terms: GroupTerms,
    /// Rules by which participation may be reserved.
    #[serde(skip)]
    pub reservations: Arc<ReservationRules>,
}

impl UseCase for FormGroup {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("formTenderGroup", SupplierAction::Tender);
    type Target = Procurement;
    type Output = ChangedGroup;

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Procurement> {
        lock_visible(work, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ChangedGroup> {
        check(
            work,
            caller,
            &procurement,
            &self.terms,
            &self.reservations,
            None,
            now,
        )
        .await?;
        let led = store::led_by(work.connection(), procurement.id, caller.organisation).await?;
        if led >= rules::GROUP_LIMIT {
            let message = message!(
                "your organisation has formed {limit} groups in this procurement, which is the maximum; change one of them",
                limit = rules::GROUP_LIMIT,
            );
            return Err(Refusal::new(Code::LimitReached, message).into());
        }
        let of = ChangedGroup {
            procurement: procurement.id,
            group: TenderGroupId::new(),
        };
        store::insert(
            work.connection(),
            of,
            (caller.organisation, caller.person),
            now,
        )
        .await?;
        work.audit("group.form", of.group.0, json!({ "version": 1 }));
        save_version(work, caller, &procurement, (of, 1), self.terms, now).await?;
        Ok(of)
    }
}

/// Changes the name, the lots or the members of a group. Each member is asked again.
#[derive(Debug, Serialize)]
pub struct ChangeGroup {
    /// The group.
    pub group: TenderGroupId,
    /// Name, lots and members.
    pub terms: GroupTerms,
    /// Rules by which participation may be reserved.
    #[serde(skip)]
    pub reservations: Arc<ReservationRules>,
}

impl UseCase for ChangeGroup {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::owning_supplier("changeTenderGroup", SupplierAction::Tender);
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
        check_lead(&group, caller)?;
        rules::check_alive(&group)?;
        rules::check_not_submitted(&group)?;
        let own = Some(group.id);
        check(
            work,
            caller,
            &procurement,
            &self.terms,
            &self.reservations,
            own,
            now,
        )
        .await?;
        let of = ChangedGroup {
            procurement: procurement.id,
            group: group.id,
        };
        let version = group.version + 1;
        work.audit("group.change", of.group.0, json!({ "version": version }));
        save_version(work, caller, &procurement, (of, version), self.terms, now).await?;
        Ok(of)
    }
}

/// Checks what the lead wrote, and that the lead may take part. `group` is the group that is
/// changed.
async fn check(
    work: &mut UnitOfWork,
    caller: &Member,
    procurement: &Procurement,
    terms: &GroupTerms,
    reservations: &ReservationRules,
    group: Option<TenderGroupId>,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let (deadline, zone) = procurement.deadline();
    check_receiving(procurement.stored_phase(), deadline, zone, now)?;
    let known = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
    rules::check_name_and_lots(&terms.name, &terms.lots, &known)?;
    let found = store::organisations(work.connection(), &terms.members).await?;
    let kinds: HashMap<OrganisationId, OrganisationKind> =
        found.iter().map(|one| (one.id, one.kind)).collect();
    let kind = |member: OrganisationId| kinds.get(&member).copied();
    rules::check_members(caller.organisation, &terms.members, kind)?;
    rules::check_consent_until(terms.consent_until, deadline, zone, now)?;
    let lead = (caller.organisation, caller.kind);
    check_reserved_for(work, lead, procurement, (&terms.lots, &known), reservations).await?;
    let several = several_allowed(procurement);
    let own = bonds(work, caller.organisation, procurement, now).await?;
    // A group that is formed has no ID yet, and is another than each existing one.
    let new = group.unwrap_or_else(TenderGroupId::new);
    Ok(rules::check_once(&own, Some(new), &terms.lots, several)?)
}

/// Inserts a version with the consent of the lead, and invites the others.
async fn save_version(
    work: &mut UnitOfWork,
    caller: &Member,
    procurement: &Procurement,
    (of, version): (ChangedGroup, i32),
    terms: GroupTerms,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let mut lots = terms.lots;
    lots.sort_unstable();
    let members: Vec<OrganisationId> = std::iter::once(caller.organisation)
        .chain(terms.members)
        .collect();
    let new = NewVersion {
        group: of.group,
        version,
        name: &terms.name,
        lots: &lots,
        members: &members,
        consent_until: terms.consent_until,
        made_by: caller.person,
        made_at: now,
    };
    store::insert_version(work.connection(), &new).await?;
    let answer = NewAnswer {
        group: of.group,
        version,
        organisation: caller.organisation,
        answer: Answer::Consented,
        exclusive: !several_allowed(procurement),
        given_by: caller.person,
        given_at: now,
    };
    store::insert_answer(work.connection(), &answer).await?;
    notify(work, &TENDER_GROUP_INVITED, of, now)
}

impl Terms {
    /// Returns the terms of a procurement at a time.
    pub fn of(procurement: &Procurement, now: DateTime<Utc>) -> Self {
        Self {
            deadline: procurement.deadline().0,
            several: several_allowed(procurement),
            now,
        }
    }
}
