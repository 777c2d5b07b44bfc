//! Inviting, joining, leaving; and a person's own data.

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};

use super::{
    mutations::{OrganisationPayload, organisation},
    people::Invitation,
};
use crate::{
    auth,
    graphql::{
        context::{backend, request},
        errors::{UserError, database, user_errors},
        inputs::{id, key},
        viewer::Role,
    },
    kernel::{
        ids::{InvitationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
    organisation::{invite, members, person, store::invitations},
};

/// A call to become a member.
#[derive(InputObject)]
struct InviteMemberInput {
    /// Of which organisation.
    organisation_id: ID,
    /// What they will be allowed to do. Buyers have OWNER, EDITOR, PUBLISHER and OPENER; suppliers OWNER, SIGNATORY and
    /// CONTRIBUTOR.
    roles: Vec<Role>,
    /// What the owners want to remember of it, at most 1,000 characters.
    note: Option<String>,
    /// For whom it is. It is stored as given; nothing is sent there.
    email: Option<String>,
    /// Repeating the request with this key answers as the first time, but without the code.
    idempotency_key: Option<String>,
}

/// A code that somebody was handed.
#[derive(InputObject)]
struct AcceptInvitationInput {
    /// The code.
    code: String,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An invitation to take back.
#[derive(InputObject)]
struct RevokeInvitationInput {
    /// Which invitation.
    invitation_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// What a member may do from now on.
#[derive(InputObject)]
struct SetMemberRolesInput {
    /// Where.
    organisation_id: ID,
    /// Who (`OrganisationMember.personId`).
    person_id: ID,
    /// All their roles.
    roles: Vec<Role>,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The end of somebody's membership.
#[derive(InputObject)]
struct RemoveMemberInput {
    /// Where.
    organisation_id: ID,
    /// Who (`OrganisationMember.personId`).
    person_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// The end of one's own membership.
#[derive(InputObject)]
struct LeaveOrganisationInput {
    /// Which organisation.
    organisation_id: ID,
    /// Repeating the request with this key answers as the first time.
    idempotency_key: Option<String>,
}

/// An erasure.
#[derive(InputObject)]
struct ErasePersonInput {
    /// The word `ERASE`, so that it does not happen by mistake: it cannot be undone.
    confirm: String,
    /// Who; leave out to erase yourself. Others are erased by the marketplace's administrators.
    person_id: Option<ID>,
    /// Repeating the request with this key answers as the first time, while the one who asks is not erased.
    idempotency_key: Option<String>,
}

/// The invitation, or why it was refused.
#[derive(SimpleObject)]
struct InvitationPayload {
    /// The invitation; null when refused.
    invitation: Option<Invitation>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// The new invitation with its code, or why it was refused.
#[derive(SimpleObject)]
struct InviteMemberPayload {
    /// The invitation; null when refused.
    invitation: Option<Invitation>,
    /// The code to hand to the person, who becomes a member with it, once. It is shown here and never again: null when
    /// the request was repeated.
    code: Option<String>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

/// What is left of a person.
#[derive(SimpleObject)]
struct ErasedPerson {
    /// The ID under which what must be kept is kept.
    id: ID,
}

/// Who was erased, or why not.
#[derive(SimpleObject)]
struct ErasePersonPayload {
    /// Who was erased; null when refused.
    person: Option<ErasedPerson>,
    /// Why it was refused; empty on success.
    user_errors: Vec<UserError>,
}

impl InvitationPayload {
    async fn of(context: &Context<'_>, outcome: Fallible<InvitationId>) -> Result<Self, Error> {
        let id = match outcome {
            Ok(id) => id,
            Err(failure) => {
                return Ok(Self {
                    invitation: None,
                    user_errors: user_errors(failure)?,
                });
            }
        };
        let pool = &backend(context).database.pool;
        let found = invitations::by_id(pool, id).await.map_err(database)?;
        Ok(Self {
            invitation: found.map(Invitation),
            user_errors: Vec::new(),
        })
    }
}

/// Members and persons.
#[derive(Default)]
pub struct PeopleMutations;

#[Object]
impl PeopleMutations {
    /// Makes a code that lets somebody become a member, once, within 14 days. At most 50 are open at a time.
    async fn invite_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: InviteMemberInput,
    ) -> Result<InviteMemberPayload, Error> {
        let invite = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = invite::Invite {
                organisation: organisation(&input.organisation_id)?,
                roles: roles(input.roles),
                note: input.note,
                email: input.email,
            };
            invite::invite(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        let (outcome, code) = match invite.await {
            Ok(invited) => (Ok(invited.id), invited.code),
            Err(failure) => (Err(failure), None),
        };
        let payload = InvitationPayload::of(context, outcome).await?;
        Ok(InviteMemberPayload {
            invitation: payload.invitation,
            code,
            user_errors: payload.user_errors,
        })
    }

    /// Makes you a member of the organisation whose owner gave you the code; a member already gets the roles in
    /// addition.
    async fn accept_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: AcceptInvitationInput,
    ) -> Result<OrganisationPayload, Error> {
        let accept = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = invite::Accept { code: input.code };
            invite::accept(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::joined(context, accept.await).await
    }

    /// Takes an invitation back: its code is worth nothing from then on.
    async fn revoke_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RevokeInvitationInput,
    ) -> Result<InvitationPayload, Error> {
        let revoke = async {
            let key = key(input.idempotency_key.as_deref())?;
            let invitation = id(
                &input.invitation_id,
                "invitationId",
                InvitationId::from_global,
            )?;
            invite::revoke(
                &backend(context).database,
                &request(context).actor,
                invitation,
                key.as_ref(),
            )
            .await
        };
        InvitationPayload::of(context, revoke.await).await
    }

    /// Replaces a member's roles; they hold from the member's next request on. Somebody always stays an owner.
    async fn set_member_roles(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: SetMemberRolesInput,
    ) -> Result<OrganisationPayload, Error> {
        let set = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = members::SetRoles {
                organisation: organisation(&input.organisation_id)?,
                person: read_person(&input.person_id)?,
                roles: roles(input.roles),
            };
            members::set_roles(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, set.await).await
    }

    /// Ends somebody's membership at once. Somebody always stays an owner.
    async fn remove_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: RemoveMemberInput,
    ) -> Result<OrganisationPayload, Error> {
        let remove = async {
            let key = key(input.idempotency_key.as_deref())?;
            let command = members::Remove {
                organisation: organisation(&input.organisation_id)?,
                person: read_person(&input.person_id)?,
            };
            members::remove(
                &backend(context).database,
                &request(context).actor,
                command,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, remove.await).await
    }

    /// Ends your own membership, whichever organisation you act for. The last owner makes somebody else one first.
    async fn leave_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: LeaveOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        let leave = async {
            let key = key(input.idempotency_key.as_deref())?;
            members::leave(
                &backend(context).database,
                &request(context).actor,
                organisation(&input.organisation_id)?,
                key.as_ref(),
            )
            .await
        };
        OrganisationPayload::of(context, leave.await).await
    }

    /// Erases a person, for good: name and sign-in are forgotten, memberships, follows and notifications deleted.
    /// Organisations with no other member are closed; the last owner of one with members is refused. Tenders, questions
    /// and the audit log are kept, without saying whose they are. Who signs in again is somebody new.
    async fn erase_person(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "All it takes.")] input: ErasePersonInput,
    ) -> Result<ErasePersonPayload, Error> {
        let erase = async {
            let key = key(input.idempotency_key.as_deref())?;
            let actor = &request(context).actor;
            auth::policy::in_person(actor)?;
            if input.confirm != "ERASE" {
                let message = "this cannot be undone: write ERASE if it is what you want";
                return Err(Refusal::at(Code::Invalid, &["confirm"], message).into());
            }
            let command = person::Erase {
                person: input.person_id.map(|id| read_person(&id)).transpose()?,
            };
            person::erase(&backend(context).database, actor, command, key.as_ref()).await
        };
        let outcome: Fallible<PersonId> = erase.await;
        Ok(match outcome {
            Ok(id) => ErasePersonPayload {
                person: Some(ErasedPerson {
                    id: id.to_global().into(),
                }),
                user_errors: Vec::new(),
            },
            Err(failure) => ErasePersonPayload {
                person: None,
                user_errors: user_errors(failure)?,
            },
        })
    }
}

fn roles(given: Vec<Role>) -> Vec<auth::Role> {
    given.into_iter().map(Into::into).collect()
}

fn read_person(global: &str) -> Result<PersonId, Refusal> {
    id(global, "personId", PersonId::from_global)
}
