//! A person creates an organisation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    identity,
    lock::lock_person,
    profile::Description,
    rules::{self, nonprofit::NewNonprofitStatus},
    store::{self, Organisation, nonprofit, persons},
};
use crate::{
    auth::{
        Actor, OrganisationKind, Role,
        policy::{Mutation, mutation::InPerson},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{OrganisationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Creates an organisation, in which the person has all roles. A NONPROFIT is self-declared by
/// this; a buyer must be verified before it publishes.
#[derive(Debug, Serialize)]
pub struct CreateOrganisation {
    /// Kind of the organisation; it never changes.
    pub kind: OrganisationKind,
    /// Name, profile and identifiers.
    pub description: Description,
}

/// An organisation that the actor is a member of since this request.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Joined(pub OrganisationId);

impl UseCase for CreateOrganisation {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> =
        Mutation::in_person("createOrganisation").replayed_per_person();
    type Target = ();
    type Output = Joined;

    fn validate(&self, _: &Actor, _: &PersonId) -> Fallible<()> {
        rules::check(self.kind, &self.description)?;
        Ok(())
    }

    async fn lock(&self, work: &mut UnitOfWork, person: &PersonId) -> Fallible<()> {
        lock_person(work, *person).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        person: &PersonId,
        (): (),
        now: DateTime<Utc>,
    ) -> Fallible<Joined> {
        check_count(work, *person).await?;
        let identifiers = rules::check(self.kind, &self.description)?;
        let organisation = Organisation {
            id: OrganisationId::new(),
            kind: self.kind,
            name: self.description.name,
            profile: self.description.profile,
            revision: 1,
            verified_at: None,
            closed_at: None,
        };
        let id = organisation.id;
        identity::check_name(work, id, &organisation.name, &["profile", "name"]).await?;
        insert(work, &organisation, *person, now).await?;
        identity::set_numbers(work, id, &identifiers).await?;
        let detail = json!({ "kind": self.kind });
        work.audit("organisation.create", id.0, detail);
        Ok(Joined(id))
    }
}

/// Limits how many organisations one person creates, so that no script fills the lists.
async fn check_count(work: &mut UnitOfWork, person: PersonId) -> Fallible<()> {
    let ever = DateTime::UNIX_EPOCH;
    let action = "organisation.create";
    let created = persons::count_since(work.connection(), person, action, ever).await?;
    if created < rules::CREATED_LIMIT {
        return Ok(());
    }
    let message = message!(
        "you have created {created} organisations, and one person may create {limit}; ask the marketplace's administrators \
         if you need more",
        created,
        limit = rules::CREATED_LIMIT,
    );
    Err(Refusal::new(Code::LimitReached, message).into())
}

async fn insert(
    work: &mut UnitOfWork,
    organisation: &Organisation,
    owner: PersonId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    store::insert(work.connection(), organisation).await?;
    let roles = Role::of(organisation.kind);
    store::set_roles(work.connection(), organisation.id, owner, roles).await?;
    if organisation.kind == OrganisationKind::Nonprofit {
        let record = NewNonprofitStatus::self_declared();
        nonprofit::insert(
            work.connection(),
            organisation.id,
            &record,
            Some(owner),
            now,
        )
        .await?;
    }
    Ok(())
}
