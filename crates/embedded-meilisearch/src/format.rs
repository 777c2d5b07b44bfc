//! The format of hits: their attributes, highlighted and cropped, with the positions of the
//! matches.

use std::collections::{BTreeMap, BTreeSet};

use milli_core::heed::RoTxn;
use milli_core::tokenizer::{Language, TokenizerBuilder};
use milli_core::{
    DocumentId, FieldId, FieldsIdsMap, FormatOptions, Index, LocalizedAttributesRule, MatchBounds,
    MatcherBuilder, MatchingWords, PatternMatch, is_faceted_by, obkv_to_json,
};
use serde_json::{Map, Value, json};

use super::error::ApiResult;
use super::json::{select, visit_leaves};
use super::query::{Format, Query};

/// Returns the documents of a search's hits in order, in the format that the query requests.
pub(super) fn show(
    index: &Index,
    reading: &RoTxn<'_>,
    query: &Query,
    words: MatchingWords,
    documents: &[DocumentId],
) -> ApiResult<Vec<Map<String, Value>>> {
    let dictionary = index.dictionary(reading)?;
    let dictionary: Option<Vec<&str>> = dictionary
        .as_ref()
        .map(|words| words.iter().map(String::as_str).collect());
    let separators = index.allowed_separators(reading)?;
    let separators: Option<Vec<&str>> = separators
        .as_ref()
        .map(|tokens| tokens.iter().map(String::as_str).collect());
    let mut tokenizer = TokenizerBuilder::default();
    tokenizer.create_char_map(true);
    if let Some(separators) = &separators {
        tokenizer.separators(separators);
    }
    if let Some(dictionary) = &dictionary {
        tokenizer.words_dict(dictionary);
    }
    let mut matcher = MatcherBuilder::new(words, tokenizer.into_tokenizer());
    matcher.crop_marker(query.format.crop_marker.clone());
    matcher.highlight_prefix(query.format.pre_tag.clone());
    matcher.highlight_suffix(query.format.post_tag.clone());
    let formatter = Formatter::new(index, reading, query, matcher)?;
    documents
        .iter()
        .map(|document| formatter.hit(index, reading, *document))
        .collect()
}

/// Formats the hits of one search.
struct Formatter<'s> {
    fields: FieldsIdsMap,
    /// Attributes that the index's settings display.
    displayed: BTreeSet<FieldId>,
    /// Names of the displayed attributes that the query requests.
    retrieved: Vec<String>,
    /// Format of each attribute in `_formatted`, by name; empty when the query requests none.
    options: BTreeMap<String, FormatOptions>,
    show_positions: bool,
    locales: Option<&'s [Language]>,
    rules: Vec<LocalizedAttributesRule>,
    matcher: MatcherBuilder<'s>,
}

impl<'s> Formatter<'s> {
    fn new(
        index: &Index,
        reading: &RoTxn<'_>,
        query: &'s Query,
        matcher: MatcherBuilder<'s>,
    ) -> ApiResult<Self> {
        let fields = index.fields_ids_map(reading)?;
        let displayed: BTreeSet<FieldId> = match index.displayed_fields_ids(reading)? {
            Some(displayed) => displayed.into_iter().collect(),
            None => fields.ids().collect(),
        };
        let wanted = query
            .format
            .retrieve
            .as_ref()
            .filter(|names| !names.iter().any(|name| name == "*"));
        let retrieved: BTreeSet<FieldId> = match wanted {
            Some(names) => names
                .iter()
                .filter_map(|name| fields.id(name))
                .filter(|id| displayed.contains(id))
                .collect(),
            None => displayed.clone(),
        };
        let options = format_options(&query.format, &fields, &displayed, &retrieved);
        let name_of = |id: &FieldId| fields.name(*id).map(str::to_owned);
        Ok(Self {
            displayed,
            retrieved: retrieved
                .iter()
                .filter(|id| fields.name(**id) != Some("_vectors"))
                .filter_map(name_of)
                .collect(),
            options: options
                .iter()
                .filter_map(|(id, option)| Some((name_of(id)?, *option)))
                .collect(),
            show_positions: query.format.show_positions,
            locales: query.locales.as_deref(),
            rules: index
                .localized_attributes_rules(reading)?
                .unwrap_or_default(),
            matcher,
            fields,
        })
    }

    fn hit(
        &self,
        index: &Index,
        reading: &RoTxn<'_>,
        document: DocumentId,
    ) -> ApiResult<Map<String, Value>> {
        let stored = index.document(reading, document)?;
        let ids: Vec<FieldId> = stored.iter().map(|(id, _)| id).collect();
        let whole = obkv_to_json(&ids, &self.fields, stored)?;
        let retrieved: Vec<&str> = self.retrieved.iter().map(String::as_str).collect();
        let mut hit = select(&whole, &retrieved);
        if !self.options.is_empty() || self.show_positions {
            let (formatted, positions) = self.format(&whole);
            if !formatted.is_empty() {
                hit.insert("_formatted".to_owned(), Value::Object(formatted));
            }
            if self.show_positions {
                hit.insert("_matchesPosition".to_owned(), json!(positions));
            }
        }
        Ok(hit)
    }

    /// Returns the formatted document, and the positions of the matches in its displayed
    /// attributes.
    fn format(
        &self,
        whole: &Map<String, Value>,
    ) -> (Map<String, Value>, BTreeMap<String, Vec<MatchBounds>>) {
        let shown: Vec<&str> = self
            .displayed
            .iter()
            .filter_map(|id| self.fields.name(*id))
            .collect();
        let mut document = select(whole, &shown);
        let mut positions: BTreeMap<String, Vec<MatchBounds>> = BTreeMap::new();
        visit_leaves(&mut document, &mut |name, places, value| {
            let text = match value {
                Value::String(text) => std::mem::take(text),
                Value::Number(number) => number.to_string(),
                _ => return,
            };
            let rule = self
                .rules
                .iter()
                .find(|rule| rule.match_str(name) == PatternMatch::Match);
            let mut matcher = self.matcher.build(
                &text,
                self.locales.or(rule.map(LocalizedAttributesRule::locales)),
            );
            if self.show_positions {
                let matches = matcher.matches(places);
                if !matches.is_empty() {
                    positions
                        .entry(name.to_owned())
                        .or_default()
                        .extend(matches);
                }
            }
            let formatted = self
                .option_of(name)
                .map(|option| matcher.format(option).into_owned());
            *value = Value::String(formatted.unwrap_or(text));
        });
        let selectors: Vec<&str> = self.options.keys().map(String::as_str).collect();
        (select(&document, &selectors), positions)
    }

    /// Returns the merged options of the attribute, of the objects around it and of its parts.
    fn option_of(&self, name: &str) -> Option<FormatOptions> {
        let concerned = self.options.iter().filter(|(of, option)| {
            option.should_format() && (is_faceted_by(of, name) || is_faceted_by(name, of))
        });
        concerned
            .map(|(_, option)| *option)
            .reduce(FormatOptions::merge)
    }
}

/// Returns the format of each attribute in `_formatted`: the highlighted and cropped attributes,
/// and with them all retrieved ones.
fn format_options(
    format: &Format,
    fields: &FieldsIdsMap,
    displayed: &BTreeSet<FieldId>,
    retrieved: &BTreeSet<FieldId>,
) -> BTreeMap<FieldId, FormatOptions> {
    let mut options: BTreeMap<FieldId, FormatOptions> = BTreeMap::new();
    let named = |name: &str| -> Vec<FieldId> {
        let all = if name == "*" {
            displayed.iter().copied().collect()
        } else {
            fields.id(name).into_iter().collect::<Vec<_>>()
        };
        all.into_iter()
            .filter(|id| displayed.contains(id))
            .collect()
    };
    for id in format.highlight.iter().flat_map(|name| named(name)) {
        options.entry(id).or_default().highlight = true;
    }
    for attribute in &format.crop {
        let (name, length) = match attribute.rsplit_once(':') {
            Some((name, length)) => (name, length.parse().unwrap_or(format.crop_length)),
            None => (attribute.as_str(), format.crop_length),
        };
        for id in named(name) {
            options.entry(id).or_default().crop = Some(length);
        }
    }
    if !options.is_empty() {
        for id in retrieved {
            options.entry(*id).or_default();
        }
    }
    options
}
