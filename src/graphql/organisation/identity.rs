//! The types of verified and claimed names and numbers.

use async_graphql::{Context, Enum, Error, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::{IdentifiersOf, VerifiedNumbersOf};
use crate::{
    graphql::{context::request, errors::loading},
    kernel::ids::OrganisationId,
    organisation::{identifier::spelling::of_legal_person, store::identity},
};

/// Whether the name of an organisation is verified.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
pub enum OrganisationNameStatus {
    /// An administrator of the marketplace verified the organisation with this name. No other
    /// organisation can take it, or one that looks like it.
    Verified,
    /// The organisation states this name of itself. Others may have the same name.
    Unverified,
    /// The organisation states this name of itself, and a verified organisation has the same name or
    /// one that looks like it. It must choose another name with its next change.
    Contested,
}

/// Earlier name of an organisation.
#[derive(SimpleObject)]
pub struct FormerName {
    /// The name.
    name: String,
    /// Time when the organisation got another name.
    until: DateTime<Utc>,
}

impl From<identity::FormerName> for FormerName {
    fn from(former: identity::FormerName) -> Self {
        Self {
            name: former.name,
            until: former.until,
        }
    }
}

/// Registration number of an organisation in a public register.
#[derive(SimpleObject)]
pub struct OrganisationIdentifier {
    /// Register: `SE-ORGNR`, `FI-PRO`, `NO-BRC`, `DK-CVR` or `EU-VAT`. An organisation from an
    /// imported notice keeps the register that the notice states.
    scheme: String,
    /// Number in the form that the register uses.
    value: String,
    /// Whether an administrator of the marketplace verified that the number is the organisation's. A
    /// number that is not verified is a claim: several organisations may state it. A VAT number is
    /// verified together with the national number that it contains.
    verified: bool,
}

impl OrganisationIdentifier {
    /// Loads the registration numbers of an organisation, in their order.
    pub(super) async fn of(context: &Context<'_>, id: OrganisationId) -> Result<Vec<Self>, Error> {
        let loader = &request(context).loader;
        let (claimed, verified) = futures::join!(
            loader.load_one(IdentifiersOf(id)),
            loader.load_one(VerifiedNumbersOf(id))
        );
        let claimed = claimed.map_err(loading)?.unwrap_or_default();
        let verified = verified.map_err(loading)?.unwrap_or_default();
        Ok(claimed
            .into_iter()
            .map(|identifier| Self {
                verified: verified.contains(&of_legal_person(&identifier)),
                scheme: identifier.scheme,
                value: identifier.value,
            })
            .collect())
    }
}
