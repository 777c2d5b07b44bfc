//! The people and organisations of the tests, with their roles.

use chrono::{TimeDelta, Utc};
use sqlx::PgConnection;
use torg::{
    auth::{self, OrganisationKind, Role, devkey::DevKey},
    kernel::ids::{OrganisationId, PersonId},
    organisation::{
        self, Organisation,
        profile::{Address, Profile},
    },
};

/// A person. The subject of their token is the name in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// Writes and publishes for the buyer.
    Publisher,
    /// Writes for the buyer.
    Editor,
    /// Opens tenders for the buyer.
    Opener,
    /// Opens tenders for the buyer together with the opener.
    Witness,
    /// Reads the buyer's audit log.
    Auditor,
    /// A member of the buyer without any role that buyers need.
    Trainee,
    /// Has every role of a buyer, in another buyer.
    Stranger,
    /// Signs for the company.
    Signatory,
    /// Contributes for the company.
    Clerk,
    /// Owns the nonprofit.
    Chair,
    /// Contributes for the nonprofit.
    Volunteer,
    /// Belongs to no organisation.
    Nobody,
    /// Signs for the company and for the nonprofit.
    Both,
    /// Owns the buyer.
    Mayor,
    /// Administers the marketplace, and belongs to no organisation.
    Admin,
}

impl Person {
    pub const ALL: [Self; 15] = [
        Self::Publisher,
        Self::Editor,
        Self::Opener,
        Self::Witness,
        Self::Auditor,
        Self::Trainee,
        Self::Stranger,
        Self::Signatory,
        Self::Clerk,
        Self::Chair,
        Self::Volunteer,
        Self::Nobody,
        Self::Both,
        Self::Mayor,
        Self::Admin,
    ];

    /// Returns the `sub` of the person's token.
    pub fn subject(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Returns the person's name, a text that occurs nowhere else.
    pub fn name(self) -> String {
        format!("{self:?} Testsson")
    }
}

/// The organisations.
#[derive(Clone, Copy, Debug)]
pub struct Organisations {
    pub buyer: OrganisationId,
    pub other_buyer: OrganisationId,
    pub company: OrganisationId,
    pub nonprofit: OrganisationId,
}

pub const BUYER: &str = "Provköpings kommun";
pub const COMPANY: &str = "Kvastbolaget AB";
pub const NONPROFIT: &str = "Föreningen Grannskapet";

/// Stores all organisations and people.
pub async fn store(connection: &mut PgConnection, issuer: &str) -> Organisations {
    let organisations = Organisations {
        buyer: organisation(connection, OrganisationKind::Buyer, BUYER).await,
        other_buyer: organisation(connection, OrganisationKind::Buyer, "Region Annan").await,
        company: organisation(connection, OrganisationKind::Company, COMPANY).await,
        nonprofit: organisation(connection, OrganisationKind::Nonprofit, NONPROFIT).await,
    };
    for person in Person::ALL {
        let id = auth::store::put_person(connection, issuer, &person.subject(), &person.name())
            .await
            .unwrap();
        for (organisation, roles) in memberships(person, &organisations) {
            member(connection, organisation, id, &roles).await;
        }
        let admin = person == Person::Admin;
        auth::store::set_admin(connection, issuer, &person.subject(), admin)
            .await
            .unwrap();
    }
    organisations
}

fn memberships(person: Person, of: &Organisations) -> Vec<(OrganisationId, Vec<Role>)> {
    use Role::{Auditor, Contributor, Editor, Opener, Owner, Publisher, Signatory};
    match person {
        Person::Publisher => vec![(of.buyer, vec![Publisher])],
        Person::Editor => vec![(of.buyer, vec![Editor])],
        Person::Opener | Person::Witness => vec![(of.buyer, vec![Opener])],
        Person::Auditor => vec![(of.buyer, vec![Auditor])],
        Person::Trainee => vec![(of.buyer, vec![Contributor])],
        Person::Stranger => vec![(of.other_buyer, vec![Editor, Publisher, Opener])],
        Person::Signatory => vec![(of.company, vec![Signatory])],
        Person::Clerk => vec![(of.company, vec![Contributor])],
        Person::Chair => vec![(of.nonprofit, vec![Owner])],
        Person::Volunteer => vec![(of.nonprofit, vec![Contributor])],
        Person::Nobody | Person::Admin => vec![],
        Person::Mayor => vec![(of.buyer, vec![Owner])],
        Person::Both => vec![
            (of.company, vec![Signatory]),
            (of.nonprofit, vec![Signatory]),
        ],
    }
}

async fn organisation(
    connection: &mut PgConnection,
    kind: OrganisationKind,
    name: &str,
) -> OrganisationId {
    let organisation = Organisation {
        id: OrganisationId::new(),
        kind,
        name: name.to_owned(),
        profile: Profile {
            address: Address {
                country: Some("SE".into()),
                nuts: Some("SE110".into()),
                ..Address::default()
            },
            ..Profile::default()
        },
        revision: 1,
        verified_at: (kind == OrganisationKind::Buyer).then(Utc::now),
        closed_at: None,
    };
    organisation::store::insert(connection, &organisation)
        .await
        .unwrap();
    organisation.id
}

async fn member(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    person: PersonId,
    roles: &[Role],
) {
    organisation::store::set_roles(connection, organisation, person, roles)
        .await
        .unwrap();
}

/// Signs a token that is valid for an hour.
pub fn token(key: &DevKey, person: Person) -> String {
    key.mint(&person.subject(), None, TimeDelta::hours(1), Utc::now())
        .unwrap()
}
