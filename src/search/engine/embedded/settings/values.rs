//! The values that settings take: how each is read out of a request.

use std::collections::BTreeMap;

use milli_core::index::PrefixSearch;
use milli_core::proximity::ProximityPrecision;
use milli_core::tokenizer::Language;
use milli_core::{Criterion, FilterableAttributesRule, LocalizedAttributesRule, OrderBy};

use super::super::error::Outcome;
use super::super::json::Reader;

/// `["*"]` is the default: all attributes.
pub(super) fn unless_all(names: Vec<String>) -> Option<Vec<String>> {
    (!names.iter().any(|name| name == "*")).then_some(names)
}

pub(super) fn set_of<S: FromIterator<String>>(given: Option<Reader<'_>>) -> Outcome<Option<S>> {
    Ok(given
        .map(|it| it.strings())
        .transpose()?
        .map(|strings| strings.into_iter().collect()))
}

pub(super) fn filter_rules(reader: &Reader<'_>) -> Outcome<Vec<FilterableAttributesRule>> {
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
    reader.required(
        "attributePatterns",
        "invalid_settings_filterable_attributes",
    )?;
    serde_json::from_value(reader.value().clone())
        .map(FilterableAttributesRule::Pattern)
        .map_err(|error| reader.invalid(error))
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

pub(super) fn ranking_rules(reader: &Reader<'_>) -> Outcome<Vec<Criterion>> {
    reader
        .array()?
        .iter()
        .map(|rule| rule.string()?.parse().map_err(|error| rule.invalid(error)))
        .collect()
}

pub(super) fn synonyms(reader: &Reader<'_>) -> Outcome<BTreeMap<String, Vec<String>>> {
    reader
        .members()?
        .into_iter()
        .map(|(word, same)| Ok((word.to_owned(), same.strings()?)))
        .collect()
}

pub(super) fn proximity(reader: &Reader<'_>) -> Outcome<ProximityPrecision> {
    Ok(match reader.one_of(&["byWord", "byAttribute"])? {
        "byAttribute" => ProximityPrecision::ByAttribute,
        _ => ProximityPrecision::ByWord,
    })
}

pub(super) fn prefix_search(reader: &Reader<'_>) -> Outcome<PrefixSearch> {
    Ok(match reader.one_of(&["indexingTime", "disabled"])? {
        "disabled" => PrefixSearch::Disabled,
        _ => PrefixSearch::IndexingTime,
    })
}

pub(super) fn localized_rules(reader: &Reader<'_>) -> Outcome<Vec<LocalizedAttributesRule>> {
    let rule = |reader: &Reader<'_>| {
        reader.object(&["attributePatterns", "locales"])?;
        let patterns = reader
            .required("attributePatterns", "invalid_settings_localized_attributes")?
            .strings()?;
        let locales = reader.required("locales", "invalid_settings_localized_attributes")?;
        Ok(LocalizedAttributesRule::new(patterns, languages(&locales)?))
    };
    reader.array()?.iter().map(rule).collect()
}

/// Languages by their ISO 639-3 code, or the ISO 639-1 code where there is one.
pub(in super::super) fn languages(reader: &Reader<'_>) -> Outcome<Vec<Language>> {
    let language = |reader: &Reader<'_>| {
        let code = reader.string()?;
        let long = ISO_639_1
            .iter()
            .find(|(short, _)| *short == code)
            .map_or(code.as_str(), |(_, long)| long);
        Language::from_code(long).ok_or_else(|| reader.invalid(format!("`{code}` is no ISO 639-3 or ISO 639-1 code of a language that the search engine knows")))
    };
    reader.array()?.iter().map(language).collect()
}

/// ISO 639-1 codes of the languages that the tokenizer knows, with their ISO 639-3 codes (iso639-3.sil.org).
const ISO_639_1: [(&str, &str); 69] = [
    ("af", "afr"),
    ("ak", "aka"),
    ("am", "amh"),
    ("ar", "ara"),
    ("az", "aze"),
    ("be", "bel"),
    ("bn", "ben"),
    ("bg", "bul"),
    ("ca", "cat"),
    ("cs", "ces"),
    ("da", "dan"),
    ("de", "deu"),
    ("el", "ell"),
    ("en", "eng"),
    ("eo", "epo"),
    ("et", "est"),
    ("fi", "fin"),
    ("fr", "fra"),
    ("gu", "guj"),
    ("he", "heb"),
    ("hi", "hin"),
    ("hr", "hrv"),
    ("hu", "hun"),
    ("hy", "hye"),
    ("id", "ind"),
    ("it", "ita"),
    ("jv", "jav"),
    ("ja", "jpn"),
    ("kn", "kan"),
    ("ka", "kat"),
    ("km", "khm"),
    ("ko", "kor"),
    ("la", "lat"),
    ("lv", "lav"),
    ("lt", "lit"),
    ("ml", "mal"),
    ("mr", "mar"),
    ("mk", "mkd"),
    ("my", "mya"),
    ("ne", "nep"),
    ("nl", "nld"),
    ("nb", "nob"),
    ("or", "ori"),
    ("pa", "pan"),
    ("fa", "pes"),
    ("pl", "pol"),
    ("pt", "por"),
    ("ro", "ron"),
    ("ru", "rus"),
    ("si", "sin"),
    ("sk", "slk"),
    ("sl", "slv"),
    ("sn", "sna"),
    ("es", "spa"),
    ("sr", "srp"),
    ("sv", "swe"),
    ("ta", "tam"),
    ("te", "tel"),
    ("tl", "tgl"),
    ("th", "tha"),
    ("tk", "tuk"),
    ("tr", "tur"),
    ("uk", "ukr"),
    ("ur", "urd"),
    ("uz", "uzb"),
    ("vi", "vie"),
    ("yi", "yid"),
    ("zh", "zho"),
    ("zu", "zul"),
];

pub(super) fn facet_orders(reader: &Reader<'_>) -> Outcome<Vec<(String, OrderBy)>> {
    let order = |(facet, order): (&str, Reader<'_>)| {
        let order = if order.one_of(&["alpha", "count"])? == "count" {
            OrderBy::Count
        } else {
            OrderBy::Lexicographic
        };
        Ok((facet.to_owned(), order))
    };
    reader.members()?.into_iter().map(order).collect()
}
