//! What an organisation says of itself.

use serde::{Deserialize, Serialize};

use super::identifier::Identifier;
use crate::kernel::text::LocalizedText;

/// How large an economic operator is (eForms BT-165, code list `economic-operator-size`; Recommendation 2003/361/EC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Size {
    /// Fewer than 10 people, at most 2 million euros a year.
    Micro,
    /// Fewer than 50, at most 10 million.
    Small,
    /// Fewer than 250, at most 50 million.
    Medium,
    /// Larger.
    Large,
    /// One of the three smaller; imported notices do not always say which.
    Sme,
}

/// Where its seat is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and number, or a post box.
    pub street: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// NUTS code.
    pub nuts: Option<String>,
}

/// Whom to write to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// A person or an office.
    pub name: Option<String>,
    /// E-mail address (RFC 5321).
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// `http` or `https`.
    pub website: Option<String>,
}

/// What an organisation says of itself beside its name; its owners write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What it is, in words.
    pub description: LocalizedText,
    /// Where its seat is.
    pub address: Address,
    /// Whom to write to.
    pub contact: Contact,
    /// What it does (CPV 2008).
    pub cpv: Vec<String>,
    /// Where it works (NUTS 2024).
    pub areas: Vec<String>,
    /// How large it is.
    pub size: Option<Size>,
    /// May everyone read this? A buyer's profile is public whatever stands here.
    pub public: bool,
    /// Does it look for others to bid with?
    pub looking_for_partners: bool,
    /// Which others, in words.
    pub partner_text: LocalizedText,
}

/// All that an owner writes: a name, a profile, and numbers in registers.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub profile: Profile,
    /// Its numbers, as typed; [`super::rules::check`] normalises them.
    pub identifiers: Vec<Identifier>,
}
