//! Search of a code list as a person types: words of a label in any language, or the beginning of a
//! code.
//!
//! A search of both lists takes less than a millisecond, so it needs no thread of its own: an
//! [`Index`] knows the labels of each word.

mod index;

use unicode_normalization::UnicodeNormalization;

use super::{Code, CodeList, Scheme};
use crate::kernel::folding::{fold, words};
use index::index;

/// Maximum number of characters of a search.
pub const SEARCH_LIMIT: usize = 100;

/// Minimum number of characters of a word that may match inside another word. Shorter ones would
/// match almost everywhere, so they match at the beginning of words only.
const MIN_INNER_MATCH: usize = 3;

/// Builds the indexes of both lists, which otherwise the first search of a list does. It takes some
/// tenths of a second.
pub fn prepare() {
    index(Scheme::Cpv);
    index(Scheme::Nuts);
}

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
    let (list, index) = (scheme.list(), index(scheme));
    let mut ranks: Vec<Option<Rank>> = vec![None; list.codes.len()];
    for (code, rank) in by_code(list, text.trim()) {
        ranks[code] = Some(rank);
    }
    let query = SearchWords::new(text);
    let preferred = scheme.preferred_columns(language);
    for found in index.matches(&query) {
        let code = &list.codes[found.code];
        let rank = Rank {
            is_other_language: code.first_labelled(&preferred) != Some(found.column),
            has_other_diacritics: !index.has_same_diacritics(&found, &query),
            position: found.position,
        };
        let best = ranks[found.code].get_or_insert(rank);
        *best = rank.min(*best);
    }
    let ranked = ranks.into_iter().zip(&list.codes);
    let mut ranked: Vec<_> = ranked
        .filter_map(|(rank, code)| Some((rank?, code.level(), code.index)))
        .collect();
    ranked.sort_unstable();
    let codes = ranked.into_iter();
    codes
        .map(|(_, _, index)| &list.codes[usize::from(index)])
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// Returns the codes that are equal to `text` or start with it, by their index in the list.
fn by_code(list: &'static CodeList, text: &str) -> Vec<(usize, Rank)> {
    let written = text.to_ascii_uppercase();
    let stem = written.split('-').next().unwrap_or_default();
    if stem.is_empty() {
        return Vec::new();
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
    /// Different words, the longest first.
    words: Vec<String>,
    /// Words in lower case with their diacritics; `None` if the search has none.
    with_diacritics: Option<Vec<String>>,
}

impl SearchWords {
    fn new(text: &str) -> Self {
        let phrase = words(&fold(text));
        let mut words: Vec<String> = phrase
            .split_whitespace()
            .map(|word| format!(" {word}"))
            .collect();
        words.sort_unstable_by(|a, b| (b.len(), a).cmp(&(a.len(), b)));
        words.dedup();
        let lower = composed(text);
        let with_diacritics = (fold(text) != lower).then(|| {
            let words = lower.split(|letter: char| !letter.is_alphanumeric());
            words.map(str::to_owned).collect()
        });
        Self {
            phrase,
            words,
            with_diacritics,
        }
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

/// Converts to lower case and composes each letter with its diacritics (NFKC).
fn composed(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
