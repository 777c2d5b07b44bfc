//! The organisations and people of the marketplace in the database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    SampleError,
    model::{self, Marketplace},
    store,
};
use torg::{
    auth::{self, Actor, Membership, OrganisationKind, Person, Role},
    database::{self, Database},
    kernel::ids::OrganisationId,
    organisation::{
        self, Organisation,
        profile::{Address, Description, Profile},
        rules::nonprofit::NewNonprofitStatus,
    },
};

/// The organisations and people, by key.
pub struct Cast<'a> {
    organisations: HashMap<&'a str, OrganisationId>,
    people: HashMap<&'a str, Person>,
}

impl<'a> Cast<'a> {
    /// Stores organisations, people and memberships in one transaction, and marks the filling as
    /// begun.
    pub async fn store(
        database: &Database,
        issuer: &str,
        marketplace: &'a Marketplace,
    ) -> Result<Self, SampleError> {
        let mut transaction = database::begin(&database.pool).await?;
        if !store::begin(&mut transaction).await? {
            return Err(SampleError::Present);
        }
        let mut people = HashMap::new();
        for person in &marketplace.people {
            let id = auth::store::put_person(&mut transaction, issuer, &person.key, &person.name);
            let stored = Person {
                id: id.await?,
                name: person.name.clone(),
                admin: false,
                memberships: Vec::new(),
                acting_for: None,
                key: None,
            };
            people.insert(person.key.as_str(), stored);
        }
        let mut organisations = HashMap::new();
        for script in &marketplace.organisations {
            let now = database.clock.now();
            let organisation = organisation_of(script, now);
            store_organisation(&mut transaction, script, &organisation, now).await?;
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
                    verified: organisation.verified_at.is_some(),
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

    /// Returns a person who acts for an organisation. The policy checks whether they are a member.
    pub fn actor(&self, person: &str, organisation: &str) -> Result<Actor, SampleError> {
        let organisation = self.organisation(organisation)?;
        Ok(Actor::Person(Person {
            acting_for: Some(organisation),
            ..self.person(person)?.clone()
        }))
    }

    /// Returns another person than this one who opens tenders for a buyer, acting for it.
    pub fn other_opener(&self, person: &str, buyer: &str) -> Result<Actor, SampleError> {
        let organisation = self.organisation(buyer)?;
        let opens = |one: &Person| {
            let mut memberships = one.memberships.iter();
            memberships.any(|membership| {
                membership.organisation == organisation && membership.has_any(&[Role::Opener])
            })
        };
        let others = self.people.iter().filter(|(key, _)| **key != person);
        let other = others
            .filter(|(_, one)| opens(one))
            .min_by_key(|(key, _)| **key);
        let (key, _) = other.ok_or_else(|| SampleError::missing("second opener", buyer))?;
        self.actor(key, buyer)
    }

    /// Returns an organisation's ID.
    pub fn organisation(&self, key: &str) -> Result<OrganisationId, SampleError> {
        let missing = || SampleError::missing("organisation", key);
        self.organisations.get(key).copied().ok_or_else(missing)
    }

    /// Returns a person who acts only for themselves.
    pub fn follower(&self, person: &str) -> Result<Actor, SampleError> {
        Ok(Actor::Person(self.person(person)?.clone()))
    }

    fn person(&self, key: &str) -> Result<&Person, SampleError> {
        self.people
            .get(key)
            .ok_or_else(|| SampleError::missing("person", key))
    }
}

/// Returns the key of the first member with the role EDITOR.
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

/// Stores the organisation, its register number and, for a nonprofit, its self-declaration.
async fn store_organisation(
    connection: &mut PgConnection,
    script: &model::Organisation,
    organisation: &Organisation,
    now: DateTime<Utc>,
) -> Result<(), SampleError> {
    let id = organisation.id;
    let refused = |reason: String| SampleError::Organisation {
        organisation: script.key.clone(),
        reason,
    };
    let description = Description {
        name: organisation.name.clone(),
        profile: organisation.profile.clone(),
        identifiers: script.identifier.iter().cloned().map(Into::into).collect(),
    };
    let identifiers =
        organisation::rules::check(script.kind, &description).map_err(|refusals| {
            let messages = refusals
                .into_iter()
                .map(|refusal| refusal.message.to_string());
            refused(messages.collect::<Vec<_>>().join("; "))
        })?;
    organisation::store::insert(connection, organisation).await?;
    organisation::store::set_identifiers(connection, id, &identifiers).await?;
    if organisation.verified_at.is_some() {
        organisation::store::identity::set_verified_numbers(connection, id, &identifiers, now)
            .await?;
    }
    if script.kind == OrganisationKind::Nonprofit {
        let record = NewNonprofitStatus::self_declared();
        organisation::store::nonprofit::insert(connection, id, &record, None, now).await?;
    }
    Ok(())
}

/// Returns the organisation of a script. Buyers are verified, and suppliers have a public profile.
fn organisation_of(script: &model::Organisation, now: DateTime<Utc>) -> Organisation {
    let buyer = script.kind == OrganisationKind::Buyer;
    Organisation {
        id: OrganisationId::new(),
        kind: script.kind,
        name: script.name.clone(),
        profile: Profile {
            description: script.description.clone(),
            address: Address {
                country: Some(script.country.clone()),
                nuts: Some(script.nuts.clone()),
                ..Address::default()
            },
            cpv: script.cpv.clone(),
            areas: script.areas.clone(),
            size: script.size,
            public: !buyer,
            looking_for_partners: !script.partners.is_empty(),
            partner_text: script.partners.clone(),
            ..Profile::default()
        },
        revision: 1,
        verified_at: buyer.then_some(now),
        closed_at: None,
    }
}
