//! Invitations: an owner creates a code, with which one person becomes a member.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    create::Joined,
    limit,
    lock::{lock, lock_as_owner, lock_person},
    rules,
    store::{
        self, Locked,
        invitations::{self, PendingInvitation},
    },
};
use crate::{
    auth::{
        Actor, Role,
        policy::{
            Mutation, Subject,
            mutation::{ByOrganisation, InPerson, OrganisationCaller},
            table,
        },
    },
    database::{Database, UnitOfWork, UseCase},
    kernel::{
        ids::{InvitationId, OrganisationId, PersonId},
        paging::Page,
        refusal::{Code, Failure, Fallible, Refusal, Refusals},
    },
};

/// Random bytes of a code: too many to guess, few enough to read aloud.
const CODE_BYTES: usize = 20;

/// Creates an invitation. Its code makes one person a member, once, within 14 days.
#[derive(Debug, Serialize)]
pub struct InviteMember {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Roles of the new member.
    pub roles: Vec<Role>,
    /// Note for the owners.
    pub note: Option<String>,
    /// Address of the invited person. It is stored as entered, and no mail is sent.
    pub email: Option<String>,
}

/// An invitation and its code. The code is returned once: neither it nor its digest is stored for a
/// repeated request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "InvitationId", into = "InvitationId")]
pub struct Invited {
    /// The invitation.
    pub id: InvitationId,
    /// The code; `None` for a repeated request.
    pub code: Option<String>,
}

impl From<InvitationId> for Invited {
    fn from(id: InvitationId) -> Self {
        Self { id, code: None }
    }
}

impl From<Invited> for InvitationId {
    fn from(invited: Invited) -> Self {
        invited.id
    }
}

impl UseCase for InviteMember {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("inviteMember");
    type Target = Locked;
    type Output = Invited;

    async fn lock(&self, work: &mut UnitOfWork, caller: &OrganisationCaller) -> Fallible<Locked> {
        let (organisation, _) = lock_as_owner(work, caller, self.organisation).await?;
        Ok(organisation)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
        organisation: Locked,
        now: DateTime<Utc>,
    ) -> Fallible<Invited> {
        rules::check_roles(organisation.kind, &self.roles)?;
        check(&self)?;
        let open = invitations::open_count(work.connection(), self.organisation, now).await?;
        if open >= rules::INVITATION_LIMIT {
            let message = message!(
                "{open} invitations are open; revoke some, or wait until they expire",
                open,
            );
            return Err(Refusal::new(Code::LimitReached, message).into());
        }
        limit::check_day(work, caller.person, &limit::INVITATIONS, now).await?;
        let code = new_code()?;
        let invitation = invitations::Invitation {
            id: InvitationId::new(),
            organisation: self.organisation,
            roles: self.roles,
            note: self.note,
            email: self.email,
            invited_at: now,
            expires_at: now + rules::INVITATION_AGE,
            accepted_at: None,
            revoked_at: None,
        };
        let sha256 = digest(&code);
        invitations::insert(work.connection(), &invitation, &sha256, caller.person).await?;
        let detail = json!({ "invitation": invitation.id, "roles": invitation.roles });
        work.audit("member.invite", invitation.organisation.0, detail);
        Ok(Invited {
            id: invitation.id,
            code: Some(code),
        })
    }
}

fn check(command: &InviteMember) -> Result<(), Vec<Refusal>> {
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

/// Makes the actor a member; a member gets the roles in addition. An unknown, a used and a revoked
/// code are refused alike.
#[derive(Debug, Serialize)]
pub struct AcceptInvitation {
    /// The code.
    pub code: String,
}

impl UseCase for AcceptInvitation {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> =
        Mutation::in_person("acceptInvitation").replayed_per_person();
    type Target = (OrganisationId, PendingInvitation);
    type Output = Joined;

    async fn lock(
        &self,
        work: &mut UnitOfWork,
        person: &PersonId,
    ) -> Fallible<(OrganisationId, PendingInvitation)> {
        lock_person(work, *person).await?;
        let sha256 = digest(self.code.trim());
        let id = invitations::organisation_by_code(work.connection(), &sha256)
            .await?
            .ok_or_else(unknown_code)?;
        if store::lock(work.connection(), id).await?.is_none() {
            return Err(unknown_code().into());
        }
        let invitation = invitations::lock_by_code(work.connection(), &sha256)
            .await?
            .ok_or_else(unknown_code)?;
        Ok((id, invitation))
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        person: &PersonId,
        (id, invitation): (OrganisationId, PendingInvitation),
        now: DateTime<Utc>,
    ) -> Fallible<Joined> {
        if !rules::is_open(invitation.expires_at, now) {
            let message = "this invitation has expired; ask the organisation's owner for a new one";
            return Err(Refusal::at(Code::Expired, &["code"], message).into());
        }
        if !invitations::inviter_owns(work.connection(), invitation.id).await? {
            return Err(unknown_code().into());
        }
        let roles = join(work, id, *person, invitation.roles()).await?;
        invitations::set_accepted(work.connection(), invitation.id, *person, now).await?;
        let detail = json!({ "invitation": invitation.id, "person": person, "roles": roles });
        work.audit("member.join", id.0, detail);
        Ok(Joined(id))
    }
}

fn unknown_code() -> Refusal {
    let message = "no invitation has this code, or it was used or revoked; ask the organisation's owner for a new one";
    Refusal::at(Code::NotFound, &["code"], message)
}

async fn join(
    work: &mut UnitOfWork,
    organisation: OrganisationId,
    person: PersonId,
    mut roles: Vec<Role>,
) -> Fallible<Vec<Role>> {
    let members = store::members::of_locked(work.connection(), organisation).await?;
    if !members.iter().any(|member| member.person == person) {
        let memberships = store::persons::organisations_of(work.connection(), person).await?;
        rules::check_joining(members.len(), memberships.len())?;
    }
    let earlier = members.into_iter().find(|member| member.person == person);
    roles.extend(earlier.map(|member| member.roles).unwrap_or_default());
    roles.sort_by_key(|role| role.as_str());
    roles.dedup();
    store::set_roles(work.connection(), organisation, person, &roles).await?;
    Ok(roles)
}

/// Revokes an invitation: its code is invalid from then on.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RevokeInvitation(pub InvitationId);

impl UseCase for RevokeInvitation {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("revokeInvitation");
    type Target = OrganisationId;
    type Output = InvitationId;

    async fn lock(
        &self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
    ) -> Fallible<OrganisationId> {
        let id = invitations::organisation_of(work.connection(), self.0)
            .await?
            .filter(|id| work.actor().belongs_to(*id))
            .ok_or_else(|| Refusal::not_found("invitationId", "invitation"))?;
        lock(work, id).await?;
        caller.check(work.actor(), id)?;
        Ok(id)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &OrganisationCaller,
        organisation: OrganisationId,
        now: DateTime<Utc>,
    ) -> Fallible<InvitationId> {
        if !invitations::set_revoked(work.connection(), self.0, now).await? {
            let message = "this invitation was accepted or revoked before";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let detail = json!({ "invitation": self.0 });
        work.audit("member.revoke", organisation.0, detail);
        Ok(self.0)
    }
}

/// Returns whether the actor may read the organisation's invitations: its owners, acting for it.
pub fn may_list(actor: &Actor, organisation: OrganisationId) -> bool {
    let subject = Subject {
        whose: &[organisation],
        ..Subject::default()
    };
    const { table::of("Organisation", "invitations") }.admits(actor, &subject)
}

/// Returns an organisation's invitations, newest first, to its owners acting for it; none to
/// others. Returns one more than the page has if there are more.
pub async fn of_organisation(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
    page: Page<InvitationId>,
) -> Fallible<Vec<invitations::Invitation>> {
    if !may_list(actor, organisation) {
        return Ok(Vec::new());
    }
    let found = invitations::of_organisation(&database.pool, organisation, page);
    Ok(found.await?)
}

/// Returns the number of items of [`of_organisation`].
pub async fn count(
    database: &Database,
    actor: &Actor,
    organisation: OrganisationId,
) -> Fallible<i64> {
    if !may_list(actor, organisation) {
        return Ok(0);
    }
    Ok(invitations::count(&database.pool, organisation).await?)
}
