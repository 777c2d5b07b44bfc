//! The organisations and people of the marketplace, once they are in the database.

use std::collections::HashMap;

use super::{
    SampleError,
    model::{self, Marketplace},
    store,
};
use crate::{
    auth::{self, Actor, Membership, Person, Role},
    database::Database,
    kernel::ids::OrganisationId,
    organisation::{self, Organisation},
};

/// Who can act, by key.
pub struct Cast<'a> {
    organisations: HashMap<&'a str, OrganisationId>,
    people: HashMap<&'a str, Person>,
}

impl<'a> Cast<'a> {
    /// Stores organisations, people and memberships, all or none, and marks that playing has begun.
    pub async fn store(
        database: &Database,
        issuer: &str,
        marketplace: &'a Marketplace,
    ) -> Result<Self, SampleError> {
        let mut transaction = database.pool.begin().await?;
        if !store::begin(&mut transaction).await? {
            return Err(SampleError::Present);
        }
        let mut people = HashMap::new();
        for person in &marketplace.people {
            let id = auth::store::put_person(&mut transaction, issuer, &person.key, &person.name);
            let stored = Person {
                id: id.await?,
                name: person.name.clone(),
                memberships: Vec::new(),
                acting_for: None,
            };
            people.insert(person.key.as_str(), stored);
        }
        let mut organisations = HashMap::new();
        for script in &marketplace.organisations {
            let organisation = organisation_of(script);
            organisation::store::insert(&mut transaction, &organisation).await?;
            for member in &script.members {
                let person = people
                    .get_mut(member.person.as_str())
                    .ok_or_else(|| SampleError::missing("person", &member.person))?;
                organisation::store::set_roles(
                    &mut transaction,
                    organisation.id,
                    person.id,
                    &member.roles,
                )
                .await?;
                person.memberships.push(Membership {
                    organisation: organisation.id,
                    kind: script.kind,
                    roles: member.roles.clone(),
                });
            }
            organisations.insert(script.key.as_str(), organisation.id);
        }
        transaction.commit().await?;
        Ok(Self {
            organisations,
            people,
        })
    }

    /// A person, acting for an organisation. Whether they belong to it is left to the policy.
    pub fn actor(&self, person: &str, organisation: &str) -> Result<Actor, SampleError> {
        let organisation = *self
            .organisations
            .get(organisation)
            .ok_or_else(|| SampleError::missing("organisation", organisation))?;
        Ok(Actor::Person(Person {
            acting_for: Some(organisation),
            ..self.person(person)?.clone()
        }))
    }

    /// A person, acting for nobody but themselves.
    pub fn follower(&self, person: &str) -> Result<Actor, SampleError> {
        Ok(Actor::Person(self.person(person)?.clone()))
    }

    fn person(&self, key: &str) -> Result<&Person, SampleError> {
        self.people
            .get(key)
            .ok_or_else(|| SampleError::missing("person", key))
    }
}

/// The key of a member who writes the organisation's drafts.
pub fn editor<'a>(
    marketplace: &'a Marketplace,
    organisation: &str,
) -> Result<&'a str, SampleError> {
    marketplace
        .organisations
        .iter()
        .filter(|script| script.key == organisation)
        .flat_map(|script| &script.members)
        .find(|member| member.roles.contains(&Role::Editor))
        .map(|member| member.person.as_str())
        .ok_or_else(|| SampleError::missing("editor at the organisation", organisation))
}

fn organisation_of(script: &model::Organisation) -> Organisation {
    let identifier = script.identifier.as_ref();
    Organisation {
        id: OrganisationId::new(),
        kind: script.kind,
        name: script.name.clone(),
        description: script.description.clone(),
        country: Some(script.country.clone()),
        nuts: Some(script.nuts.clone()),
        identifier_scheme: identifier.map(|identifier| identifier.scheme.clone()),
        identifier: identifier.map(|identifier| identifier.id.clone()),
    }
}
