//! Facets: counts of values among all results of a search.

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

/// Facet of a search: a property whose values are counted among all results. A facet has the name
/// of the field of `Procurement` or `Aims` that it counts.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "search::Facet")]
pub enum FacetName {
    /// Phases as last indexed; a procurement whose deadline has just passed may still count as
    /// TENDERING.
    Phase,
    /// CPV codes, each with all codes above it.
    Cpv,
    /// NUTS codes, each with all codes above it.
    Nuts,
    /// Buyers, including joint buyers.
    Buyer,
    /// Kinds of purchase: works, services or supplies (BT-23).
    Category,
    /// Main languages of the notices.
    Language,
    /// Suitability for small and medium-sized enterprises: `true`, `false`.
    SuitsSme,
    /// Suitability for nonprofits and social enterprises: `true`, `false`.
    SuitsVcse,
    /// Groups to which participation is reserved.
    ReservedParticipation,
    /// Procurement procedures (BT-105).
    Procedure,
    /// Strategic aims (BT-06).
    StrategicAims,
    /// Ways to reduce the impact on the environment (BT-774).
    EnvironmentalImpacts,
    /// Social objectives (BT-775).
    SocialObjectives,
    /// Kinds of innovation (BT-776).
    InnovativeAcquisitions,
    /// The United Nations' Sustainable Development Goals.
    SustainableDevelopmentGoals,
}

/// Counts of one facet among all results of the query and filter.
#[derive(SimpleObject)]
pub struct FacetCounts {
    /// Name of the facet.
    name: FacetName,
    /// Values, the most frequent first; at most 100.
    values: Vec<FacetValue>,
}

/// Value of a facet with its count.
pub struct FacetValue {
    facet: search::Facet,
    value: String,
    count: i64,
}

/// Value of a facet with its number of results.
#[Object]
impl FacetValue {
    /// Value as the filter accepts it: a code, an enum value, `true` or `false`, or the ID of an
    /// organisation.
    async fn value(&self) -> String {
        match self.buyer_id() {
            Some(buyer) => buyer.to_global(),
            None => enum_name(self.facet, &self.value).unwrap_or_else(|| self.value.clone()),
        }
    }

    /// Number of results with this value.
    async fn count(&self) -> i64 {
        self.count
    }

    /// Code with its labels; null for facets other than CPV and NUTS.
    async fn code(&self) -> Option<ClassificationCode> {
        let scheme = match self.facet {
            search::Facet::Cpv => Scheme::Cpv,
            search::Facet::Nuts => Scheme::Nuts,
            _ => return None,
        };
        Some(ClassificationCode::new(scheme, &self.value))
    }

    /// Buyer; null for facets other than BUYER.
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

/// Returns the enum value that the filter accepts for a code of the index, or `None` if the filter
/// accepts the code itself.
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

/// Returns the counts of one facet, the most frequent value first.
pub fn counts(name: FacetName, found: &HashMap<String, BTreeMap<String, usize>>) -> FacetCounts {
    let facet: search::Facet = name.into();
    let mut values: Vec<FacetValue> = found
        .get(facet.attribute())
        .into_iter()
        .flatten()
        // Imported notices have codes that the list does not have; the filter refuses those.
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

#[cfg(test)]
mod tests {
    use async_graphql::{
        OutputType,
        registry::{MetaType, Registry},
    };

    use crate::graphql::schema::Query;

    /// `ENVIRONMENTAL_IMPACTS` → `environmentalImpacts`.
    fn camel_case(name: &str) -> String {
        let mut camel = String::new();
        for (number, word) in name.to_lowercase().split('_').enumerate() {
            match number {
                0 => camel.push_str(word),
                _ => {
                    camel.push_str(&word[..1].to_uppercase());
                    camel.push_str(&word[1..]);
                }
            }
        }
        camel
    }

    #[test]
    fn a_facet_its_field_and_its_filter_have_one_name() {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        let fields = |kind: &str| -> Vec<String> {
            match &registry.types[kind] {
                MetaType::Object { fields, .. } => fields.keys().cloned().collect(),
                MetaType::InputObject { input_fields, .. } => {
                    input_fields.keys().cloned().collect()
                }
                _ => Vec::new(),
            }
        };
        let [procurement, aims, filter] = ["Procurement", "Aims", "ProcurementFilter"].map(fields);
        let MetaType::Enum { enum_values, .. } = &registry.types["FacetName"] else {
            panic!("`FacetName` is an enum");
        };
        for facet in enum_values.keys() {
            let name = camel_case(facet);
            assert!(
                procurement.contains(&name) || aims.contains(&name),
                "{name}"
            );
            let plural = name
                .strip_suffix('y')
                .map_or(format!("{name}s"), |stem| format!("{stem}ies"));
            let filters = [&name, &plural, &format!("{name}Ids")];
            assert!(
                filters.into_iter().any(|name| filter.contains(name)),
                "{name}"
            );
        }
    }
}
