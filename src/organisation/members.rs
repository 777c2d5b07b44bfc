//! Owners change members' roles and end memberships; members leave. An organisation always keeps an
//! owner, even when two requests run at once: each change locks the organisation first.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    lock::{lock, lock_as_owner},
    rules::{self, members::check_owner_stays},
    store::{self, Locked, members::Member},
};
use crate::{
    auth::{
        Role,
        policy::{
            Mutation,
            mutation::{ByOrganisation, InPerson, OrganisationCaller},
        },
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// The membership whose roles were set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "StoredAnswer")]
pub struct RolesSet {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The member. `None` in an answer that an earlier version stored for an idempotency key.
    pub person: Option<PersonId>,
}

/// A [`RolesSet`] as this version or an earlier one stores it.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredAnswer {
    Current {
        organisation: OrganisationId,
        person: Option<PersonId>,
    },
    /// Earlier versions store the organisation alone.
    OrganisationOnly(OrganisationId),
}

impl From<StoredAnswer> for RolesSet {
    fn from(stored: StoredAnswer) -> Self {
        match stored {
            StoredAnswer::Current {
                organisation,
                person,
            } => Self {
                organisation,
                person,
            },
            StoredAnswer::OrganisationOnly(organisation) => Self {
                organisation,
                person: None,
            },
        }
    }
}

/// Replaces a member's roles, from the member's next request on.
#[derive(Debug, Serialize)]
pub struct SetMemberRoles {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The member.
    pub person: PersonId,
    /// All roles of the member.
    pub roles: Vec<Role>,
}

impl UseCase for SetMemberRoles {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("setMemberRoles");
    type Target = (Locked, Vec<Member>);
    type Output = RolesSet;

    async fn lock(
        &self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
    ) -> Fallible<(Locked, Vec<Member>)> {
        lock_as_owner(work, caller, self.organisation).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &OrganisationCaller,
        (organisation, members): (Locked, Vec<Member>),
        _: DateTime<Utc>,
    ) -> Fallible<RolesSet> {
        let id = self.organisation;
        rules::check_roles(organisation.kind, &self.roles)?;
        check_is_member(&members, self.person)?;
        if !self.roles.contains(&Role::Owner) {
            check_owner_stays(&owners(&members), self.person)?;
        }
        let mut roles = self.roles.clone();
        roles.sort_by_key(|role| role.as_str());
        roles.dedup();
        store::set_roles(work.connection(), id, self.person, &roles).await?;
        let detail = json!({ "person": self.person, "roles": roles });
        work.audit("member.roles", id.0, detail);
        Ok(RolesSet {
            organisation: id,
            person: Some(self.person),
        })
    }
}

/// Ends a membership at once.
#[derive(Debug, Serialize)]
pub struct RemoveMember {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The member.
    pub person: PersonId,
}

impl UseCase for RemoveMember {
    type Access = ByOrganisation;
    const MUTATION: Mutation<ByOrganisation> = Mutation::owner("removeMember");
    type Target = Vec<Member>;
    type Output = OrganisationId;

    async fn lock(
        &self,
        work: &mut UnitOfWork,
        caller: &OrganisationCaller,
    ) -> Fallible<Vec<Member>> {
        let (_, members) = lock_as_owner(work, caller, self.organisation).await?;
        Ok(members)
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        _: &OrganisationCaller,
        members: Vec<Member>,
        _: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        let id = self.organisation;
        check_is_member(&members, self.person)?;
        check_owner_stays(&owners(&members), self.person)?;
        store::members::remove(work.connection(), id, self.person).await?;
        let detail = json!({ "person": self.person });
        work.audit("member.remove", id.0, detail);
        Ok(id)
    }
}

/// Ends the actor's own membership of an organisation, whichever organisation they act for.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct LeaveOrganisation(pub OrganisationId);

impl UseCase for LeaveOrganisation {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> =
        Mutation::member_in_person("leaveOrganisation").replayed_per_person();
    type Target = Vec<Member>;
    type Output = OrganisationId;

    async fn lock(&self, work: &mut UnitOfWork, person: &PersonId) -> Fallible<Vec<Member>> {
        lock(work, self.0).await?;
        let members = store::members::of_locked(work.connection(), self.0).await?;
        if members.iter().any(|member| member.person == *person) {
            return Ok(members);
        }
        let message = "you are not a member of this organisation";
        Err(Refusal::new(Code::NotAllowed, message).into())
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        person: &PersonId,
        members: Vec<Member>,
        _: DateTime<Utc>,
    ) -> Fallible<OrganisationId> {
        check_owner_stays(&owners(&members), *person)?;
        store::members::remove(work.connection(), self.0, *person).await?;
        let detail = json!({ "person": person });
        work.audit("member.leave", self.0.0, detail);
        Ok(self.0)
    }
}

/// Returns the members who are owners.
pub(super) fn owners(members: &[Member]) -> Vec<PersonId> {
    let owners = members.iter().filter(|member| member.is_owner());
    owners.map(|member| member.person).collect()
}

fn check_is_member(members: &[Member], person: PersonId) -> Result<(), Refusal> {
    if members.iter().any(|member| member.person == person) {
        return Ok(());
    }
    let message = "the organisation has no member with this ID; `members` lists them";
    Err(Refusal::at(Code::NotFound, &["personId"], message))
}
