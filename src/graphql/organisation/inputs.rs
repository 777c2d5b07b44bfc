//! What an owner writes about an organisation.

use async_graphql::InputObject;

use super::types::OrganisationSize;
use crate::{
    graphql::scalars::{Translations, localized},
    organisation::{
        identifier::Identifier,
        profile::{Address, Contact, Description, Profile},
    },
};

/// A number in a register.
#[derive(InputObject)]
pub struct OrganisationIdentifierInput {
    /// The register: `SE-ORGNR` (organisationsnummer), `FI-PRO` (Y-tunnus), `NO-BRC` (organisasjonsnummer), `DK-CVR`, or
    /// `EU-VAT`.
    scheme: String,
    /// The number; spaces and hyphens do not count. The check digit is checked. Numbers of natural persons (a Swedish
    /// sole trader's) are refused, since identifiers are public.
    value: String,
}

/// Where the seat is.
#[derive(InputObject)]
pub struct OrganisationAddressInput {
    /// Street and number, or a post box; at most 200 characters.
    street: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
    /// Town.
    city: Option<String>,
    /// ISO 3166-1 alpha-2, capital letters: `SE`.
    country: Option<String>,
    /// NUTS code of the seat: `SE110`.
    nuts: Option<String>,
}

/// Whom to write to. Public with the profile: an office's address serves better than a person's.
#[derive(InputObject)]
pub struct OrganisationContactInput {
    /// A person or an office.
    name: Option<String>,
    /// E-mail address, without a name before it.
    email: Option<String>,
    /// Telephone number.
    phone: Option<String>,
    /// Web address, beginning with `https://` or `http://`.
    website: Option<String>,
}

/// All that an organisation says of itself. It replaces what was there: send what shall stay as well.
#[derive(InputObject)]
pub struct OrganisationProfileInput {
    /// Its name, at most 200 characters. Public.
    name: String,
    /// What it does, at most 10,000 characters a language.
    description: Option<Translations>,
    /// Where its seat is.
    address: Option<OrganisationAddressInput>,
    /// Whom to write to.
    contact: Option<OrganisationContactInput>,
    /// What it does: CPV codes, at most 100. A wider code stands for all below it.
    cpv: Option<Vec<String>>,
    /// Where it works: NUTS codes, at most 100. A wider code stands for all below it.
    areas: Option<Vec<String>>,
    /// How large it is (BT-165).
    size: Option<OrganisationSize>,
    /// Its numbers in registers, at most 10; none is fine. Each belongs to one organisation here.
    identifiers: Option<Vec<OrganisationIdentifierInput>>,
    /// Suppliers: may everyone read the profile, and find it in `organisations`? Buyers' are public anyway.
    #[graphql(default)]
    public_profile: bool,
    /// Suppliers: does it look for others to bid with? Needs a public profile.
    #[graphql(default)]
    looking_for_partners: bool,
    /// Which others it looks for, at most 10,000 characters a language.
    partner_text: Option<Translations>,
}

impl From<OrganisationProfileInput> for Description {
    fn from(input: OrganisationProfileInput) -> Self {
        let identifiers = input.identifiers.unwrap_or_default();
        Self {
            name: input.name,
            profile: Profile {
                description: localized(input.description),
                address: input.address.map(Address::from).unwrap_or_default(),
                contact: input.contact.map(Contact::from).unwrap_or_default(),
                cpv: input.cpv.unwrap_or_default(),
                areas: input.areas.unwrap_or_default(),
                size: input.size.map(Into::into),
                public: input.public_profile,
                looking_for_partners: input.looking_for_partners,
                partner_text: localized(input.partner_text),
            },
            identifiers: identifiers.into_iter().map(Identifier::from).collect(),
        }
    }
}

impl From<OrganisationAddressInput> for Address {
    fn from(input: OrganisationAddressInput) -> Self {
        Self {
            street: input.street,
            postal_code: input.postal_code,
            city: input.city,
            country: input.country,
            nuts: input.nuts,
        }
    }
}

impl From<OrganisationContactInput> for Contact {
    fn from(input: OrganisationContactInput) -> Self {
        Self {
            name: input.name,
            email: input.email,
            phone: input.phone,
            website: input.website,
        }
    }
}

impl From<OrganisationIdentifierInput> for Identifier {
    fn from(input: OrganisationIdentifierInput) -> Self {
        Self {
            scheme: input.scheme,
            value: input.value,
        }
    }
}
