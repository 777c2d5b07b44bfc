//! Members and their roles. Somebody always owns an organisation: whoever takes the last owner's role away is refused,
//! two at once as well, since each change begins with the organisation's lock.

use serde::Serialize;
use serde_json::json;

use super::{
    manage::lock,
    rules,
    store::{self, Locked, members::Member},
};
use crate::{
    auth::{Actor, Role, policy},
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// What a member may do from now on.
#[derive(Debug, Serialize)]
pub struct SetRoles {
    /// Where.
    pub organisation: OrganisationId,
    /// Who.
    pub person: PersonId,
    /// All their roles.
    pub roles: Vec<Role>,
}

/// Replaces a member's roles; they hold from the member's next request on. Needs the role OWNER.
pub async fn set_roles(
    database: &Database,
    actor: &Actor,
    command: SetRoles,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("setMemberRoles", key, &command).await? {
        return Ok(first);
    }
    let id = command.organisation;
    let (organisation, members) = lock_as_owner(&mut work, actor, id).await?;
    rules::check_roles(organisation.kind, &command.roles)?;
    let member = find(&members, command.person)?;
    if !command.roles.contains(&Role::Owner) {
        check_not_last(&members, member)?;
    }
    let mut roles = command.roles.clone();
    roles.sort_by_key(|role| role.as_str());
    roles.dedup();
    store::set_roles(work.connection(), id, command.person, &roles).await?;
    let detail = json!({ "person": command.person, "roles": roles });
    work.audit("member.roles", id.0, detail).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// The end of a membership.
#[derive(Debug, Serialize)]
pub struct Remove {
    /// Where.
    pub organisation: OrganisationId,
    /// Who.
    pub person: PersonId,
}

/// Ends somebody's membership, at once. Needs the role OWNER.
pub async fn remove(
    database: &Database,
    actor: &Actor,
    command: Remove,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("removeMember", key, &command).await? {
        return Ok(first);
    }
    let id = command.organisation;
    let (_, members) = lock_as_owner(&mut work, actor, id).await?;
    let member = find(&members, command.person)?;
    check_not_last(&members, member)?;
    store::members::remove(work.connection(), id, command.person).await?;
    work.audit("member.remove", id.0, json!({ "person": command.person }))
        .await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Ends the actor's own membership; any member may, whichever organisation they act for.
pub async fn leave(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let person = policy::in_person(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work
        .replay_own("leaveOrganisation", key, &organisation)
        .await?
    {
        return Ok(first);
    }
    lock(&mut work, organisation).await?;
    let members = store::members::of_locked(work.connection(), organisation).await?;
    let member = members
        .iter()
        .find(|member| member.person == person)
        .ok_or_else(|| Refusal::new(Code::NotAllowed, "you are no member of this organisation"))?;
    check_not_last(&members, member)?;
    store::members::remove(work.connection(), organisation, person).await?;
    work.audit("member.leave", organisation.0, json!({ "person": person }))
        .await?;
    work.commit(&organisation).await?;
    Ok(organisation)
}

/// The organisation and its members, locked, for an owner. The role is looked up again under the lock: an owner who was
/// one when the request came may be none any more.
pub(super) async fn lock_as_owner(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: OrganisationId,
) -> Fallible<(Locked, Vec<Member>)> {
    let organisation = lock(work, id).await?;
    let person = policy::owner(actor, id)?.id;
    let members = store::members::of_locked(work.connection(), id).await?;
    let still = members
        .iter()
        .any(|member| member.person == person && member.is_owner());
    if still {
        return Ok((organisation, members));
    }
    Err(Refusal::new(
        Code::NotAllowed,
        "you are no longer an owner of this organisation",
    )
    .into())
}

fn find(members: &[Member], person: PersonId) -> Result<&Member, Refusal> {
    members
        .iter()
        .find(|member| member.person == person)
        .ok_or_else(|| {
            let message = "the organisation has no member with this ID; `members` lists them";
            Refusal::at(Code::NotFound, &["personId"], message)
        })
}

/// Refuses to take the role from the last who has it.
fn check_not_last(members: &[Member], member: &Member) -> Result<(), Refusal> {
    let owners = members.iter().filter(|member| member.is_owner()).count();
    if member.is_owner() && owners == 1 {
        let message = "the organisation would have no owner; make another member an owner first";
        return Err(Refusal::new(Code::LastOwner, message));
    }
    Ok(())
}
