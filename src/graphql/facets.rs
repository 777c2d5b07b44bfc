//! Facets: counts of values among all results of a search.

use async_graphql::{Context, Enum, EnumType, Error, InputObject, Object, SimpleObject, Value};
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
        ids::OrganisationId,
        refusal::{Code, Refusal},
    },
    procurement::content,
    search::{
        self, FacetQuery,
        facets::{self, Count, Counts, Level},
    },
};

/// Facet of a search: a property whose values are counted among all results. A facet has the name
/// of the field of `Procurement` or `Aims` that it counts.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "search::Facet")]
pub enum FacetName {
    /// Current phases, by the clock: a procurement whose deadline has passed counts as EVALUATION.
    Phase,
    /// CPV codes, each with all codes above it.
    Cpv,
    /// NUTS codes, each with all codes above it.
    Nuts,
    /// Buyers, including joint buyers.
    Buyer,
    /// Kinds of purchase: works, services or supplies (BT-23).
    Category,
    /// Main languages of the notices. Notices in Bokmål (`nb`), Nynorsk (`nn`) and Norwegian (`no`)
    /// are counted together as `no`.
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

/// Facet to count. CPV and NUTS are trees: with `topLevel` they are counted at the top, and with
/// `under` one level below a code, so that a list of checkboxes opens step by step.
#[derive(InputObject)]
pub struct FacetInput {
    /// Name of the facet.
    name: FacetName,
    /// Only with CPV and NUTS: counts the codes directly below this code: `90000000`, `SE1`. Null:
    /// counts the codes of all levels.
    under: Option<String>,
    /// Only with CPV and NUTS: true counts the codes without a code above them, the divisions and
    /// countries. It excludes `under`.
    top_level: Option<bool>,
    /// True: the facet is counted as if the field of the filter with its name were empty. Use it for
    /// a list in which several values can be selected: the counts of the others then say how many
    /// results selecting them alone gives. False or null: only the results are counted.
    ignore_own_filter: Option<bool>,
    /// Maximum number of values, 1 to 1,000; the most frequent are returned.
    #[graphql(default = 100)]
    first: i32,
}

/// Number of values of a facet that is requested by its name alone.
const DEFAULT_VALUES: usize = 100;

/// Reads the requested facets: those by name, then the others.
///
/// # Errors
///
/// The refusal of facets that cannot be counted; see [`facets::check`].
pub fn facet_list(
    names: Option<Vec<FacetName>>,
    queries: Option<Vec<FacetInput>>,
) -> Result<Vec<FacetQuery>, Refusal> {
    let by_name = |name: FacetName| FacetQuery {
        facet: name.into(),
        level: Level::All,
        ignores_own_filter: false,
        first: DEFAULT_VALUES,
    };
    let names: Vec<FacetQuery> = names.into_iter().flatten().map(by_name).collect();
    let queries = queries.into_iter().flatten().enumerate();
    let queries = queries.map(|(position, input)| facet_query(position, input));
    let queries = queries.collect::<Result<Vec<_>, _>>()?;
    let named = names.len();
    let all = [names, queries].concat();
    facets::check(&all, named)?;
    Ok(all)
}

fn facet_query(position: usize, input: FacetInput) -> Result<FacetQuery, Refusal> {
    let level = match (input.under, input.top_level == Some(true)) {
        (None, false) => Level::All,
        (None, true) => Level::Top,
        (Some(code), false) => Level::Under(code),
        (Some(_), true) => {
            let message = message!("`under` and `topLevel` exclude each other; send one of them");
            let field = ["facetQueries", &position.to_string()];
            return Err(Refusal::at(Code::Invalid, &field, message));
        }
    };
    Ok(FacetQuery {
        facet: input.name.into(),
        level,
        ignores_own_filter: input.ignore_own_filter == Some(true),
        first: usize::try_from(input.first).unwrap_or_default(),
    })
}

/// Counts of one facet among the results. The count of a value is the number of results of the same
/// search with the value in its filter.
#[derive(Clone, SimpleObject)]
pub struct FacetCounts {
    /// Name of the facet.
    name: FacetName,
    /// Code below which is counted; null without `under`.
    under: Option<String>,
    /// Values, the most frequent first, then by value; at most `first` of the facet.
    values: Vec<FacetValue>,
    /// Number of values that have results, of which `values` has the first; at most 5,000.
    value_count: usize,
}

/// Value of a facet with its count.
#[derive(Clone)]
pub struct FacetValue {
    facet: search::Facet,
    value: String,
    count: usize,
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
    async fn count(&self) -> usize {
        self.count
    }

    /// Code with its labels; null for facets other than CPV and NUTS.
    async fn code(&self) -> Option<ClassificationCode> {
        let scheme = self.facet.scheme()?;
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

/// Returns the counts of one facet.
pub fn counts(query: FacetQuery, counts: Counts) -> FacetCounts {
    let value = |count: Count| FacetValue {
        facet: query.facet,
        value: count.value,
        count: count.count,
    };
    FacetCounts {
        name: query.facet.into(),
        values: counts.values.into_iter().map(value).collect(),
        value_count: counts.total,
        under: match query.level {
            Level::Under(code) => Some(code),
            Level::All | Level::Top => None,
        },
    }
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
