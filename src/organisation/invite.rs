//! Invitations: an owner hands somebody a code, which makes them a member once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::{OsRng, RngCore};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    manage::{lock, lock_person},
    members::lock_as_owner,
    rules,
    store::{self, invitations},
};
use crate::{
    auth::{
        Actor, Role,
        policy::{self, Subject, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{InvitationId, OrganisationId, PersonId},
        refusal::{Code, Failure, Fallible, Refusal, Refusals},
    },
};

/// Bytes of randomness in a code: too many to guess, few enough to read out.
const CODE_BYTES: usize = 20;

/// A call to become a member.
#[derive(Debug, Serialize)]
pub struct Invite {
    /// Of which organisation.
    pub organisation: OrganisationId,
    /// What they will be allowed to do.
    pub roles: Vec<Role>,
    /// What the owners want to remember of it.
    pub note: Option<String>,
    /// For whom it is; stored as given, and nothing is sent there.
    pub email: Option<String>,
}

/// An invitation and its code, which is shown this once: a repeated request has none.
#[derive(Debug)]
pub struct Invited {
    /// The invitation.
    pub id: InvitationId,
    /// What to hand to the person.
    pub code: Option<String>,
}

/// Invites. Whoever has the code becomes a member by it, once, within 14 days. Needs the role OWNER.
pub async fn invite(
    database: &Database,
    actor: &Actor,
    command: Invite,
    key: Option<&IdempotencyKey>,
) -> Fallible<Invited> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(id) = work.replay("inviteMember", key, &command).await? {
        return Ok(Invited { id, code: None });
    }
    let (organisation, _) = lock_as_owner(&mut work, actor, command.organisation).await?;
    rules::check_roles(organisation.kind, &command.roles)?;
    check(&command)?;
    let now = work.now().await?;
    let open = invitations::open_count(work.connection(), command.organisation, now).await?;
    if open >= rules::INVITATION_LIMIT {
        let message =
            format!("{open} invitations are open; revoke some, or wait until they expire");
        return Err(Refusal::new(Code::LimitReached, message).into());
    }
    let code = new_code()?;
    let invitation = invitations::Invitation {
        id: InvitationId::new(),
        organisation: command.organisation,
        roles: command.roles,
        note: command.note,
        email: command.email,
        invited_at: now,
        expires_at: now + rules::INVITATION_AGE,
        accepted_at: None,
        revoked_at: None,
    };
    let by = policy::signed_in(actor)?.id;
    invitations::insert(work.connection(), &invitation, &digest(&code), by).await?;
    let detail = json!({ "invitation": invitation.id, "roles": invitation.roles });
    work.audit("member.invite", invitation.organisation.0, detail)
        .await?;
    // The code is not part of what is remembered for the idempotency key.
    work.commit(&invitation.id).await?;
    Ok(Invited {
        id: invitation.id,
        code: Some(code),
    })
}

fn check(command: &Invite) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    rules::check_note(command.note.as_deref(), &["note"], &mut refusals);
    rules::check_email(command.email.as_deref(), &["email"], &mut refusals);
    refusals.into_result()
}

fn new_code() -> Result<String, Failure> {
    let mut bytes = [0; CODE_BYTES];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(Failure::unexpected)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn digest(code: &str) -> Vec<u8> {
    Sha256::digest(code).to_vec()
}

/// A code that somebody was handed.
#[derive(Debug, Serialize)]
pub struct Accept {
    /// The code.
    pub code: String,
}

/// Makes the actor a member; one who is already gets the roles in addition. A code that was never given out, was used
/// or was revoked is answered alike.
pub async fn accept(
    database: &Database,
    actor: &Actor,
    command: Accept,
    key: Option<&IdempotencyKey>,
) -> Fallible<OrganisationId> {
    let person = policy::in_person(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay_own("acceptInvitation", key, &command).await? {
        return Ok(first);
    }
    lock_person(&mut work, person).await?;
    let sha256 = digest(command.code.trim());
    let unknown = || {
        let message = "no invitation has this code, or it was used or revoked; ask the organisation's owner for a new one";
        Refusal::at(Code::NotFound, &["code"], message)
    };
    let id = invitations::organisation_by_code(work.connection(), &sha256)
        .await?
        .ok_or_else(unknown)?;
    if store::lock(work.connection(), id).await?.is_none() {
        return Err(unknown().into());
    }
    let invitation = invitations::lock_by_code(work.connection(), &sha256)
        .await?
        .ok_or_else(unknown)?;
    let now = work.now().await?;
    if !rules::is_open(invitation.expires_at, now) {
        let message = "this invitation has expired; ask the organisation's owner for a new one";
        return Err(Refusal::at(Code::Expired, &["code"], message).into());
    }
    if !invitations::inviter_owns(work.connection(), invitation.id).await? {
        return Err(unknown().into());
    }
    let roles = join(&mut work, id, person, invitation.roles()).await?;
    invitations::set_accepted(work.connection(), invitation.id, person, now).await?;
    let detail = json!({ "invitation": invitation.id, "person": person, "roles": roles });
    work.audit("member.join", id.0, detail).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Adds roles to those the person has there already; answers all.
async fn join(
    work: &mut UnitOfWork,
    organisation: OrganisationId,
    person: PersonId,
    mut roles: Vec<Role>,
) -> Fallible<Vec<Role>> {
    let members = store::members::of_locked(work.connection(), organisation).await?;
    let earlier = members.into_iter().find(|member| member.person == person);
    roles.extend(earlier.map(|member| member.roles).unwrap_or_default());
    roles.sort_by_key(|role| role.as_str());
    roles.dedup();
    store::set_roles(work.connection(), organisation, person, &roles).await?;
    Ok(roles)
}

/// Takes an invitation back; its code is worth nothing from then on. Needs the role OWNER.
pub async fn revoke(
    database: &Database,
    actor: &Actor,
    invitation: InvitationId,
    key: Option<&IdempotencyKey>,
) -> Fallible<InvitationId> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("revokeInvitation", key, &invitation).await? {
        return Ok(first);
    }
    let unknown = || Refusal::not_found("invitationId", "invitation");
    let id = invitations::organisation_of(work.connection(), invitation)
        .await?
        .filter(|id| actor.belongs_to(*id))
        .ok_or_else(unknown)?;
    lock(&mut work, id).await?;
    policy::owner(actor, id)?;
    let now = work.now().await?;
    if !invitations::set_revoked(work.connection(), invitation, now).await? {
        let message = "this invitation was accepted or revoked before";
        return Err(Refusal::new(Code::AlreadyDone, message).into());
    }
    work.audit("member.revoke", id.0, json!({ "invitation": invitation }))
        .await?;
    work.commit(&invitation).await?;
    Ok(invitation)
}

/// An organisation's invitations, newest first: for its owners, acting for it. Empty for others.
pub async fn of_organisation(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
    before: Option<InvitationId>,
    first: i64,
) -> Fallible<Vec<invitations::Invitation>> {
    let subject = Subject {
        whose: &[organisation],
        ..Subject::default()
    };
    let rule = const { table::of("Organisation", "invitations") };
    if !rule.admits(actor, &subject) {
        return Ok(Vec::new());
    }
    let found = invitations::of_organisation(&database.pool, organisation, before, first + 1);
    Ok(found.await?)
}
