//! Settings of the index of procurements, applied at start if they differ.

use meilisearch_sdk::settings::{
    FacetingSettings, PaginationSetting, Settings, TypoToleranceSettings,
};

/// Maximum number of results that a client can page through. More results need a narrower search.
pub const MOST_RESULTS: usize = 10_000;

/// Returns the settings: searchable attributes (the most important first), filterable and sortable
/// attributes, ranking rules.
pub fn settings() -> Settings {
    let mut settings = Settings::new()
        .with_searchable_attributes([
            "title",
            "ocid",
            "buyer",
            "summary",
            "lots",
            "cpvLabels",
            "description",
            "nutsLabels",
            "aimLabels",
        ])
        .with_displayed_attributes(["id", "title", "summary", "description"])
        .with_filterable_attributes([
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
        ])
        .with_sortable_attributes(["publishedAt", "deadline", "value"])
        .with_ranking_rules([
            "words",
            "typo",
            "proximity",
            "attribute",
            "sort",
            "exactness",
            "publishedAt:desc",
        ])
        .with_typo_tolerance(TypoToleranceSettings {
            disable_on_attributes: Some(vec!["ocid".into()]),
            ..TypoToleranceSettings::default()
        });
    settings.pagination = Some(PaginationSetting {
        max_total_hits: MOST_RESULTS,
    });
    settings.faceting = Some(FacetingSettings {
        max_values_per_facet: 100,
        ..FacetingSettings::default()
    });
    settings
}
