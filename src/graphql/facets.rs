//! What a search counts beside its results.

use std::collections::{BTreeMap, HashMap};

use async_graphql::{Context, Enum, EnumType, Error, Object, SimpleObject, Value};
use serde::de::{DeserializeOwned, IntoDeserializer, value::Error as Unknown};

use super::{
    codes::ClassificationCode,
    organisation::Organisation,
    procurement::{
        EnvironmentalImpact, InnovativeAcquisition, Procedure, ReservedParticipation,
        SocialObjective, StrategicAim,
    },
};
use crate::{
    kernel::{
        codes::{Scheme, cpv},
        ids::OrganisationId,
    },
    procurement::content,
    search,
};

/// What is counted beside the results.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "search::Facet")]
pub enum FacetName {
    /// Phase, as last published; a deadline that passed a moment ago may still count as TENDERING.
    Phase,
    /// CPV codes and all branches above them.
    Cpv,
    /// NUTS codes and all branches above them.
    Nuts,
    /// Buyers.
    Buyer,
    /// What is bought.
    Category,
    /// Main language.
    Language,
    /// Suits small and medium-sized enterprises: `true`, `false`.
    SuitsSme,
    /// Suits nonprofits and social enterprises: `true`, `false`.
    SuitsVcse,
    /// To whom participation is reserved.
    ReservedParticipation,
    /// How it is bought.
    Procedure,
    /// What it aims at beside what it buys (BT-06).
    StrategicAims,
    /// How it lessens its impact on the environment (BT-774).
    EnvironmentalImpacts,
    /// Social aims (BT-775).
    SocialObjectives,
    /// What is new about it (BT-776).
    InnovativeAcquisitions,
    /// The United Nations' goals for sustainable development.
    SustainableDevelopmentGoals,
}

/// Counts of one facet under the query and filter.
#[derive(SimpleObject)]
pub struct FacetCounts {
    /// Which facet.
    name: FacetName,
    /// Its values, the most frequent first; at most 100.
    values: Vec<FacetValue>,
}

/// One value of a facet.
pub struct FacetValue {
    facet: search::Facet,
    value: String,
    count: i64,
}

/// One value of a facet and how many results have it.
#[Object]
impl FacetValue {
    /// The value as a filter takes it: a code, an enum value, `true`/`false`, an organisation's ID.
    async fn value(&self) -> String {
        match self.buyer_id() {
            Some(buyer) => buyer.to_global(),
            None => enum_name(self.facet, &self.value).unwrap_or_else(|| self.value.clone()),
        }
    }

    /// How many results have it.
    async fn count(&self) -> i64 {
        self.count
    }

    /// The code with its labels; null for facets that are not code lists.
    async fn code(&self) -> Option<ClassificationCode> {
        let scheme = match self.facet {
            search::Facet::Cpv => Scheme::Cpv,
            search::Facet::Nuts => Scheme::Nuts,
            _ => return None,
        };
        Some(ClassificationCode::new(scheme, &self.value))
    }

    /// The buyer; null for other facets.
    async fn buyer(&self, context: &Context<'_>) -> Result<Option<Organisation>, Error> {
        match self.buyer_id() {
            Some(buyer) => Organisation::load(context, buyer).await.map(Some),
            None => Ok(None),
        }
    }
}

impl FacetValue {
    fn buyer_id(&self) -> Option<OrganisationId> {
        (self.facet == search::Facet::Buyer).then(|| self.value.parse().ok().map(OrganisationId))?
    }
}

/// The enum value that filters take for a code of the index; `None` where the index has what filters take.
fn enum_name(facet: search::Facet, code: &str) -> Option<String> {
    match facet {
        search::Facet::ReservedParticipation => {
            name::<content::Reserved, ReservedParticipation>(code)
        }
        search::Facet::Procedure => name::<content::Procedure, Procedure>(code),
        search::Facet::StrategicAims => name::<content::StrategicAim, StrategicAim>(code),
        search::Facet::EnvironmentalImpacts => {
            name::<content::EnvironmentalImpact, EnvironmentalImpact>(code)
        }
        search::Facet::SocialObjectives => name::<content::SocialObjective, SocialObjective>(code),
        search::Facet::InnovativeAcquisitions => {
            name::<content::Innovation, InnovativeAcquisition>(code)
        }
        _ => None,
    }
}

fn name<C: DeserializeOwned, G: From<C> + EnumType>(code: &str) -> Option<String> {
    let code: Result<C, Unknown> = C::deserialize(code.into_deserializer());
    match async_graphql::resolver_utils::enum_value(G::from(code.ok()?)) {
        Value::Enum(name) => Some(name.to_string()),
        _ => None,
    }
}

/// The counts of one facet, the most frequent first.
pub fn counts(name: FacetName, found: &HashMap<String, BTreeMap<String, usize>>) -> FacetCounts {
    let facet: search::Facet = name.into();
    let mut values: Vec<FacetValue> = found
        .get(facet.attribute())
        .into_iter()
        .flatten()
        // Imported notices have codes that the list does not, and the filter takes none of them.
        .filter(|(value, _)| facet != search::Facet::Cpv || cpv::find(value).is_some())
        .map(|(value, count)| FacetValue {
            facet,
            value: value.clone(),
            count: *count as i64,
        })
        .collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    FacetCounts { name, values }
}
