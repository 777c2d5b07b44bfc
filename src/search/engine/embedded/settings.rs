//! An index's settings: what a request may change, how milli is told, and how they are shown.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use milli_core::index::PrefixSearch;
use milli_core::order_by_map::OrderByMap;
use milli_core::proximity::ProximityPrecision;
use milli_core::tokenizer::Language;
use milli_core::update::Settings;
use milli_core::{Criterion, FilterableAttributesRule, LocalizedAttributesRule, OrderBy};
use serde_json::Value;

use super::error::Outcome;
use super::json::Reader;
use super::request::Verb;

/// One setting: its name, the path of its route, the verb that sets it there, and the code under which it is refused.
pub(super) struct Setting {
    pub name: &'static str,
    pub path: &'static str,
    patched: bool,
    pub code: &'static str,
}

const fn setting(name: &'static str, path: &'static str, patched: bool, code: &'static str) -> Setting {
    Setting { name, path, patched, code }
}

impl Setting {
    /// The verb that changes it on its own route.
    pub fn verb(&self) -> Verb {
        if self.patched { Verb::Patch } else { Verb::Put }
    }
}

/// All settings, in the order in which Meilisearch names them.
pub(super) const SETTINGS: [Setting; 22] = [
    setting("displayedAttributes", "displayed-attributes", false, "invalid_settings_displayed_attributes"),
    setting("searchableAttributes", "searchable-attributes", false, "invalid_settings_searchable_attributes"),
    setting("filterableAttributes", "filterable-attributes", false, "invalid_settings_filterable_attributes"),
    setting("sortableAttributes", "sortable-attributes", false, "invalid_settings_sortable_attributes"),
    setting("foreignKeys", "foreign-keys", false, "invalid_settings_foreign_keys"),
    setting("rankingRules", "ranking-rules", false, "invalid_settings_ranking_rules"),
    setting("stopWords", "stop-words", false, "invalid_settings_stop_words"),
    setting("nonSeparatorTokens", "non-separator-tokens", false, "invalid_settings_non_separator_tokens"),
    setting("separatorTokens", "separator-tokens", false, "invalid_settings_separator_tokens"),
    setting("dictionary", "dictionary", false, "invalid_settings_dictionary"),
    setting("synonyms", "synonyms", false, "invalid_settings_synonyms"),
    setting("distinctAttribute", "distinct-attribute", false, "invalid_settings_distinct_attribute"),
    setting("proximityPrecision", "proximity-precision", false, "invalid_settings_proximity_precision"),
    setting("typoTolerance", "typo-tolerance", true, "invalid_settings_typo_tolerance"),
    setting("faceting", "faceting", true, "invalid_settings_faceting"),
    setting("pagination", "pagination", true, "invalid_settings_pagination"),
    setting("embedders", "embedders", true, "invalid_settings_embedders"),
    setting("searchCutoffMs", "search-cutoff-ms", false, "invalid_settings_search_cutoff_ms"),
    setting("localizedAttributes", "localized-attributes", false, "invalid_settings_localized_attributes"),
    setting("facetSearch", "facet-search", false, "invalid_settings_facet_search"),
    setting("prefixSearch", "prefix-search", false, "invalid_settings_prefix_search"),
    setting("chat", "chat", true, "invalid_settings_index_chat"),
];

/// One checked change of one setting; `None` sets it back to its default.
pub(super) enum Change {
    Displayed(Option<Vec<String>>),
    Searchable(Option<Vec<String>>),
    Filterable(Option<Vec<FilterableAttributesRule>>),
    Sortable(Option<HashSet<String>>),
    RankingRules(Option<Vec<Criterion>>),
    StopWords(Option<BTreeSet<String>>),
    NonSeparators(Option<BTreeSet<String>>),
    Separators(Option<BTreeSet<String>>),
    Dictionary(Option<BTreeSet<String>>),
    Synonyms(Option<BTreeMap<String, Vec<String>>>),
    Distinct(Option<String>),
    Proximity(Option<ProximityPrecision>),
    Typos(Option<bool>),
    OneTypo(Option<u8>),
    TwoTypos(Option<u8>),
    ExactWords(Option<BTreeSet<String>>),
    ExactAttributes(Option<HashSet<String>>),
    ExactNumbers(Option<bool>),
    FacetValues(Option<usize>),
    FacetOrder(Option<Vec<(String, OrderBy)>>),
    TotalHits(Option<usize>),
    CutoffMs(Option<u64>),
    Localized(Option<Vec<LocalizedAttributesRule>>),
    FacetSearch(Option<bool>),
    PrefixSearch(Option<PrefixSearch>),
}

/// Checks the body of a settings change: an object of settings, each with its value or null.
pub(super) fn read_all(body: &Value) -> Outcome<Vec<Change>> {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    let mut changes = Vec::new();
    for (name, reader) in Reader::new(body, "", "bad_request").object(&names)? {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
            changes.extend(read_one(setting, &reader.with_code(setting.code))?);
        }
    }
    Ok(changes)
}

/// Changes that set every setting back to its default.
pub(super) fn reset_all() -> Outcome<Vec<Change>> {
    let mut changes = Vec::new();
    for setting in &SETTINGS {
        changes.extend(read_one(setting, &Reader::new(&Value::Null, "", setting.code))?);
    }
    Ok(changes)
}

/// Checks the value of one setting.
pub(super) fn read_one(setting: &Setting, reader: &Reader<'_>) -> Outcome<Vec<Change>> {
    let given = reader.clone().present();
    let change = match setting.name {
        "displayedAttributes" => Change::Displayed(given.map(|it| it.strings()).transpose()?.and_then(unless_all)),
        "searchableAttributes" => Change::Searchable(given.map(|it| it.strings()).transpose()?.and_then(unless_all)),
        "filterableAttributes" => Change::Filterable(given.map(|it| filter_rules(&it)).transpose()?),
        "sortableAttributes" => Change::Sortable(set_of(given)?),
        "rankingRules" => Change::RankingRules(given.map(|it| ranking_rules(&it)).transpose()?),
        "stopWords" => Change::StopWords(set_of(given)?),
        "nonSeparatorTokens" => Change::NonSeparators(set_of(given)?),
        "separatorTokens" => Change::Separators(set_of(given)?),
        "dictionary" => Change::Dictionary(set_of(given)?),
        "synonyms" => Change::Synonyms(given.map(|it| synonyms(&it)).transpose()?),
        "distinctAttribute" => Change::Distinct(given.map(|it| it.string()).transpose()?),
        "proximityPrecision" => Change::Proximity(given.map(|it| proximity(&it)).transpose()?),
        "searchCutoffMs" => Change::CutoffMs(given.map(|it| it.unsigned()).transpose()?.map(|ms| ms as u64)),
        "localizedAttributes" => Change::Localized(given.map(|it| localized_rules(&it)).transpose()?),
        "facetSearch" => Change::FacetSearch(given.map(|it| it.boolean()).transpose()?),
        "prefixSearch" => Change::PrefixSearch(given.map(|it| prefix_search(&it)).transpose()?),
        "typoTolerance" => return typo_tolerance(given),
        "faceting" => return faceting(given),
        "pagination" => return pagination(given),
        // Settings of features that this engine does not have: nothing may be set, and nothing is there to reset.
        _ => return refuse_unsupported(setting, given),
    };
    Ok(vec![change])
}

fn refuse_unsupported(setting: &Setting, given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let is_empty = |value: &Value| value.as_object().is_some_and(|it| it.is_empty()) || value.as_array().is_some_and(|it| it.is_empty());
    match given.filter(|it| !is_empty(it.value())) {
        None => Ok(Vec::new()),
        Some(reader) => Err(reader.invalid(format!(
            "the embedded search engine has no `{}`; leave the setting out, or use a Meilisearch server (MEILI_URL)",
            setting.name
        ))),
    }
}

/// `["*"]` is the default: all attributes.
fn unless_all(names: Vec<String>) -> Option<Vec<String>> {
    (!names.iter().any(|name| name == "*")).then_some(names)
}

fn set_of<S: FromIterator<String>>(given: Option<Reader<'_>>) -> Outcome<Option<S>> {
    Ok(given.map(|it| it.strings()).transpose()?.map(|strings| strings.into_iter().collect()))
}

fn filter_rules(reader: &Reader<'_>) -> Outcome<Vec<FilterableAttributesRule>> {
    reader.array()?.iter().map(filter_rule).collect()
}

fn filter_rule(reader: &Reader<'_>) -> Outcome<FilterableAttributesRule> {
    if !reader.value().is_object() {
        return Ok(FilterableAttributesRule::Field(reader.string()?));
    }
    for (name, member) in reader.object(&["attributePatterns", "features"])? {
        match name {
            "attributePatterns" => drop(member.strings()?),
            _ => features(&member)?,
        }
    }
    reader.required("attributePatterns", "invalid_settings_filterable_attributes")?;
    serde_json::from_value(reader.value().clone()).map(FilterableAttributesRule::Pattern).map_err(|error| reader.invalid(error))
}

fn features(reader: &Reader<'_>) -> Outcome<()> {
    for (name, member) in reader.object(&["facetSearch", "filter"])? {
        match name {
            "facetSearch" => drop(member.boolean()?),
            _ => {
                for (_, switch) in member.object(&["equality", "comparison"])? {
                    switch.boolean()?;
                }
            }
        }
    }
    Ok(())
}

fn ranking_rules(reader: &Reader<'_>) -> Outcome<Vec<Criterion>> {
    reader.array()?.iter().map(|rule| rule.string()?.parse().map_err(|error| rule.invalid(error))).collect()
}

fn synonyms(reader: &Reader<'_>) -> Outcome<BTreeMap<String, Vec<String>>> {
    reader.members()?.into_iter().map(|(word, same)| Ok((word.to_owned(), same.strings()?))).collect()
}

fn proximity(reader: &Reader<'_>) -> Outcome<ProximityPrecision> {
    Ok(match reader.one_of(&["byWord", "byAttribute"])? {
        "byAttribute" => ProximityPrecision::ByAttribute,
        _ => ProximityPrecision::ByWord,
    })
}

fn prefix_search(reader: &Reader<'_>) -> Outcome<PrefixSearch> {
    Ok(match reader.one_of(&["indexingTime", "disabled"])? {
        "disabled" => PrefixSearch::Disabled,
        _ => PrefixSearch::IndexingTime,
    })
}

fn localized_rules(reader: &Reader<'_>) -> Outcome<Vec<LocalizedAttributesRule>> {
    let rule = |reader: &Reader<'_>| {
        reader.object(&["attributePatterns", "locales"])?;
        let patterns = reader.required("attributePatterns", "invalid_settings_localized_attributes")?.strings()?;
        let locales = reader.required("locales", "invalid_settings_localized_attributes")?;
        Ok(LocalizedAttributesRule::new(patterns, languages(&locales)?))
    };
    reader.array()?.iter().map(rule).collect()
}

/// Languages by their ISO 639-3 code, or the ISO 639-1 code where there is one.
pub(super) fn languages(reader: &Reader<'_>) -> Outcome<Vec<Language>> {
    let language = |reader: &Reader<'_>| {
        let code = reader.string()?;
        let long = ISO_639_1.iter().find(|(short, _)| *short == code).map_or(code.as_str(), |(_, long)| long);
        Language::from_code(long).ok_or_else(|| reader.invalid(format!("`{code}` is no ISO 639-3 or ISO 639-1 code of a language that the search engine knows")))
    };
    reader.array()?.iter().map(language).collect()
}

/// ISO 639-1 codes of the languages that the tokenizer knows, with their ISO 639-3 codes (iso639-3.sil.org).
const ISO_639_1: [(&str, &str); 69] = [
    ("af", "afr"), ("ak", "aka"), ("am", "amh"), ("ar", "ara"), ("az", "aze"), ("be", "bel"), ("bn", "ben"), ("bg", "bul"),
    ("ca", "cat"), ("cs", "ces"), ("da", "dan"), ("de", "deu"), ("el", "ell"), ("en", "eng"), ("eo", "epo"), ("et", "est"),
    ("fi", "fin"), ("fr", "fra"), ("gu", "guj"), ("he", "heb"), ("hi", "hin"), ("hr", "hrv"), ("hu", "hun"), ("hy", "hye"),
    ("id", "ind"), ("it", "ita"), ("jv", "jav"), ("ja", "jpn"), ("kn", "kan"), ("ka", "kat"), ("km", "khm"), ("ko", "kor"),
    ("la", "lat"), ("lv", "lav"), ("lt", "lit"), ("ml", "mal"), ("mr", "mar"), ("mk", "mkd"), ("my", "mya"), ("ne", "nep"),
    ("nl", "nld"), ("nb", "nob"), ("or", "ori"), ("pa", "pan"), ("fa", "pes"), ("pl", "pol"), ("pt", "por"), ("ro", "ron"),
    ("ru", "rus"), ("si", "sin"), ("sk", "slk"), ("sl", "slv"), ("sn", "sna"), ("es", "spa"), ("sr", "srp"), ("sv", "swe"),
    ("ta", "tam"), ("te", "tel"), ("tl", "tgl"), ("th", "tha"), ("tk", "tuk"), ("tr", "tur"), ("uk", "ukr"), ("ur", "urd"),
    ("uz", "uzb"), ("vi", "vie"), ("yi", "yid"), ("zh", "zho"), ("zu", "zul"),
];

fn typo_tolerance(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let Some(reader) = given else {
        return Ok(vec![
            Change::Typos(None),
            Change::OneTypo(None),
            Change::TwoTypos(None),
            Change::ExactWords(None),
            Change::ExactAttributes(None),
            Change::ExactNumbers(None),
        ]);
    };
    let mut changes = Vec::new();
    for (name, member) in reader.object(&["enabled", "minWordSizeForTypos", "disableOnWords", "disableOnAttributes", "disableOnNumbers"])? {
        let given = member.clone().present();
        match name {
            "enabled" => changes.push(Change::Typos(given.map(|it| it.boolean()).transpose()?)),
            "disableOnWords" => changes.push(Change::ExactWords(set_of(given)?)),
            "disableOnAttributes" => changes.push(Change::ExactAttributes(set_of(given)?)),
            "disableOnNumbers" => changes.push(Change::ExactNumbers(given.map(|it| it.boolean()).transpose()?)),
            _ => changes.extend(word_sizes(given)?),
        }
    }
    Ok(changes)
}

fn word_sizes(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let Some(reader) = given else { return Ok(vec![Change::OneTypo(None), Change::TwoTypos(None)]) };
    let (mut one, mut two, mut changes) = (None, None, Vec::new());
    for (name, member) in reader.object(&["oneTypo", "twoTypos"])? {
        let size = member.clone().present().map(|it| it.unsigned()).transpose()?;
        let size = size.map(|size| u8::try_from(size).map_err(|_| member.invalid("a word size is at most `255`"))).transpose()?;
        match name {
            "oneTypo" => {
                one = size;
                changes.push(Change::OneTypo(size));
            }
            _ => {
                two = size;
                changes.push(Change::TwoTypos(size));
            }
        }
    }
    match (one, two) {
        (Some(one), Some(two)) if one > two => Err(reader.invalid(milli_core::UserError::InvalidMinTypoWordLenSetting(one, two))),
        _ => Ok(changes),
    }
}

fn faceting(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let Some(reader) = given else { return Ok(vec![Change::FacetValues(None), Change::FacetOrder(None)]) };
    let mut changes = Vec::new();
    for (name, member) in reader.object(&["maxValuesPerFacet", "sortFacetValuesBy"])? {
        let given = member.present();
        changes.push(match name {
            "maxValuesPerFacet" => Change::FacetValues(given.map(|it| it.unsigned()).transpose()?),
            _ => Change::FacetOrder(given.map(|it| facet_orders(&it)).transpose()?),
        });
    }
    Ok(changes)
}

fn facet_orders(reader: &Reader<'_>) -> Outcome<Vec<(String, OrderBy)>> {
    let order = |(facet, order): (&str, Reader<'_>)| {
        let order = if order.one_of(&["alpha", "count"])? == "count" { OrderBy::Count } else { OrderBy::Lexicographic };
        Ok((facet.to_owned(), order))
    };
    reader.members()?.into_iter().map(order).collect()
}

fn pagination(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let Some(reader) = given else { return Ok(vec![Change::TotalHits(None)]) };
    let mut changes = Vec::new();
    for (_, member) in reader.object(&["maxTotalHits"])? {
        let hits = member.clone().present().map(|it| it.unsigned()).transpose()?;
        if hits == Some(0) {
            return Err(member.invalid("a non-zero integer value lower than `18446744073709551615` was expected, but found a zero"));
        }
        changes.push(Change::TotalHits(hits));
    }
    Ok(changes)
}

/// Calls milli's setter with the value, or its resetter.
macro_rules! put {
    ($settings:ident, $value:expr, $set:ident, $reset:ident) => {
        match $value {
            Some(value) => $settings.$set(value.clone()),
            None => $settings.$reset(),
        }
    };
}

impl Change {
    /// Hands the change to milli.
    pub fn apply(&self, settings: &mut Settings<'_, '_, '_>) {
        match self {
            Change::Displayed(it) => put!(settings, it, set_displayed_fields, reset_displayed_fields),
            Change::Searchable(it) => put!(settings, it, set_searchable_fields, reset_searchable_fields),
            Change::Filterable(it) => put!(settings, it, set_filterable_fields, reset_filterable_fields),
            Change::Sortable(it) => put!(settings, it, set_sortable_fields, reset_sortable_fields),
            Change::RankingRules(it) => put!(settings, it, set_criteria, reset_criteria),
            Change::StopWords(it) => put!(settings, it, set_stop_words, reset_stop_words),
            Change::NonSeparators(it) => put!(settings, it, set_non_separator_tokens, reset_non_separator_tokens),
            Change::Separators(it) => put!(settings, it, set_separator_tokens, reset_separator_tokens),
            Change::Dictionary(it) => put!(settings, it, set_dictionary, reset_dictionary),
            Change::Synonyms(it) => put!(settings, it, set_synonyms, reset_synonyms),
            Change::Distinct(it) => put!(settings, it, set_distinct_field, reset_distinct_field),
            Change::Proximity(it) => put!(settings, it, set_proximity_precision, reset_proximity_precision),
            Change::Typos(it) => put!(settings, it, set_autorize_typos, reset_authorize_typos),
            Change::OneTypo(it) => put!(settings, it, set_min_word_len_one_typo, reset_min_word_len_one_typo),
            Change::TwoTypos(it) => put!(settings, it, set_min_word_len_two_typos, reset_min_word_len_two_typos),
            Change::ExactWords(it) => put!(settings, it, set_exact_words, reset_exact_words),
            Change::ExactAttributes(it) => put!(settings, it, set_exact_attributes, reset_exact_attributes),
            Change::ExactNumbers(it) => put!(settings, it, set_disable_on_numbers, reset_disable_on_numbers),
            Change::FacetValues(it) => put!(settings, it, set_max_values_per_facet, reset_max_values_per_facet),
            Change::FacetOrder(Some(it)) => {
                let all = [("*".to_owned(), OrderBy::default())];
                settings.set_sort_facet_values_by(all.into_iter().chain(it.iter().cloned()).collect::<OrderByMap>());
            }
            Change::FacetOrder(None) => settings.reset_sort_facet_values_by(),
            Change::TotalHits(it) => put!(settings, it, set_pagination_max_total_hits, reset_pagination_max_total_hits),
            Change::CutoffMs(it) => put!(settings, it, set_search_cutoff, reset_search_cutoff),
            Change::Localized(it) => put!(settings, it, set_localized_attributes_rules, reset_localized_attributes_rules),
            Change::FacetSearch(it) => put!(settings, it, set_facet_search, reset_facet_search),
            Change::PrefixSearch(it) => put!(settings, it, set_prefix_search, reset_prefix_search),
        }
    }
}

/// A setting that a route names, by the last part of its path.
pub(super) fn by_path(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.path == path)
}
