//! An index's settings: what a request may change, and how milli is told. Each setting is one row and one function.

mod routes;
mod values;

use std::collections::{BTreeSet, HashSet};

use milli_core::order_by_map::OrderByMap;
use milli_core::update::Settings;
use milli_core::{OrderBy, UserError};
use serde_json::Value;

pub(super) use self::routes::{all, one};
pub(super) use self::values::languages;
use self::values::{
    facet_orders, filter_rules, localized_rules, prefix_search, proximity, ranking_rules, set_of,
    synonyms, unless_all,
};
use super::error::Outcome;
use super::json::Reader;
use super::request::Verb;

/// One setting.
pub(super) struct Setting {
    /// Its name in the settings object.
    pub name: &'static str,
    /// The last part of its own route.
    pub path: &'static str,
    /// The verb that changes it there.
    pub verb: Verb,
    /// The code under which a value is refused.
    pub code: &'static str,
    /// Checks a value; `None` sets the setting back to its default.
    read: fn(Option<Reader<'_>>) -> Outcome<Vec<Change>>,
}

/// A checked change, ready for milli.
pub(super) struct Change(Box<dyn Fn(&mut Settings<'_, '_, '_>) + Send>);

impl Change {
    /// Hands the change to milli.
    pub fn apply(&self, settings: &mut Settings<'_, '_, '_>) {
        (self.0)(settings);
    }

    /// The change that sets a value or, for `None`, sets back.
    fn to<T: Clone + Send + 'static>(
        value: Option<T>,
        set: fn(&mut Settings<'_, '_, '_>, T),
        reset: fn(&mut Settings<'_, '_, '_>),
    ) -> Self {
        Self(Box::new(move |settings| match value.clone() {
            Some(value) => set(settings, value),
            None => reset(settings),
        }))
    }
}

type Read = fn(Option<Reader<'_>>) -> Outcome<Vec<Change>>;

const fn row(
    name: &'static str,
    path: &'static str,
    verb: Verb,
    code: &'static str,
    read: Read,
) -> Setting {
    Setting {
        name,
        path,
        verb,
        code,
        read,
    }
}

/// All settings, in the order in which Meilisearch names them.
#[rustfmt::skip]
pub(super) static SETTINGS: [Setting; 22] = [
    row("displayedAttributes", "displayed-attributes", Verb::Put, "invalid_settings_displayed_attributes", displayed),
    row("searchableAttributes", "searchable-attributes", Verb::Put, "invalid_settings_searchable_attributes", searchable),
    row("filterableAttributes", "filterable-attributes", Verb::Put, "invalid_settings_filterable_attributes", filterable),
    row("sortableAttributes", "sortable-attributes", Verb::Put, "invalid_settings_sortable_attributes", sortable),
    row("foreignKeys", "foreign-keys", Verb::Put, "invalid_settings_foreign_keys", unsupported),
    row("rankingRules", "ranking-rules", Verb::Put, "invalid_settings_ranking_rules", ranking),
    row("stopWords", "stop-words", Verb::Put, "invalid_settings_stop_words", stop_words),
    row("nonSeparatorTokens", "non-separator-tokens", Verb::Put, "invalid_settings_non_separator_tokens", non_separators),
    row("separatorTokens", "separator-tokens", Verb::Put, "invalid_settings_separator_tokens", separators),
    row("dictionary", "dictionary", Verb::Put, "invalid_settings_dictionary", dictionary),
    row("synonyms", "synonyms", Verb::Put, "invalid_settings_synonyms", same_words),
    row("distinctAttribute", "distinct-attribute", Verb::Put, "invalid_settings_distinct_attribute", distinct),
    row("proximityPrecision", "proximity-precision", Verb::Put, "invalid_settings_proximity_precision", precision),
    row("typoTolerance", "typo-tolerance", Verb::Patch, "invalid_settings_typo_tolerance", typo_tolerance),
    row("faceting", "faceting", Verb::Patch, "invalid_settings_faceting", faceting),
    row("pagination", "pagination", Verb::Patch, "invalid_settings_pagination", pagination),
    row("embedders", "embedders", Verb::Patch, "invalid_settings_embedders", unsupported),
    row("searchCutoffMs", "search-cutoff-ms", Verb::Put, "invalid_settings_search_cutoff_ms", cutoff),
    row("localizedAttributes", "localized-attributes", Verb::Put, "invalid_settings_localized_attributes", localized),
    row("facetSearch", "facet-search", Verb::Put, "invalid_settings_facet_search", facet_search),
    row("prefixSearch", "prefix-search", Verb::Put, "invalid_settings_prefix_search", prefixes),
    row("chat", "chat", Verb::Put, "invalid_settings_index_chat", unsupported),
];

/// A setting that a route names, by the last part of its path.
pub(super) fn by_path(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.path == path)
}

/// Checks the body of a settings change: an object of settings, each with its value or null.
fn read_all(body: &Value) -> Outcome<Vec<Change>> {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    let mut changes = Vec::new();
    for (name, reader) in Reader::new(body, "", "bad_request").object(&names)? {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
            changes.extend(read_one(setting, reader)?);
        }
    }
    Ok(changes)
}

/// Changes that set every setting back to its default.
fn reset_all() -> Outcome<Vec<Change>> {
    let mut changes = Vec::new();
    for setting in &SETTINGS {
        changes.extend((setting.read)(None)?);
    }
    Ok(changes)
}

/// Checks the value of one setting.
fn read_one(setting: &Setting, reader: Reader<'_>) -> Outcome<Vec<Change>> {
    (setting.read)(reader.with_code(setting.code).present())
}

/// Settings of features that this engine does not have: nothing may be set, and nothing is there to reset.
fn unsupported(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let is_empty = |value: &Value| match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match given.filter(|reader| !is_empty(reader.value())) {
        None => Ok(Vec::new()),
        Some(reader) => Err(reader.invalid(
            "the embedded search engine does not have this feature; leave the setting out, \
             or use a Meilisearch server (MEILI_URL)",
        )),
    }
}

fn displayed(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let names = given
        .map(|reader| reader.strings())
        .transpose()?
        .and_then(unless_all);
    Ok(vec![Change::to(
        names,
        |s, it| s.set_displayed_fields(it),
        |s| s.reset_displayed_fields(),
    )])
}

fn searchable(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let names = given
        .map(|reader| reader.strings())
        .transpose()?
        .and_then(unless_all);
    Ok(vec![Change::to(
        names,
        |s, it| s.set_searchable_fields(it),
        |s| s.reset_searchable_fields(),
    )])
}

fn filterable(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let rules = given.map(|reader| filter_rules(&reader)).transpose()?;
    Ok(vec![Change::to(
        rules,
        |s, it| s.set_filterable_fields(it),
        |s| s.reset_filterable_fields(),
    )])
}

fn sortable(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let names: Option<HashSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        names,
        |s, it| s.set_sortable_fields(it),
        |s| s.reset_sortable_fields(),
    )])
}

fn ranking(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let rules = given.map(|reader| ranking_rules(&reader)).transpose()?;
    Ok(vec![Change::to(
        rules,
        |s, it| s.set_criteria(it),
        |s| s.reset_criteria(),
    )])
}

fn stop_words(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let words: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        words,
        |s, it| s.set_stop_words(it),
        |s| s.reset_stop_words(),
    )])
}

fn non_separators(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let tokens: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        tokens,
        |s, it| s.set_non_separator_tokens(it),
        |s| s.reset_non_separator_tokens(),
    )])
}

fn separators(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let tokens: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        tokens,
        |s, it| s.set_separator_tokens(it),
        |s| s.reset_separator_tokens(),
    )])
}

fn dictionary(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let words: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        words,
        |s, it| s.set_dictionary(it),
        |s| s.reset_dictionary(),
    )])
}

fn same_words(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let words = given.map(|reader| synonyms(&reader)).transpose()?;
    Ok(vec![Change::to(
        words,
        |s, it| s.set_synonyms(it),
        |s| s.reset_synonyms(),
    )])
}

fn distinct(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let name = given.map(|reader| reader.string()).transpose()?;
    Ok(vec![Change::to(
        name,
        |s, it| s.set_distinct_field(it),
        |s| s.reset_distinct_field(),
    )])
}

fn precision(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let precision = given.map(|reader| proximity(&reader)).transpose()?;
    Ok(vec![Change::to(
        precision,
        |s, it| s.set_proximity_precision(it),
        |s| s.reset_proximity_precision(),
    )])
}

fn cutoff(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let milliseconds = given
        .map(|reader| reader.unsigned())
        .transpose()?
        .map(|ms| ms as u64);
    Ok(vec![Change::to(
        milliseconds,
        |s, it| s.set_search_cutoff(it),
        |s| s.reset_search_cutoff(),
    )])
}

fn localized(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let rules = given.map(|reader| localized_rules(&reader)).transpose()?;
    Ok(vec![Change::to(
        rules,
        |s, it| s.set_localized_attributes_rules(it),
        |s| s.reset_localized_attributes_rules(),
    )])
}

fn facet_search(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let on = given.map(|reader| reader.boolean()).transpose()?;
    Ok(vec![Change::to(
        on,
        |s, it| s.set_facet_search(it),
        |s| s.reset_facet_search(),
    )])
}

fn prefixes(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let when = given.map(|reader| prefix_search(&reader)).transpose()?;
    Ok(vec![Change::to(
        when,
        |s, it| s.set_prefix_search(it),
        |s| s.reset_prefix_search(),
    )])
}

/// The members of a setting that is an object. Set back as a whole, each of them is set back.
fn members<'v>(
    given: Option<Reader<'v>>,
    names: &[&'static str],
) -> Outcome<Vec<(&'v str, Option<Reader<'v>>)>>
where
    'static: 'v,
{
    match given {
        None => Ok(names.iter().map(|name| (*name, None)).collect()),
        Some(reader) => {
            let members = reader.object(names)?.into_iter();
            Ok(members
                .map(|(name, member)| (name, member.present()))
                .collect())
        }
    }
}

fn typo_tolerance(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let names = [
        "enabled",
        "minWordSizeForTypos",
        "disableOnWords",
        "disableOnAttributes",
        "disableOnNumbers",
    ];
    let mut changes = Vec::new();
    for (name, given) in members(given, &names)? {
        changes.push(match name {
            "enabled" => {
                let on = given.map(|reader| reader.boolean()).transpose()?;
                Change::to(
                    on,
                    |s, it| s.set_autorize_typos(it),
                    |s| s.reset_authorize_typos(),
                )
            }
            "disableOnWords" => {
                let words: Option<BTreeSet<String>> = set_of(given)?;
                Change::to(
                    words,
                    |s, it| s.set_exact_words(it),
                    |s| s.reset_exact_words(),
                )
            }
            "disableOnAttributes" => {
                let names: Option<HashSet<String>> = set_of(given)?;
                Change::to(
                    names,
                    |s, it| s.set_exact_attributes(it),
                    |s| s.reset_exact_attributes(),
                )
            }
            "disableOnNumbers" => {
                let on = given.map(|reader| reader.boolean()).transpose()?;
                Change::to(
                    on,
                    |s, it| s.set_disable_on_numbers(it),
                    |s| s.reset_disable_on_numbers(),
                )
            }
            _ => {
                changes.extend(word_sizes(given)?);
                continue;
            }
        });
    }
    Ok(changes)
}

fn word_sizes(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let (mut sizes, mut changes) = ([None, None], Vec::new());
    for (name, member) in members(given.clone(), &["oneTypo", "twoTypos"])? {
        let size = member.as_ref().map(Reader::byte).transpose()?;
        if name == "oneTypo" {
            sizes[0] = size;
            changes.push(Change::to(
                size,
                |s, it| s.set_min_word_len_one_typo(it),
                |s| s.reset_min_word_len_one_typo(),
            ));
        } else {
            sizes[1] = size;
            changes.push(Change::to(
                size,
                |s, it| s.set_min_word_len_two_typos(it),
                |s| s.reset_min_word_len_two_typos(),
            ));
        }
    }
    match (given, sizes) {
        (Some(reader), [Some(one), Some(two)]) if one > two => {
            Err(reader.invalid(UserError::InvalidMinTypoWordLenSetting(one, two)))
        }
        _ => Ok(changes),
    }
}

fn faceting(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let mut changes = Vec::new();
    for (name, given) in members(given, &["maxValuesPerFacet", "sortFacetValuesBy"])? {
        changes.push(if name == "maxValuesPerFacet" {
            let most = given.map(|reader| reader.unsigned()).transpose()?;
            Change::to(
                most,
                |s, it| s.set_max_values_per_facet(it),
                |s| s.reset_max_values_per_facet(),
            )
        } else {
            let orders = given.map(|reader| facet_orders(&reader)).transpose()?;
            let in_order = |settings: &mut Settings<'_, '_, '_>, orders: Vec<(String, OrderBy)>| {
                let unless_said = [("*".to_owned(), OrderBy::default())];
                settings.set_sort_facet_values_by(
                    unless_said
                        .into_iter()
                        .chain(orders)
                        .collect::<OrderByMap>(),
                );
            };
            Change::to(orders, in_order, |s| s.reset_sort_facet_values_by())
        });
    }
    Ok(changes)
}

fn pagination(given: Option<Reader<'_>>) -> Outcome<Vec<Change>> {
    let mut changes = Vec::new();
    for (_, given) in members(given, &["maxTotalHits"])? {
        let hits = given.as_ref().map(Reader::non_zero).transpose()?;
        changes.push(Change::to(
            hits,
            |s, it| s.set_pagination_max_total_hits(it),
            |s| s.reset_pagination_max_total_hits(),
        ));
    }
    Ok(changes)
}
