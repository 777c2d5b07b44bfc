//! What a submission checks about groups: for a tender of a group that every member consents, for
//! every tender that the tenderer is on each lot once.

use chrono::{DateTime, Utc};

use super::{
    TenderingGroup, TenderingMember, not_found,
    rules::{self, Bond, Group, Terms},
    store,
};
use crate::{
    auth::{OrganisationKind, policy::mutation::Member},
    database::UnitOfWork,
    kernel::{
        ids::{OrganisationId, TenderGroupId},
        refusal::{Code, Fallible, Refusal},
    },
    organisation::{self, rules::nonprofit::NonprofitStatus},
    procurement::{
        Lot,
        reservation::{ReservationRules, check_supplier},
        store::Procurement,
    },
    tender::rules::reserved_by,
};

/// Returns whether the notice in force allows an organisation to take part in several tenders for a
/// lot.
pub fn several_allowed(procurement: &Procurement) -> bool {
    let notice = procurement.notice.as_ref();
    notice.is_some_and(|notice| notice.content.several_tenders_allowed == Some(true))
}

/// Loads what binds an organisation to lots of the procurement, whose row the caller has locked.
pub async fn bonds(
    work: &mut UnitOfWork,
    organisation: OrganisationId,
    procurement: &Procurement,
    now: DateTime<Utc>,
) -> Fallible<Vec<Bond>> {
    let connection = work.connection();
    let mut bonds = store::tendered(connection, procurement.id, organisation).await?;
    let terms = Terms::of(procurement, now);
    let groups = store::of_member(connection, procurement.id, organisation).await?;
    let consented = groups
        .into_iter()
        .filter(|group| group.consents(organisation, terms))
        .map(|group| Bond {
            group: Some(group.id),
            lots: group.lots,
        });
    bonds.extend(consented);
    Ok(bonds)
}

/// Refuses an organisation for which participation in these lots is not reserved.
pub async fn check_reserved_for(
    work: &mut UnitOfWork,
    (organisation, kind): (OrganisationId, OrganisationKind),
    procurement: &Procurement,
    (lots, known): (&[String], &[Lot]),
    reservations: &ReservationRules,
) -> Fallible<()> {
    let Some(notice) = &procurement.notice else {
        return Ok(());
    };
    for rule in reserved_by(lots, &notice.content, known, reservations) {
        let registered = rule.registered
            && organisation::store::nonprofit_status(work.connection(), organisation).await?
                == Some(NonprofitStatus::Registered);
        check_supplier(rule, kind, registered)?;
    }
    Ok(())
}

/// Checks a submission for these lots: that the tenderer is on each lot once and, for a group,
/// that the caller leads it, every member consents, and participation is not reserved for others.
/// Whether the caller may take part is checked before. Returns the group with its version.
pub async fn check(
    work: &mut UnitOfWork,
    caller: &Member,
    procurement: &Procurement,
    group: Option<TenderGroupId>,
    (lots, known): (&[String], &[Lot]),
    reservations: &ReservationRules,
    now: DateTime<Utc>,
) -> Fallible<Option<(TenderingGroup, i32)>> {
    let found = match group {
        None => None,
        Some(id) => Some(led(work, caller, procurement, id).await?),
    };
    let terms = Terms::of(procurement, now);
    if let Some(group) = &found {
        rules::check_complete(group, terms)?;
        rules::check_lots_of_group(group, lots)?;
    }
    let own = bonds(work, caller.organisation, procurement, now).await?;
    rules::check_once(&own, group, lots, terms.several)?;
    let Some(group) = found else {
        return Ok(None);
    };
    let members = store::organisations(work.connection(), &group.members).await?;
    let others = members.iter().filter(|one| one.id != caller.organisation);
    for member in others {
        let checked = check_reserved_for(
            work,
            (member.id, member.kind),
            procurement,
            (lots, known),
            reservations,
        );
        if let Err(crate::kernel::refusal::Failure::Refused(_)) = checked.await {
            let message = message!(
                "participation is reserved, and `{name}` may not take part; change the group with `changeTenderGroup`",
                name = &member.name,
            );
            return Err(Refusal::new(Code::NotAllowed, message).into());
        }
    }
    let name = |id: OrganisationId| {
        let member = members.iter().find(|member| member.id == id);
        member.map(|member| member.name.clone()).unwrap_or_default()
    };
    let member = |organisation: &OrganisationId| TenderingMember {
        organisation: *organisation,
        name: name(*organisation),
    };
    let tendering = TenderingGroup {
        id: group.id,
        members: group.members.iter().map(member).collect(),
        name: group.name,
    };
    Ok(Some((tendering, group.version)))
}

/// Loads a group of this procurement that the caller's organisation leads.
async fn led(
    work: &mut UnitOfWork,
    caller: &Member,
    procurement: &Procurement,
    id: TenderGroupId,
) -> Fallible<Group> {
    let group = store::find(work.connection(), id)
        .await?
        .filter(|group| group.procurement == procurement.id)
        .filter(|group| group.members.contains(&caller.organisation))
        .ok_or_else(not_found)?;
    super::check_lead(&group, caller)?;
    Ok(group)
}
