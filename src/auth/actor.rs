//! The one who acts: nobody in particular, a person for one of their organisations, or an organisation's API key.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::key::Key;
use crate::kernel::ids::{OrganisationId, PersonId};

/// What an organisation is.
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
    /// The kind's name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buyer => "BUYER",
            Self::Company => "COMPANY",
            Self::Nonprofit => "NONPROFIT",
            Self::SocialEnterprise => "SOCIAL_ENTERPRISE",
        }
    }
}

/// What a member may do for the organisation.
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
    /// Supplier: submits and withdraws tenders.
    Signatory,
    /// Supplier: takes part in dialogues, prepares tenders.
    Contributor,
}

impl Role {
    /// The roles there are in an organisation of this kind, OWNER first.
    pub fn of(kind: OrganisationKind) -> &'static [Self] {
        match kind {
            OrganisationKind::Buyer => &[Self::Owner, Self::Editor, Self::Publisher, Self::Opener],
            OrganisationKind::Company
            | OrganisationKind::Nonprofit
            | OrganisationKind::SocialEnterprise => {
                &[Self::Owner, Self::Signatory, Self::Contributor]
            }
        }
    }

    /// Is there such a role in an organisation of this kind?
    pub fn is_of(self, kind: OrganisationKind) -> bool {
        Self::of(kind).contains(&self)
    }

    /// The role's name in the database and the sample.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Editor => "EDITOR",
            Self::Publisher => "PUBLISHER",
            Self::Opener => "OPENER",
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
            Self::Signatory,
            Self::Contributor,
        ]
        .into_iter()
        .find(|role| role.as_str() == text)
        .ok_or_else(|| format!("`{text}` is not a role"))
    }
}

/// A person's place in an organisation, as the database says (never the token).
#[derive(Clone, Debug)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its kind.
    pub kind: OrganisationKind,
    /// What the person may do there.
    pub roles: Vec<Role>,
    /// Has the marketplace verified it? An unverified buyer publishes nothing.
    pub verified: bool,
}

impl Membership {
    /// Has one of these roles?
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

/// A signed-in person; or an API key, which acts as a member of its organisation would, as far as its roles and scopes
/// go ([`super::policy`]).
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// As they wish to be called.
    pub name: String,
    /// Administers the marketplace: verifies buyers, records what registers say, erases people.
    pub admin: bool,
    /// Where they belong.
    pub memberships: Vec<Membership>,
    /// For whom they act now; `None` when they belong to none, or to several and did not say.
    pub acting_for: Option<OrganisationId>,
    /// The API key that it is; `None`: a person.
    pub key: Option<Key>,
}

impl Person {
    /// The same person acting for the organisation they name, else for their only one. One they do not belong to is
    /// none, as if they had not said.
    pub fn acting_as(mut self, wanted: Option<OrganisationId>) -> Self {
        let mut organisations = self.memberships.iter().map(|one| one.organisation);
        self.acting_for = match wanted {
            Some(wanted) => organisations.find(|organisation| *organisation == wanted),
            None if self.memberships.len() == 1 => organisations.next(),
            None => None,
        };
        self
    }

    /// The membership of the organisation they act for.
    pub fn acting(&self) -> Option<&Membership> {
        let organisation = self.acting_for?;
        self.memberships
            .iter()
            .find(|membership| membership.organisation == organisation)
    }
}

/// Who acts.
#[derive(Clone, Debug)]
pub enum Actor {
    /// The public.
    Anonymous,
    /// Somebody with a valid token, or a system with an API key.
    Person(Person),
}

impl Actor {
    /// The signed-in person, if any.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Anonymous => None,
            Self::Person(person) => Some(person),
        }
    }

    /// What kind of actor, for logs and measures: an administrator, the kind of the organisation one acts for, or neither.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Anonymous => "ANONYMOUS",
            Self::Person(person) if person.admin => "ADMIN",
            Self::Person(person) => person.acting().map_or("PERSON", |one| one.kind.as_str()),
        }
    }

    /// Is a member of this organisation, whichever they act for?
    pub fn belongs_to(&self, organisation: OrganisationId) -> bool {
        self.person().is_some_and(|person| {
            person
                .memberships
                .iter()
                .any(|membership| membership.organisation == organisation)
        })
    }

    /// Administers the marketplace?
    pub fn is_admin(&self) -> bool {
        self.person().is_some_and(|person| person.admin)
    }

    /// Acts for this organisation?
    pub fn acts_for(&self, organisation: OrganisationId) -> bool {
        self.person()
            .is_some_and(|person| person.acting_for == Some(organisation))
    }
}
