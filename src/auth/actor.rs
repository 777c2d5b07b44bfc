//! Actors: the public, a person (who may act for one of their organisations), or an API key.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::kernel::ids::{OrganisationId, PersonId};

/// The kind of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrganisationKind {
    /// A contracting authority (Directive 2014/24/EU art. 2(1)(1)).
    Buyer,
    /// A business.
    Company,
    /// An association or foundation without profit as its aim (Swedish: idéburen organisation).
    Nonprofit,
    /// A business with a social aim (art. 20).
    SocialEnterprise,
}

impl OrganisationKind {
    /// Returns the kind's name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "BUYER",
            Self::Company => "COMPANY",
            Self::Nonprofit => "NONPROFIT",
            Self::SocialEnterprise => "SOCIAL_ENTERPRISE",
        }
    }
}

/// A member's role in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Manages the organisation and its members.
    Owner,
    /// Buyer: writes drafts, opens dialogues, answers questions.
    Editor,
    /// Buyer: publishes notices and awards.
    Publisher,
    /// Buyer: opens tenders.
    Opener,
    /// Buyer: reads the audit log and the opening records.
    Auditor,
    /// Supplier: submits and withdraws tenders.
    Signatory,
    /// Supplier: takes part in dialogues, prepares tenders.
    Contributor,
}

impl Role {
    /// Returns the roles that exist in an organisation of this kind, OWNER first.
    pub fn of(kind: OrganisationKind) -> &'static [Self] {
        match kind {
            OrganisationKind::Buyer => &[
                Self::Owner,
                Self::Editor,
                Self::Publisher,
                Self::Opener,
                Self::Auditor,
            ],
            OrganisationKind::Company
            | OrganisationKind::Nonprofit
            | OrganisationKind::SocialEnterprise => {
                &[Self::Owner, Self::Signatory, Self::Contributor]
            }
        }
    }

    /// Returns whether the role exists in an organisation of this kind.
    pub fn is_of(self, kind: OrganisationKind) -> bool {
        Self::of(kind).contains(&self)
    }

    /// Returns the role's name in the database and the sample.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Editor => "EDITOR",
            Self::Publisher => "PUBLISHER",
            Self::Opener => "OPENER",
            Self::Auditor => "AUDITOR",
            Self::Signatory => "SIGNATORY",
            Self::Contributor => "CONTRIBUTOR",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [
            Self::Owner,
            Self::Editor,
            Self::Publisher,
            Self::Opener,
            Self::Auditor,
            Self::Signatory,
            Self::Contributor,
        ]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| format!("`{text}` is not a role"))
    }
}

/// A person's membership in an organisation. It comes from the database, never from a token.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The organisation's kind.
    pub kind: OrganisationKind,
    /// The person's roles.
    pub roles: Vec<Role>,
    /// Whether an administrator has verified the organisation. An unverified buyer cannot publish.
    pub verified: bool,
}

impl Membership {
    /// Returns whether the member has at least one of these roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

/// A signed-in person, or an API key. An API key acts like a member of its organisation, limited
/// by its roles and scopes ([`super::policy`]).
#[derive(Clone, Debug)]
pub struct Person {
    /// ID of the person.
    pub id: PersonId,
    /// The person's display name, or the API key's name.
    pub name: String,
    /// Whether the person is an administrator: verifies buyers, records nonprofit status, erases
    /// people.
    pub admin: bool,
    /// The person's memberships.
    pub memberships: Vec<Membership>,
    /// The organisation that the person acts for; `None` without a membership, or with several
    /// when the request selects none.
    pub acting_for: Option<OrganisationId>,
    /// The API key; `None` for a person.
    pub key: Option<Key>,
}

impl Person {
    /// Returns the person acting for `wanted`, or without it for their only organisation. The
    /// person acts for no organisation when they are not a member of `wanted`.
    pub fn acting_as(mut self, wanted: Option<OrganisationId>) -> Self {
        let mut organisations = self.memberships.iter().map(|one| one.organisation);
        self.acting_for = match wanted {
            Some(wanted) => organisations.find(|organisation| *organisation == wanted),
            None if self.memberships.len() == 1 => organisations.next(),
            None => None,
        };
        self
    }

    /// Returns whether the person acts for a buyer that no administrator has verified.
    pub fn acts_for_unverified_buyer(&self) -> bool {
        self.acting()
            .is_some_and(|acting| acting.kind == OrganisationKind::Buyer && !acting.verified)
    }

    /// Returns the membership in the organisation that the person acts for.
    pub fn acting(&self) -> Option<&Membership> {
        let organisation = self.acting_for?;
        self.memberships
            .iter()
            .find(|membership| membership.organisation == organisation)
    }
}

/// The actor of a request.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The public: a request without a credential.
    Anonymous,
    /// A person with a valid access token, or a system with a valid API key.
    Person(Person),
}

impl Actor {
    /// Returns the person or API key; `None` for the public.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Anonymous => None,
            Self::Person(person) => Some(person),
        }
    }

    /// Returns the kind of actor for logs and metrics: `ANONYMOUS`, `ADMIN`, the kind of the
    /// organisation that the person acts for, or `PERSON`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "ANONYMOUS",
            Self::Person(person) if person.admin => "ADMIN",
            Self::Person(person) => person.acting().map_or("PERSON", |one| one.kind.as_str()),
        }
    }

    /// Returns whether the actor is a member of this organisation, even when acting for another.
    pub fn belongs_to(&self, organisation: OrganisationId) -> bool {
        self.person().is_some_and(|person| {
            person
                .memberships
                .iter()
                .any(|membership| membership.organisation == organisation)
        })
    }

    /// Returns whether the actor is an administrator.
    pub fn is_admin(&self) -> bool {
        self.person().is_some_and(|person| person.admin)
    }

    /// Returns whether the actor acts for this organisation.
    pub fn acts_for(&self, organisation: OrganisationId) -> bool {
        self.person()
            .is_some_and(|person| person.acting_for == Some(organisation))
    }
}
