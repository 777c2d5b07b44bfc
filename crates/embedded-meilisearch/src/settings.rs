//! An index's settings. Each setting is one row of [`SETTINGS`] and one function, which checks a
//! value and returns the changes for milli.

mod routes;
mod values;

use std::collections::{BTreeSet, HashSet};

use milli_core::order_by_map::OrderByMap;
use milli_core::update::Settings;
use milli_core::{OrderBy, UserError};
use serde_json::Value;

pub(super) use self::routes::route;
pub(super) use self::values::languages;
use self::values::{
    facet_orders, filter_rules, localized_rules, prefix_search, proximity, ranking_rules, set_of,
    synonyms, unless_all,
};
use super::error::ApiResult;
use super::json::JsonReader;

/// One setting.
struct Setting {
    /// Name in the settings object.
    name: &'static str,
    /// Error code of a refused value.
    code: &'static str,
    /// Checks a value; `None` resets the setting to its default.
    read: ReadSetting,
}

type ReadSetting = fn(Option<JsonReader<'_>>) -> ApiResult<Vec<Change>>;

/// A checked change of one setting.
pub(super) struct Change(Box<dyn Fn(&mut Settings<'_, '_, '_>) + Send>);

impl Change {
    /// Applies the change to the settings of an index.
    pub fn apply(&self, settings: &mut Settings<'_, '_, '_>) {
        (self.0)(settings);
    }

    /// Returns the change that sets a value or, for `None`, resets it to its default.
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

const fn row(name: &'static str, code: &'static str, read: ReadSetting) -> Setting {
    Setting { name, code, read }
}

/// All settings, in the order in which Meilisearch names them.
#[rustfmt::skip]
static SETTINGS: [Setting; 22] = [
    row("displayedAttributes", "invalid_settings_displayed_attributes", displayed),
    row("searchableAttributes", "invalid_settings_searchable_attributes", searchable),
    row("filterableAttributes", "invalid_settings_filterable_attributes", filterable),
    row("sortableAttributes", "invalid_settings_sortable_attributes", sortable),
    row("foreignKeys", "invalid_settings_foreign_keys", unsupported),
    row("rankingRules", "invalid_settings_ranking_rules", ranking),
    row("stopWords", "invalid_settings_stop_words", stop_words),
    row("nonSeparatorTokens", "invalid_settings_non_separator_tokens", non_separators),
    row("separatorTokens", "invalid_settings_separator_tokens", separators),
    row("dictionary", "invalid_settings_dictionary", dictionary),
    row("synonyms", "invalid_settings_synonyms", same_words),
    row("distinctAttribute", "invalid_settings_distinct_attribute", distinct),
    row("proximityPrecision", "invalid_settings_proximity_precision", precision),
    row("typoTolerance", "invalid_settings_typo_tolerance", typo_tolerance),
    row("faceting", "invalid_settings_faceting", faceting),
    row("pagination", "invalid_settings_pagination", pagination),
    row("embedders", "invalid_settings_embedders", unsupported),
    row("searchCutoffMs", "invalid_settings_search_cutoff_ms", cutoff),
    row("localizedAttributes", "invalid_settings_localized_attributes", localized),
    row("facetSearch", "invalid_settings_facet_search", facet_search),
    row("prefixSearch", "invalid_settings_prefix_search", prefixes),
    row("chat", "invalid_settings_index_chat", unsupported),
];

/// Checks the body of a settings change: an object with a value or null for each setting to change.
fn read_all(body: &Value) -> ApiResult<Vec<Change>> {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    let mut changes = Vec::new();
    for (name, reader) in JsonReader::new(body, "", "bad_request").object(&names)? {
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
            changes.extend((setting.read)(reader.with_code(setting.code).present())?);
        }
    }
    Ok(changes)
}

/// Refuses any value other than an empty one, for settings of features that this engine does not
/// have.
fn unsupported(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let is_empty = |value: &Value| match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match given.filter(|reader| !is_empty(reader.value())) {
        None => Ok(Vec::new()),
        Some(reader) => Err(reader.invalid(
            "the embedded search engine does not have this feature; leave the setting out, \
             or use a Meilisearch server",
        )),
    }
}

fn displayed(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
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

fn searchable(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
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

fn filterable(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let rules = given.map(|reader| filter_rules(&reader)).transpose()?;
    Ok(vec![Change::to(
        rules,
        |s, it| s.set_filterable_fields(it),
        |s| s.reset_filterable_fields(),
    )])
}

fn sortable(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let names: Option<HashSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        names,
        |s, it| s.set_sortable_fields(it),
        |s| s.reset_sortable_fields(),
    )])
}

fn ranking(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let rules = given.map(|reader| ranking_rules(&reader)).transpose()?;
    Ok(vec![Change::to(
        rules,
        |s, it| s.set_criteria(it),
        |s| s.reset_criteria(),
    )])
}

fn stop_words(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let words: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        words,
        |s, it| s.set_stop_words(it),
        |s| s.reset_stop_words(),
    )])
}

fn non_separators(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let tokens: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        tokens,
        |s, it| s.set_non_separator_tokens(it),
        |s| s.reset_non_separator_tokens(),
    )])
}

fn separators(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let tokens: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        tokens,
        |s, it| s.set_separator_tokens(it),
        |s| s.reset_separator_tokens(),
    )])
}

fn dictionary(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let words: Option<BTreeSet<String>> = set_of(given)?;
    Ok(vec![Change::to(
        words,
        |s, it| s.set_dictionary(it),
        |s| s.reset_dictionary(),
    )])
}

fn same_words(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let words = given.map(|reader| synonyms(&reader)).transpose()?;
    Ok(vec![Change::to(
        words,
        |s, it| s.set_synonyms(it),
        |s| s.reset_synonyms(),
    )])
}

fn distinct(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let name = given.map(|reader| reader.string()).transpose()?;
    Ok(vec![Change::to(
        name,
        |s, it| s.set_distinct_field(it),
        |s| s.reset_distinct_field(),
    )])
}

fn precision(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let precision = given.map(|reader| proximity(&reader)).transpose()?;
    Ok(vec![Change::to(
        precision,
        |s, it| s.set_proximity_precision(it),
        |s| s.reset_proximity_precision(),
    )])
}

fn cutoff(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
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

fn localized(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let rules = given.map(|reader| localized_rules(&reader)).transpose()?;
    Ok(vec![Change::to(
        rules,
        |s, it| s.set_localized_attributes_rules(it),
        |s| s.reset_localized_attributes_rules(),
    )])
}

fn facet_search(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let on = given.map(|reader| reader.boolean()).transpose()?;
    Ok(vec![Change::to(
        on,
        |s, it| s.set_facet_search(it),
        |s| s.reset_facet_search(),
    )])
}

fn prefixes(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let when = given.map(|reader| prefix_search(&reader)).transpose()?;
    Ok(vec![Change::to(
        when,
        |s, it| s.set_prefix_search(it),
        |s| s.reset_prefix_search(),
    )])
}

/// Returns the members of a setting that is an object. When the whole setting is reset, every
/// member is reset.
fn members<'v>(
    given: Option<JsonReader<'v>>,
    names: &[&'static str],
) -> ApiResult<Vec<(&'v str, Option<JsonReader<'v>>)>>
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

fn typo_tolerance(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
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

fn word_sizes(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let (mut sizes, mut changes) = ([None, None], Vec::new());
    for (name, member) in members(given.clone(), &["oneTypo", "twoTypos"])? {
        let size = member.as_ref().map(JsonReader::byte).transpose()?;
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

fn faceting(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
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
                let default_order = [("*".to_owned(), OrderBy::default())];
                settings.set_sort_facet_values_by(
                    default_order
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

fn pagination(given: Option<JsonReader<'_>>) -> ApiResult<Vec<Change>> {
    let mut changes = Vec::new();
    for (_, given) in members(given, &["maxTotalHits"])? {
        let hits = given.as_ref().map(JsonReader::non_zero).transpose()?;
        changes.push(Change::to(
            hits,
            |s, it| s.set_pagination_max_total_hits(it),
            |s| s.reset_pagination_max_total_hits(),
        ));
    }
    Ok(changes)
}
