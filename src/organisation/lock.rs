//! Locking an organisation, its members or a person for a change.

use super::{
    identifier::Identifier,
    store::{self, Locked, members::Member, persons},
};
use crate::{
    auth::policy::mutation::OrganisationCaller,
    database::UnitOfWork,
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Locks the organisation. A closed organisation is not found.
pub(super) async fn lock(work: &mut UnitOfWork, id: OrganisationId) -> Fallible<Locked> {
    let found = store::lock(work.connection(), id).await?;
    found.ok_or_else(|| Refusal::not_found("organisationId", "organisation").into())
}

/// Locks the organisation for a change that may verify its numbers, or `further` ones, together
/// with the organisations whose claims to them the change removes.
pub(super) async fn lock_to_verify(
    work: &mut UnitOfWork,
    id: OrganisationId,
    further: &[Identifier],
) -> Fallible<Locked> {
    store::identity::lock_claimants(work.connection(), id, further).await?;
    lock(work, id).await
}

/// Locks the organisation and its members for an owner. The role is read again under the lock,
/// because it may have been taken away since the request began.
pub(super) async fn lock_as_owner(
    work: &mut UnitOfWork,
    caller: &OrganisationCaller,
    id: OrganisationId,
) -> Fallible<(Locked, Vec<Member>)> {
    let organisation = lock(work, id).await?;
    caller.check(work.actor(), id)?;
    let members = store::members::of_locked(work.connection(), id).await?;
    let still = members
        .iter()
        .any(|member| member.person == caller.person && member.is_owner());
    if still {
        return Ok((organisation, members));
    }
    let message = "you are no longer an owner of this organisation";
    Err(Refusal::new(Code::NotAllowed, message).into())
}

/// Locks the person who acts. A person erased since the request began is refused.
pub(super) async fn lock_person(work: &mut UnitOfWork, person: PersonId) -> Fallible<()> {
    if persons::lock(work.connection(), person).await? {
        return Ok(());
    }
    let message = "your account was erased while the request ran; sign in again";
    Err(Refusal::new(Code::NotAuthenticated, message).into())
}

/// Refuses a change that is based on another revision than the stored one. `field` is the input's
/// field with the known revision.
pub(super) fn check_revision(
    organisation: &Locked,
    known: i32,
    field: &str,
) -> Result<(), Refusal> {
    if organisation.revision == known {
        return Ok(());
    }
    let message = message!(
        "another user changed this organisation: its revision is {revision}, your input has {known}; load it again and repeat \
         your change",
        revision = organisation.revision,
        known,
    );
    Err(Refusal::at(Code::Conflict, &[field], message))
}
