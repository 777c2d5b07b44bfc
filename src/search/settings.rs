//! Settings of the index of procurements, applied at start if they differ.

use std::collections::BTreeMap;

use meilisearch_sdk::settings::{
    FacetSortValue, FacetingSettings, Settings, TypoToleranceSettings,
};

use super::{
    facets::{LEVELS, MAX_COUNTED, level_attribute},
    highlight::Field,
};

/// Attributes that filters and facets use, without the levels of codes.
const FILTERABLE: [&str; 27] = [
    "phase",
    "buyerId",
    "language",
    "category",
    "cpv",
    "nuts",
    "value",
    "currency",
    "sme",
    "vcse",
    "reserved",
    "jointBids",
    "subcontracting",
    "procedure",
    "framework",
    "dynamicPurchasing",
    "strategicAims",
    "environmental",
    "social",
    "innovation",
    "sdg",
    "deadline",
    "publishedAt",
    "dialogueFrom",
    "dialogueUntil",
    "number",
    "titleKeys",
];

/// Returns the settings: searchable attributes (the most important first), filterable and sortable
/// attributes, ranking rules.
pub fn settings() -> Settings {
    let fields = Field::ALL.map(Field::attribute);
    let levels = |kind| (0..=LEVELS).map(move |level| level_attribute(kind, level));
    let filterable = FILTERABLE.map(str::to_owned).into_iter();
    let mut settings = Settings::new()
        .with_searchable_attributes(fields)
        .with_displayed_attributes(["id", "number"].into_iter().chain(fields))
        .with_filterable_attributes(filterable.chain(levels("cpv")).chain(levels("nuts")))
        .with_sortable_attributes(["publishedAt", "deadline", "value", "number"])
        // An order that the client asks for comes before relevance; without one, `sort` does
        // nothing.
        .with_ranking_rules([
            "sort",
            "words",
            "typo",
            "proximity",
            "attribute",
            "exactness",
            "publishedAt:desc",
            "number:desc",
        ])
        .with_typo_tolerance(TypoToleranceSettings {
            disable_on_attributes: Some(vec!["ocid".into()]),
            ..TypoToleranceSettings::default()
        });
    settings.faceting = Some(FacetingSettings {
        max_values_per_facet: MAX_COUNTED,
        sort_facet_values_by: Some(BTreeMap::from([("*".to_owned(), FacetSortValue::Count)])),
    });
    settings
}
