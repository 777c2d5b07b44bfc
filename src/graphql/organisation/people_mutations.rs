//! Invitations, memberships and the erasure of a person.

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Edge, EmptyFields},
};

use super::{
    mutations::OrganisationPayload,
    organisation_id,
    people::{Invitation, Member},
    types::{INVITATIONS, Organisation},
};
use crate::{
    auth::{self, policy},
    graphql::{
        connection::edge,
        context::request,
        inputs::id,
        mutate::{MutationInput, Payload, Refused, input, mutate, payload},
        viewer::Role,
    },
    kernel::{
        ids::{InvitationId, PersonId},
        paging::ListId,
        refusal::{Fallible, Refusal},
    },
    organisation::{
        invite::{AcceptInvitation, InviteMember, Invited, RevokeInvitation},
        members::{LeaveOrganisation, RemoveMember, RolesSet, SetMemberRoles},
        person::ErasePerson,
    },
};

input! {
    /// Input for `inviteMember`.
    struct InviteMemberInput {
        /// Organisation to join.
        organisation_id: ID,
        /// Roles of the new member. Buyers have OWNER, EDITOR, PUBLISHER, OPENER and AUDITOR; suppliers have
        /// OWNER, SIGNATORY and CONTRIBUTOR.
        roles: Vec<Role>,
        /// Note for the owners, at most 1,000 characters.
        note: Option<String>,
        /// Address of the invited person. It is stored as entered; no mail is sent.
        email: Option<String>,
    }
}

impl MutationInput for InviteMemberInput {
    type Command = InviteMember;

    fn command(self, _: &Context<'_>) -> Fallible<InviteMember> {
        Ok(InviteMember {
            organisation: organisation_id(&self.organisation_id)?,
            roles: roles(self.roles),
            note: self.note,
            email: self.email,
        })
    }
}

input! {
    /// Input for `acceptInvitation`.
    struct AcceptInvitationInput {
        /// Code that the owner gave you.
        code: String,
    }
}

impl MutationInput for AcceptInvitationInput {
    type Command = AcceptInvitation;

    fn command(self, _: &Context<'_>) -> Fallible<AcceptInvitation> {
        Ok(AcceptInvitation { code: self.code })
    }
}

input! {
    /// Input for `revokeInvitation`.
    struct RevokeInvitationInput {
        /// Invitation to revoke.
        invitation_id: ID,
    }
}

impl MutationInput for RevokeInvitationInput {
    type Command = RevokeInvitation;

    fn command(self, _: &Context<'_>) -> Fallible<RevokeInvitation> {
        let invitation = id(
            &self.invitation_id,
            "invitationId",
            InvitationId::from_global,
        )?;
        Ok(RevokeInvitation(invitation))
    }
}

input! {
    /// Input for `setMemberRoles`.
    struct SetMemberRolesInput {
        /// Organisation that the member belongs to.
        organisation_id: ID,
        /// Member (`OrganisationMember.personId`).
        person_id: ID,
        /// All roles of the member; they replace the earlier ones.
        roles: Vec<Role>,
    }
}

impl MutationInput for SetMemberRolesInput {
    type Command = SetMemberRoles;

    fn command(self, _: &Context<'_>) -> Fallible<SetMemberRoles> {
        Ok(SetMemberRoles {
            organisation: organisation_id(&self.organisation_id)?,
            person: person_id(&self.person_id)?,
            roles: roles(self.roles),
        })
    }
}

input! {
    /// Input for `removeMember`.
    struct RemoveMemberInput {
        /// Organisation that the member belongs to.
        organisation_id: ID,
        /// Member (`OrganisationMember.personId`).
        person_id: ID,
    }
}

impl MutationInput for RemoveMemberInput {
    type Command = RemoveMember;

    fn command(self, _: &Context<'_>) -> Fallible<RemoveMember> {
        Ok(RemoveMember {
            organisation: organisation_id(&self.organisation_id)?,
            person: person_id(&self.person_id)?,
        })
    }
}

input! {
    /// Input for `leaveOrganisation`.
    struct LeaveOrganisationInput {
        /// Organisation to leave.
        organisation_id: ID,
    }
}

impl MutationInput for LeaveOrganisationInput {
    type Command = LeaveOrganisation;

    fn command(self, _: &Context<'_>) -> Fallible<LeaveOrganisation> {
        Ok(LeaveOrganisation(organisation_id(&self.organisation_id)?))
    }
}

input! {
    /// Input for `erasePerson`.
    struct ErasePersonInput {
        /// The word `ERASE`, against mistakes: an erasure cannot be undone.
        confirm: String,
        /// Person to erase; without it, you. Administrators of the marketplace may erase any
        /// person.
        person_id: Option<ID>,
    }
}

impl MutationInput for ErasePersonInput {
    type Command = ErasePerson;

    fn command(self, context: &Context<'_>) -> Fallible<ErasePerson> {
        // An anonymous client gets no other refusal than NOT_AUTHENTICATED.
        policy::in_person(&request(context).actor)?;
        Ok(ErasePerson {
            person: self.person_id.map(|id| person_id(&id)).transpose()?,
            confirm: self.confirm,
        })
    }
}

payload! {
    /// Result of a change of an invitation.
    struct InvitationPayload {
        /// Invitation after the change; null when refused.
        invitation: Invitation,
        /// Organisation of the invitation; null when refused.
        organisation: Organisation,
    }
}

impl Payload<InvitationId> for InvitationPayload {
    async fn of(context: &Context<'_>, id: InvitationId) -> Result<Self, Error> {
        let Some(invitation) = Invitation::load(context, id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        let organisation = Organisation::load(context, invitation.0.organisation).await?;
        Ok(Self {
            organisation: Some(organisation),
            invitation: Some(invitation),
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `inviteMember`.
    struct InviteMemberPayload {
        /// New invitation; null when refused.
        invitation: Invitation,
        /// The invitation in the list `Organisation.invitations`; null when refused.
        invitation_edge: Edge<String, Invitation, EmptyFields>,
        /// Organisation to join; null when refused.
        organisation: Organisation,
        /// Code for the invited person, who becomes a member with it, once. It is returned once:
        /// null when refused and for a repeated request.
        code: String,
    }
}

impl Payload<Invited> for InviteMemberPayload {
    async fn of(context: &Context<'_>, invited: Invited) -> Result<Self, Error> {
        let Some(invitation) = Invitation::load(context, invited.id).await? else {
            return Ok(Self::refused(Vec::new()));
        };
        let organisation = invitation.0.organisation;
        let list = ListId::new(INVITATIONS, &organisation);
        Ok(Self {
            organisation: Some(Organisation::load(context, organisation).await?),
            invitation_edge: Some(edge(list, &invitation.0.id, invitation.clone())),
            invitation: Some(invitation),
            code: invited.code,
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `setMemberRoles`.
    struct MemberPayload {
        /// Member after the change. Null when refused, and for a repeated request if the person is
        /// no longer a member.
        member: Member,
        /// Organisation of the member; null when refused.
        organisation: Organisation,
    }
}

impl Payload<RolesSet> for MemberPayload {
    async fn of(context: &Context<'_>, set: RolesSet) -> Result<Self, Error> {
        let member = match set.person {
            Some(person) => Member::resolve(context, (set.organisation, person)).await?,
            None => None,
        };
        Ok(Self {
            member,
            organisation: Some(Organisation::load(context, set.organisation).await?),
            ..Self::refused(Vec::new())
        })
    }
}

payload! {
    /// Result of `erasePerson`.
    struct ErasePersonPayload {
        /// ID of the erased person, which records that must be kept refer to; null when refused.
        erased_person_id: ID,
    }
}

impl Payload<PersonId> for ErasePersonPayload {
    async fn of(_: &Context<'_>, id: PersonId) -> Result<Self, Error> {
        Ok(Self {
            erased_person_id: Some(id.to_global().into()),
            ..Self::refused(Vec::new())
        })
    }
}

/// Mutations of invitations, memberships and persons.
#[derive(Default)]
pub struct PeopleMutations;

#[Object]
impl PeopleMutations {
    /// Creates a code that makes one person a member, once, within 14 days. At most 50 invitations
    /// are open at a time.
    async fn invite_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `inviteMember`.")] input: InviteMemberInput,
    ) -> Result<InviteMemberPayload, Error> {
        mutate(context, input).await
    }

    /// Makes you a member of the organisation whose owner gave you the code. A member gets the
    /// roles in addition.
    async fn accept_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `acceptInvitation`.")] input: AcceptInvitationInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Revokes an invitation: its code is invalid from then on.
    async fn revoke_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `revokeInvitation`.")] input: RevokeInvitationInput,
    ) -> Result<InvitationPayload, Error> {
        mutate(context, input).await
    }

    /// Replaces a member's roles, from the member's next request on. The last owner keeps the role
    /// OWNER.
    async fn set_member_roles(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `setMemberRoles`.")] input: SetMemberRolesInput,
    ) -> Result<MemberPayload, Error> {
        mutate(context, input).await
    }

    /// Ends a membership at once. The last owner stays a member.
    async fn remove_member(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `removeMember`.")] input: RemoveMemberInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Ends your own membership, whichever organisation you act for. The last owner must make
    /// another member an owner first.
    async fn leave_organisation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `leaveOrganisation`.")] input: LeaveOrganisationInput,
    ) -> Result<OrganisationPayload, Error> {
        mutate(context, input).await
    }

    /// Erases a person permanently: name and sign-in are deleted, with memberships, follows and
    /// notifications. Organisations without another member are closed; the last owner of an
    /// organisation with other members is refused. Tenders, questions and the audit log are kept
    /// without the person's name. A person who signs in again is a new person.
    async fn erase_person(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `erasePerson`.")] input: ErasePersonInput,
    ) -> Result<ErasePersonPayload, Error> {
        mutate(context, input).await
    }
}

fn roles(given: Vec<Role>) -> Vec<auth::Role> {
    given.into_iter().map(Into::into).collect()
}

fn person_id(global: &str) -> Result<PersonId, Refusal> {
    id(global, "personId", PersonId::from_global)
}
