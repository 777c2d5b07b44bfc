//! The types of members and invitations.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{context::request, errors::loading, viewer::Role},
    kernel::ids::{InvitationId, encode_global, json_key},
    organisation::store::{invitations, members},
};

/// A stored membership.
pub struct Member(pub members::Member);

impl Member {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "OrganisationMember";
}

/// Member of an organisation, as its other members see them.
#[Object(name = "OrganisationMember")]
impl Member {
    /// Opaque global ID of the membership, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let key = json_key(&(self.0.organisation, self.0.person));
        encode_global(Self::KIND, &key).into()
    }

    /// ID of the person; an input of `setMemberRoles` and `removeMember`.
    async fn person_id(&self) -> ID {
        self.0.person.to_global().into()
    }

    /// Display name of the member.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Roles of the member in the organisation.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }
}

/// A stored invitation.
#[derive(Clone)]
pub struct Invitation(pub invitations::Invitation);

impl Invitation {
    /// Loads the invitation with this ID without checking who may see it.
    pub async fn load(context: &Context<'_>, id: InvitationId) -> Result<Option<Self>, Error> {
        let found = request(context).loader.load_one(id).await;
        Ok(found.map_err(loading)?.map(Self))
    }
}

/// Invitation to become a member of an organisation, as its owners see it. Its code is only
/// returned by `inviteMember`.
#[Object]
impl Invitation {
    /// Opaque global ID; an input of `revokeInvitation`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Roles that the person gets who accepts the invitation.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }

    /// Internal note of the owners. Null when there is none.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// E-mail address of the invited person, as the owners entered it. Torg sends nothing to it.
    /// Null when not stated.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// Time when the invitation was created.
    async fn invited_at(&self) -> DateTime<Utc> {
        self.0.invited_at
    }

    /// Time when the invitation expires: 14 days after it was created.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Time when the invitation was accepted. Null until then.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// Time when the invitation was revoked. Null unless revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}
