//! Inputs with which owners describe an organisation.

use async_graphql::InputObject;

use super::types::OrganisationSize;
use crate::{
    graphql::{
        inputs::line,
        scalars::{Translations, localized},
    },
    kernel::web_address::{self, Schemes},
    organisation::{
        identifier::Identifier,
        profile::{Address, Contact, Description, Profile},
        rules::LINE_LIMIT,
    },
};

/// Registration number of an organisation in a public register.
#[derive(InputObject)]
pub struct OrganisationIdentifierInput {
    /// Register: `SE-ORGNR` (organisationsnummer), `FI-PRO` (Y-tunnus), `NO-BRC`
    /// (organisasjonsnummer), `DK-CVR` or `EU-VAT`.
    scheme: String,
    /// Number in that register, with its check digit, which is verified. Spaces, hyphens and points
    /// are ignored. Numbers of natural persons (such as a Swedish sole trader's) are refused,
    /// because identifiers are public.
    value: String,
}

/// Address of the organisation's seat.
#[derive(InputObject)]
pub struct OrganisationAddressInput {
    /// Street and number, or a post box; 1 to 200 characters. Null when not given.
    street: Option<String>,
    /// Postal code, 1 to 200 characters. Null when not given.
    postal_code: Option<String>,
    /// Town, 1 to 200 characters. Null when not given.
    city: Option<String>,
    /// Country of the seat: an ISO 3166-1 alpha-2 code in capital letters, such as `SE`. Null when
    /// not given.
    country: Option<String>,
    /// NUTS 2024 code of the seat, such as `SE110`. Null when not given.
    nuts: Option<String>,
}

/// Contact details of an organisation. They are as public as the profile, so an office's address is
/// better than a person's.
#[derive(InputObject)]
pub struct OrganisationContactInput {
    /// Name of the contact person or office, 1 to 200 characters. Null when not given.
    name: Option<String>,
    /// E-mail address without a display name, such as `name@example.org`. Null when not given.
    email: Option<String>,
    /// Telephone number, 1 to 200 characters. Null when not given.
    phone: Option<String>,
    /// Web address, 1 to 200 characters, beginning with `https://` or `http://`. It is stored as
    /// the WHATWG URL standard serialises it. Addresses with a user name or password, and those of
    /// private or reserved hosts, are refused. Null when not given.
    website: Option<String>,
}

/// Complete profile of an organisation. It replaces the stored profile: a field that is left out is
/// emptied.
#[derive(InputObject)]
pub struct OrganisationProfileInput {
    /// Name of the organisation, 1 to 200 characters on one line. Always public. A name that is
    /// verified for another organisation, and one that looks like it, are refused with TAKEN.
    name: String,
    /// Description of the organisation's work, at most 10,000 characters in each language.
    description: Option<Translations>,
    /// Address of the seat.
    address: Option<OrganisationAddressInput>,
    /// Contact details.
    contact: Option<OrganisationContactInput>,
    /// Goods, services or works that the organisation deals in, as at most 100 CPV 2008 codes. A
    /// code includes all codes below it.
    cpv: Option<Vec<String>>,
    /// Areas where the organisation works, as at most 100 NUTS 2024 codes. A code includes all
    /// codes below it.
    areas: Option<Vec<String>>,
    /// Size of the organisation (eForms BT-165). Null when not stated. `SME` is refused: state
    /// which of the three it is.
    size: Option<OrganisationSize>,
    /// Registration numbers, at most 10; may be empty. They are claims until an administrator
    /// verifies them (`OrganisationIdentifier.verified`). A number that is verified for another
    /// organisation is refused with TAKEN, also in another spelling or as a VAT number.
    identifiers: Option<Vec<OrganisationIdentifierInput>>,
    /// Whether everyone may read a supplier's profile and find it in `organisations`. Ignored for
    /// buyers, whose profiles are always public.
    #[graphql(default)]
    public_profile: bool,
    /// Whether the supplier looks for others to bid with. Requires `publicProfile`; refused for
    /// buyers.
    #[graphql(default)]
    looking_for_partners: bool,
    /// Description of the partners that the supplier looks for, at most 10,000 characters in each
    /// language.
    partner_text: Option<Translations>,
}

impl From<OrganisationProfileInput> for Description {
    fn from(input: OrganisationProfileInput) -> Self {
        let identifiers = input.identifiers.unwrap_or_default();
        Self {
            name: line(input.name),
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
            street: input.street.map(line),
            postal_code: input.postal_code.map(line),
            city: input.city.map(line),
            country: input.country,
            nuts: input.nuts,
        }
    }
}

impl From<OrganisationContactInput> for Contact {
    fn from(input: OrganisationContactInput) -> Self {
        Self {
            name: input.name.map(line),
            email: input.email,
            phone: input.phone.map(line),
            website: input.website.map(normal_website),
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

fn normal_website(website: String) -> String {
    web_address::normal_or_given(website, Schemes::Web, LINE_LIMIT)
}
