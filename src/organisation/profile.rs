//! What an organisation publishes about itself.

use serde::{Deserialize, Serialize};

use super::identifier::Identifier;
use crate::kernel::text::LocalizedText;

/// Size of an economic operator (eForms BT-165, code list `economic-operator-size`; Recommendation
/// 2003/361/EC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Size {
    /// Fewer than 10 employees, and a turnover of at most 2 million euros a year.
    Micro,
    /// Fewer than 50 employees, and a turnover of at most 10 million euros a year.
    Small,
    /// Fewer than 250 employees, and a turnover of at most 50 million euros a year.
    Medium,
    /// Above the limits of [`Size::Medium`].
    Large,
    /// Micro, small or medium-sized; imported notices do not always state which.
    Sme,
}

/// Address of the seat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and number, or a post box.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Country: an ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
    /// NUTS code.
    pub nuts: Option<String>,
}

/// Contact details.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Name of a person or an office.
    pub name: Option<String>,
    /// E-mail address (RFC 5321).
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Web address, beginning with `https://` or `http://`.
    pub website: Option<String>,
}

/// Profile of an organisation, written by its owners; everything but the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Description of the organisation's work.
    pub description: LocalizedText,
    /// Address of the seat.
    pub address: Address,
    /// Contact details.
    pub contact: Contact,
    /// CPV 2008 codes of the goods, services or works that it deals in.
    pub cpv: Vec<String>,
    /// NUTS 2024 codes of the areas where it works.
    pub areas: Vec<String>,
    /// Size of the organisation.
    pub size: Option<Size>,
    /// Whether everyone may read the profile. Ignored for buyers, whose profiles are always public.
    pub public: bool,
    /// Whether it looks for others to bid with.
    pub looking_for_partners: bool,
    /// Description of the partners that it looks for.
    pub partner_text: LocalizedText,
}

/// Everything that an owner writes: name, profile and registration numbers.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// Name.
    pub name: String,
    /// Profile.
    pub profile: Profile,
    /// Registration numbers as entered; [`super::rules::check`] normalises them.
    pub identifiers: Vec<Identifier>,
}
