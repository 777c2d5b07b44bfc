//! Facets of a search: the values of a property among the results, with the number of results of
//! each. The count of a value equals the number of results of the search with that value in its
//! filter.

use std::collections::{BTreeMap, HashMap};

use crate::{
    kernel::{
        codes::{Scheme, cpv, nuts},
        refusal::{Code, Refusal},
    },
    procurement::Phase,
};

/// Maximum number of values of a facet that the engine counts, the most frequent first. No level of
/// the CPV or NUTS has more codes, so that counts of one level are complete.
pub const MAX_COUNTED: usize = 5_000;
/// Maximum number of values of a facet that a client can request.
pub const MAX_VALUES: usize = 1_000;
/// Maximum number of facets of a search.
pub const MAX_FACETS: usize = 30;

/// Property of procurements whose values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Facet {
    Phase,
    Cpv,
    Nuts,
    Buyer,
    Category,
    Language,
    SuitsSme,
    SuitsVcse,
    ReservedParticipation,
    Procedure,
    StrategicAims,
    EnvironmentalImpacts,
    SocialObjectives,
    InnovativeAcquisitions,
    SustainableDevelopmentGoals,
}

impl Facet {
    /// Returns the attribute of the document.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Cpv => "cpv",
            Self::Nuts => "nuts",
            Self::Buyer => "buyerId",
            Self::Category => "category",
            Self::Language => "language",
            Self::SuitsSme => "sme",
            Self::SuitsVcse => "vcse",
            Self::ReservedParticipation => "reserved",
            Self::Procedure => "procedure",
            Self::StrategicAims => "strategicAims",
            Self::EnvironmentalImpacts => "environmental",
            Self::SocialObjectives => "social",
            Self::InnovativeAcquisitions => "innovation",
            Self::SustainableDevelopmentGoals => "sdg",
        }
    }

    /// Returns the code list of a hierarchical facet.
    #[must_use]
    pub fn scheme(self) -> Option<Scheme> {
        match self {
            Self::Cpv => Some(Scheme::Cpv),
            Self::Nuts => Some(Scheme::Nuts),
            _ => None,
        }
    }
}

/// The values that are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Level {
    /// All values; of a hierarchical facet, those of all levels.
    #[default]
    All,
    /// The codes without a code above them.
    Top,
    /// The codes directly below a code.
    Under(String),
}

/// A facet that a client requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetQuery {
    pub facet: Facet,
    pub level: Level,
    /// Whether the facet is counted as if its own field of the filter were empty.
    pub ignores_own_filter: bool,
    /// Maximum number of values, 1 to [`MAX_VALUES`].
    pub first: usize,
}

/// Value of a facet and its number of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Value as it is indexed.
    pub value: String,
    pub count: usize,
}

/// Counts of one facet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The most frequent values, the most frequent first.
    pub values: Vec<Count>,
    /// Number of values with results, at most [`MAX_COUNTED`].
    pub total: usize,
}

/// Counts by attribute and value, as the engine returns them.
pub type Distribution = HashMap<String, HashMap<String, usize>>;

/// Checks the requested facets. The first `named` ones are those of the argument `facets`, the
/// others those of `facetQueries`.
pub fn check(facets: &[FacetQuery], named: usize) -> Result<(), Refusal> {
    for (position, query) in facets.iter().enumerate() {
        let (argument, place) = match position.checked_sub(named) {
            None => ("facets", position),
            Some(place) => ("facetQueries", place),
        };
        if position >= MAX_FACETS {
            let message = message!(
                "there are more than {limit} facets; send fewer",
                limit = MAX_FACETS
            );
            return Err(Refusal::at(Code::TooLong, &[argument], message));
        }
        let place = place.to_string();
        let field = |name| [argument, &place, name];
        let same = |other: &&FacetQuery| (other.facet, &other.level) == (query.facet, &query.level);
        if facets[..position].iter().any(|other| same(&other)) {
            let message =
                message!("this facet is listed twice; list each facet once, or once for each code");
            return Err(Refusal::at(Code::Invalid, &field("name")[..2], message));
        }
        if !(1..=MAX_VALUES).contains(&query.first) {
            let message = message!(
                "`first` is {first}; request 1 to {limit} values",
                first = query.first,
                limit = MAX_VALUES,
            );
            return Err(Refusal::at(Code::OutOfRange, &field("first"), message));
        }
        match (&query.level, query.facet.scheme()) {
            (Level::All, _) | (Level::Top, Some(_)) => {}
            (Level::Under(code), Some(scheme)) => check_parent(scheme, code, &field("under"))?,
            (Level::Top | Level::Under(_), None) => {
                let message = message!(
                    "only the facets CPV and NUTS have levels; omit `under` and `topLevel`"
                );
                return Err(Refusal::at(Code::Invalid, &field("name")[..2], message));
            }
        }
    }
    Ok(())
}

fn check_parent(scheme: Scheme, code: &str, field: &[&str]) -> Result<(), Refusal> {
    let is_known = match scheme {
        Scheme::Cpv => cpv::find(code).is_some(),
        // Notices also have codes of older versions, which the list does not have.
        Scheme::Nuts => nuts::is_well_formed(code),
    };
    is_known
        .then_some(())
        .ok_or_else(|| scheme.unknown(code, field))
}

/// Returns the attribute of the codes of one level; `kind` is `cpv` or `nuts`.
#[must_use]
pub fn level_attribute(kind: &str, level: usize) -> String {
    format!("{kind}Level.{level}")
}

/// Number of levels of both lists: the CPV has 7, NUTS 4.
pub const LEVELS: usize = 7;

/// Returns the level of a code: the number of codes above it. `None` for a code that the CPV does
/// not have.
#[must_use]
pub fn level(scheme: Scheme, code: &str) -> Option<usize> {
    match scheme {
        Scheme::Cpv => cpv::find(code).map(|code| code.level()),
        // A country has two letters, and each level one more.
        Scheme::Nuts => code.len().checked_sub(2),
    }
}

impl FacetQuery {
    /// Returns the attribute whose values are counted.
    #[must_use]
    pub fn attribute(&self) -> String {
        let own = self.facet.attribute();
        match (&self.level, self.facet.scheme()) {
            (Level::Top, Some(_)) => level_attribute(own, 0),
            (Level::Under(code), Some(scheme)) => {
                // The code is checked, so it has a level.
                let parent = level(scheme, code).unwrap_or_default();
                level_attribute(own, parent + 1)
            }
            _ => own.to_owned(),
        }
    }

    /// Returns the counts among those of the engine. `overdue` is the number of results in the
    /// stored phase TENDERING whose deadline has passed.
    #[must_use]
    pub fn read(&self, found: &Distribution, overdue: usize) -> Counts {
        let mut counts: BTreeMap<&str, usize> =
            (found.get(&self.attribute()).into_iter().flatten())
                .map(|(value, count)| (value.as_str(), *count))
                .filter(|(value, count)| *count > 0 && self.is_counted(value))
                .collect();
        if self.facet == Facet::Phase && overdue > 0 {
            let tendering = counts.entry(Phase::Tendering.as_str()).or_default();
            *tendering = tendering.saturating_sub(overdue);
            *counts.entry(Phase::Evaluation.as_str()).or_default() += overdue;
            counts.retain(|_, count| *count > 0);
        }
        let mut values: Vec<Count> = counts
            .into_iter()
            .map(|(value, count)| Count {
                value: value.to_owned(),
                count,
            })
            .collect();
        // The sort is stable: values with the same count are ordered by value.
        values.sort_by_key(|value| std::cmp::Reverse(value.count));
        let total = values.len();
        values.truncate(self.first);
        Counts { values, total }
    }

    /// Returns whether a value belongs to the requested level. Imported notices have CPV codes that
    /// the list does not have; the filter refuses those.
    fn is_counted(&self, value: &str) -> bool {
        match (&self.level, self.facet.scheme()) {
            (Level::Under(parent), Some(Scheme::Cpv)) => {
                let above = cpv::find(value).and_then(|code| code.parent());
                above.is_some() && above == cpv::find(parent)
            }
            (_, Some(Scheme::Cpv)) => cpv::find(value).is_some(),
            (Level::Under(parent), Some(Scheme::Nuts)) => value.starts_with(parent.as_str()),
            _ => true,
        }
    }
}

/// Returns the number of results in all phases: every document has one phase.
#[must_use]
pub fn total(found: &Distribution) -> usize {
    let phases = found.get(Facet::Phase.attribute());
    phases.into_iter().flat_map(HashMap::values).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(facet: Facet, level: Level) -> FacetQuery {
        FacetQuery {
            facet,
            level,
            ignores_own_filter: false,
            first: 100,
        }
    }

    fn distribution(attribute: &str, counts: &[(&str, usize)]) -> Distribution {
        let counts = counts
            .iter()
            .map(|(value, count)| ((*value).to_owned(), *count));
        HashMap::from([(attribute.to_owned(), counts.collect())])
    }

    fn shown(counts: &Counts) -> Vec<(&str, usize)> {
        let values = counts.values.iter();
        values
            .map(|value| (value.value.as_str(), value.count))
            .collect()
    }

    #[test]
    fn phases_are_counted_by_the_clock() {
        let found = distribution(
            "phase",
            &[("TENDERING", 5), ("EVALUATION", 1), ("UPCOMING", 2)],
        );
        let phases = query(Facet::Phase, Level::All);
        let by_clock = phases.read(&found, 3);
        assert_eq!(
            shown(&by_clock),
            [("EVALUATION", 4), ("TENDERING", 2), ("UPCOMING", 2)]
        );
        let all_closed = phases.read(&found, 5);
        assert_eq!(shown(&all_closed), [("EVALUATION", 6), ("UPCOMING", 2)]);
        assert_eq!(total(&found), 8);
    }

    #[test]
    fn a_level_has_the_codes_directly_below() {
        let found = distribution(
            "cpvLevel.1",
            &[
                ("90900000", 4),
                ("90400000", 7),
                ("45200000", 9),
                ("90999999", 3),
            ],
        );
        let below = query(Facet::Cpv, Level::Under("90000000".into()));
        assert_eq!(below.attribute(), "cpvLevel.1");
        assert_eq!(
            shown(&below.read(&found, 0)),
            [("90400000", 7), ("90900000", 4)]
        );
        let regions = query(Facet::Nuts, Level::Under("SE1".into()));
        assert_eq!(regions.attribute(), "nutsLevel.2");
        let found = distribution("nutsLevel.2", &[("SE11", 2), ("SE12", 3), ("SE22", 1)]);
        assert_eq!(shown(&regions.read(&found, 0)), [("SE12", 3), ("SE11", 2)]);
        assert_eq!(query(Facet::Nuts, Level::Top).attribute(), "nutsLevel.0");
    }

    #[test]
    fn the_most_frequent_values_are_kept() {
        let found = distribution("category", &[("goods", 1), ("services", 3), ("works", 1)]);
        let two = FacetQuery {
            first: 2,
            ..query(Facet::Category, Level::All)
        };
        let counts = two.read(&found, 0);
        assert_eq!(shown(&counts), [("services", 3), ("goods", 1)]);
        assert_eq!(counts.total, 3);
    }

    #[test]
    fn facets_that_cannot_be_counted_are_refused() {
        let cpv = |level| query(Facet::Cpv, level);
        let many: Vec<FacetQuery> = (nuts::all().take(MAX_FACETS + 1))
            .map(|code| query(Facet::Nuts, Level::Under(code.code.to_owned())))
            .collect();
        let none = FacetQuery {
            first: 0,
            ..cpv(Level::All)
        };
        for (facets, code, field) in [
            (many, Code::TooLong, "facetQueries"),
            (
                vec![cpv(Level::All), cpv(Level::All)],
                Code::Invalid,
                "facetQueries.0",
            ),
            (
                vec![cpv(Level::Top), none],
                Code::OutOfRange,
                "facetQueries.0.first",
            ),
            (
                vec![query(Facet::Phase, Level::Top)],
                Code::Invalid,
                "facets.0",
            ),
            (
                vec![cpv(Level::Top), cpv(Level::Under("9".into()))],
                Code::UnknownCode,
                "facetQueries.0.under",
            ),
            (
                vec![
                    cpv(Level::Top),
                    query(Facet::Nuts, Level::Under("se".into())),
                ],
                Code::UnknownCode,
                "facetQueries.0.under",
            ),
        ] {
            let refusal = check(&facets, 1).unwrap_err();
            assert_eq!(
                (refusal.code, refusal.field.join(".").as_str()),
                (code, field)
            );
        }
        let taken = [
            cpv(Level::All),
            cpv(Level::Top),
            cpv(Level::Under("90000000-7".into())),
            cpv(Level::Under("90900000".into())),
            query(Facet::Nuts, Level::Under("NO03".into())),
        ];
        assert_eq!(check(&taken, 1), Ok(()));
    }

    #[test]
    fn every_level_of_a_list_is_counted_completely() {
        for (scheme, all) in [
            (Scheme::Cpv, cpv::all().collect::<Vec<_>>()),
            (Scheme::Nuts, nuts::all().collect()),
        ] {
            let mut sizes = [0; LEVELS];
            for code in all {
                assert_eq!(level(scheme, code.code), Some(code.level()));
                sizes[code.level()] += 1;
            }
            assert!(sizes.iter().all(|size| *size < MAX_COUNTED), "{sizes:?}");
        }
    }
}
