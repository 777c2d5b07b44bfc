//! Members and invitations as they are read.

use async_graphql::{Error, ID, Object};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{errors::refused, viewer::Role},
    kernel::{
        ids::InvitationId,
        refusal::{Code, Refusal},
    },
    organisation::store::{invitations, members},
};

/// A member of an organisation.
pub struct Member(pub members::Member);

/// Somebody who belongs to an organisation, as its other members see them.
#[Object(name = "OrganisationMember")]
impl Member {
    /// The person's ID; `setMemberRoles` and `removeMember` take it.
    async fn person_id(&self) -> ID {
        self.0.person.to_global().into()
    }

    /// As they wish to be called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What they may do for the organisation.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }
}

/// A call to become a member.
pub struct Invitation(pub invitations::Invitation);

impl Invitation {
    /// Where it stands in its list.
    pub fn place(&self) -> String {
        self.0.id.0.to_string()
    }
}

/// Reads what [`Invitation::place`] wrote.
pub fn read_place(place: &str) -> Result<InvitationId, Error> {
    place.parse().map(InvitationId).map_err(|_| {
        let message = "`after` is not a cursor of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}

/// A call to become a member, as the organisation's owners see it. The code is shown once, by `inviteMember`.
#[Object]
impl Invitation {
    /// Opaque; `revokeInvitation` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// What whoever accepts it will be allowed to do.
    async fn roles(&self) -> Vec<Role> {
        self.0.roles.iter().map(|role| (*role).into()).collect()
    }

    /// What the owners want to remember of it.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// For whom it is, as the owners wrote it; nothing is sent there.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// When it was made.
    async fn invited_at(&self) -> DateTime<Utc> {
        self.0.invited_at
    }

    /// Until when it may be accepted.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was accepted; null until then.
    async fn accepted_at(&self) -> Option<DateTime<Utc>> {
        self.0.accepted_at
    }

    /// When it was revoked; null unless it was.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}
