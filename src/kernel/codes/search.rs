//! Search of a code list as a person types: words of a label in any language, or the beginning of a
//! code.
//!
//! On first use all labels are folded into one text with a line for each. A search scans this text
//! for its longest word. The text takes about as much memory as the labels.

use std::{collections::BTreeMap, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;

use super::{COLUMNS, Code, CodeList, Scheme};
use crate::kernel::folding::{fold, words};

/// Maximum number of characters of a search.
pub const SEARCH_LIMIT: usize = 100;

/// Minimum number of characters of a word that may match inside another word. Shorter ones would
/// match almost everywhere, so they match at the beginning of words only.
const MIN_INNER_MATCH: usize = 3;

/// Returns the codes that match `text`, the best match first; `language` is the reader's.
///
/// A code matches by its beginning, with or without the check digit, or by a label that contains
/// every word of `text`: at the beginning of a word or inside one, since Nordic languages and
/// German form compounds (`städ` matches *Städtjänster* and *Skolstädning*). Case and diacritics
/// are ignored.
///
/// Labels in the reader's language come before labels in other languages, and labels with the same
/// diacritics as `text` before others. Then the exact code comes first, then labels and codes that
/// start with `text`, then labels in which each word starts a word, then all others. Among equal
/// matches the broader code is first, then the order of the list.
#[must_use]
pub fn search(scheme: Scheme, text: &str, language: &str) -> Vec<&'static Code> {
    let list = scheme.list();
    let mut found = by_code(list, text.trim());
    let query = SearchWords::new(text);
    for (index, found_label) in index(scheme).matches(&query) {
        let code = &list.codes[index];
        let rank = Rank {
            is_other_language: code.label_column(language) != Some(found_label.column),
            has_other_diacritics: !query.has_same_diacritics(code.labels[found_label.column]),
            position: found_label.position,
        };
        let best = found.entry(index).or_insert(rank);
        *best = rank.min(*best);
    }
    let mut ranked: Vec<_> = found.into_iter().collect();
    ranked.sort_by_cached_key(|(index, rank)| (*rank, list.codes[*index].level(), *index));
    ranked
        .into_iter()
        .map(|(index, _)| &list.codes[index])
        .collect()
}

/// Rank of a match; the lowest is the best.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Whether the label is in another language than the reader's.
    is_other_language: bool,
    /// Whether the label has other diacritics than the search.
    has_other_diacritics: bool,
    position: MatchPosition,
}

/// Position of the match in a label or code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum MatchPosition {
    /// The search is the whole code.
    Whole,
    /// The label or code starts with the search.
    Beginning,
    /// Each word of the search starts a word of the label.
    Word,
    /// At least one word of the search is only inside a word of the label.
    Inside,
}

/// Returns the codes that are equal to `text` or start with it.
fn by_code(list: &'static CodeList, text: &str) -> BTreeMap<usize, Rank> {
    let written = text.to_ascii_uppercase();
    let stem = written.split('-').next().unwrap_or_default();
    if stem.is_empty() {
        return BTreeMap::new();
    }
    let beginning = list.beginning_with(stem).iter();
    beginning
        .filter(|code| code.printed.starts_with(&written))
        .map(|code| {
            let whole = code.code == written || code.printed == written;
            let position = if whole {
                MatchPosition::Whole
            } else {
                MatchPosition::Beginning
            };
            let rank = Rank {
                is_other_language: false,
                has_other_diacritics: false,
                position,
            };
            (usize::from(code.index), rank)
        })
        .collect()
}

/// Folded words of a search, each after a space, as words start in a line of the index.
struct SearchWords {
    /// All words in one text.
    phrase: String,
    words: Vec<String>,
    /// Words in lower case with their diacritics; `None` if the search has none.
    with_diacritics: Option<Vec<String>>,
}

impl SearchWords {
    fn new(text: &str) -> Self {
        let phrase = words(&fold(text));
        let words = phrase.split_whitespace().map(|word| format!(" {word}"));
        let lower = composed(text);
        let with_diacritics = (fold(text) != lower).then(|| {
            let words = lower.split(|letter: char| !letter.is_alphanumeric());
            words.map(str::to_owned).collect()
        });
        Self {
            words: words.collect(),
            phrase,
            with_diacritics,
        }
    }

    /// Returns the text to scan the index for: the longest word, without its space if it may match
    /// inside a word.
    fn longest(&self) -> Option<&str> {
        let longest = self.words.iter().max_by_key(|word| word.len())?;
        Some(needle(longest))
    }

    /// Returns the position of the match in a line; `None` unless all words match.
    fn position(&self, line: &str) -> Option<MatchPosition> {
        if line.starts_with(&self.phrase) {
            return Some(MatchPosition::Beginning);
        }
        let mut position = MatchPosition::Word;
        for word in &self.words {
            if !line.contains(word) {
                position = MatchPosition::Inside;
                if !line.contains(needle(word)) {
                    return None;
                }
            }
        }
        Some(position)
    }

    fn has_same_diacritics(&self, label: &str) -> bool {
        self.with_diacritics.as_ref().is_none_or(|words| {
            let label = composed(label);
            words.iter().all(|word| label.contains(word))
        })
    }
}

/// Returns the text to scan for: the word without its space if it may match inside a word.
fn needle(word: &str) -> &str {
    let bare = word.trim_start();
    if bare.chars().count() < MIN_INNER_MATCH {
        word
    } else {
        bare
    }
}

/// Folded labels of a list.
struct Index {
    /// A line for each code and column in order; empty if there is no label.
    text: String,
    /// Start of each line in the text.
    lines: Vec<u32>,
}

/// Label that matches a search.
struct LabelMatch {
    column: usize,
    position: MatchPosition,
}

fn index(scheme: Scheme) -> &'static Index {
    static CPV: LazyLock<Index> = LazyLock::new(|| Index::of(Scheme::Cpv.list()));
    static NUTS: LazyLock<Index> = LazyLock::new(|| Index::of(Scheme::Nuts.list()));
    match scheme {
        Scheme::Cpv => &CPV,
        Scheme::Nuts => &NUTS,
    }
}

impl Index {
    fn of(list: &CodeList) -> Self {
        let mut text = String::new();
        let mut lines = Vec::with_capacity(list.codes.len() * COLUMNS);
        for label in list.codes.iter().flat_map(|code| code.labels) {
            // The text has a few megabytes, so the conversion never fails.
            lines.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            text.push_str(&words(&fold(label)));
            text.push('\n');
        }
        text.shrink_to_fit();
        Self { text, lines }
    }

    /// Returns the matching labels with the index of their code in the list.
    fn matches(&self, query: &SearchWords) -> Vec<(usize, LabelMatch)> {
        let mut found = Vec::new();
        let Some(needle) = query.longest() else {
            return found;
        };
        let mut from = 0;
        while let Some(at) = self.text[from..].find(needle) {
            let line = self
                .lines
                .partition_point(|start| *start as usize <= from + at)
                - 1;
            let start = self.lines[line] as usize;
            let next = self.lines.get(line + 1);
            let next = next.map_or(self.text.len(), |next| *next as usize);
            if let Some(position) = query.position(&self.text[start..next]) {
                let column = line % COLUMNS;
                found.push((line / COLUMNS, LabelMatch { column, position }));
            }
            from = next;
        }
        found
    }
}

/// Converts to lower case and composes each letter with its diacritics (NFKC).
fn composed(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
