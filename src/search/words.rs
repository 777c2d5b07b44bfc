//! The words that a person types into the search: reads the syntax of phrases and exclusions, and
//! writes a query in the syntax of Meilisearch.
//!
//! Meilisearch reads a quotation mark anywhere as the start of a phrase, a minus before any word as
//! an exclusion, and ten terms of a query. Here, only what is written as a phrase or an exclusion
//! is one, and of a longer query the ten most telling terms are searched.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::kernel::folding::{fold, words};

/// Maximum number of terms of a query that Meilisearch uses; a phrase is one term.
const MAX_TERMS: usize = 10;
/// Maximum number of excluded words and phrases that are used.
const MAX_EXCLUSIONS: usize = 10;

/// A query in the syntax of Meilisearch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchWords {
    /// Query for the engine; empty if the text has no words.
    pub query: String,
    /// Whether the text has more terms than the engine uses, so that some were left out.
    pub shortened: bool,
    /// Key of the title that the whole text may be; see [`title_key`].
    pub title_key: Option<String>,
}

/// Part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term<'t> {
    text: &'t str,
    is_phrase: bool,
    is_excluded: bool,
}

impl SearchWords {
    /// Reads the text of a query.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (excluded, mut wanted): (Vec<_>, Vec<_>) =
            terms(text).into_iter().partition(|term| term.is_excluded);
        let shortened = wanted.iter().map(Term::length).sum::<usize>() > MAX_TERMS;
        if shortened {
            keep_telling(&mut wanted);
        }
        let mut query = String::new();
        // Exclusions come first: the engine reads no further than the tenth term.
        for term in excluded.iter().take(MAX_EXCLUSIONS).chain(&wanted) {
            if !query.is_empty() {
                query.push(' ');
            }
            term.write(&mut query);
        }
        Self {
            query,
            shortened,
            title_key: title_key(text),
        }
    }

    /// Returns whether the text has no words; such a query matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.query.is_empty()
    }
}

/// Returns a key that is equal for titles with the same words. `None` for titles all of whose words
/// a query can use, which need no key to be found.
#[must_use]
pub fn title_key(title: &str) -> Option<String> {
    let folded = words(&fold(title));
    folded.split_whitespace().nth(MAX_TERMS)?;
    let hash = Sha256::digest(folded.trim());
    let mut key = String::with_capacity(32);
    for byte in hash.iter().take(16) {
        let _ = write!(key, "{byte:02x}");
    }
    Some(key)
}

impl Term<'_> {
    /// Returns the number of terms that the engine reads: the parts between punctuation, of a
    /// phrase one.
    fn length(&self) -> usize {
        if self.is_phrase {
            return 1;
        }
        parts(self.text).count()
    }

    /// Returns what makes a word telling: digits, as in a number of a lot or a file, then its
    /// length, because in languages with compounds long words carry the topic.
    fn weight(&self) -> (bool, usize) {
        let has_digit = self.text.chars().any(char::is_numeric);
        (has_digit, self.text.chars().count())
    }

    fn write(&self, query: &mut String) {
        // A quotation mark inside a word is no syntax, and neither is a minus after it.
        let pieces = self.text.split(['"', ' ']);
        let pieces = pieces.map(|piece| piece.trim_matches(|c: char| !c.is_alphanumeric()));
        let pieces: Vec<&str> = pieces.filter(|piece| !piece.is_empty()).collect();
        let text = pieces.join(" ");
        // An excluded word of several parts, such as `e-handel`, is excluded as a phrase; without
        // quotation marks the engine would exclude its first part only.
        let quoted = self.is_phrase || (self.is_excluded && self.length() > 1);
        let (minus, mark) = (
            if self.is_excluded { "-" } else { "" },
            if quoted { "\"" } else { "" },
        );
        let _ = write!(query, "{minus}{mark}{text}{mark}");
    }
}

/// Keeps phrases and the most telling words, at most as many as the engine uses, in their order.
fn keep_telling(terms: &mut Vec<Term<'_>>) {
    let mut places: Vec<usize> = (0..terms.len()).collect();
    places.sort_by_key(|place| {
        let term = &terms[*place];
        (!term.is_phrase, std::cmp::Reverse(term.weight()))
    });
    let (mut kept, mut known, mut left) = (vec![false; terms.len()], Vec::new(), MAX_TERMS);
    for place in places {
        let folded = fold(terms[place].text);
        let length = terms[place].length();
        if length <= left && !known.contains(&folded) {
            (kept[place], left) = (true, left - length);
            known.push(folded);
        }
    }
    let mut kept = kept.into_iter();
    terms.retain(|_| kept.next().unwrap_or_default());
}

/// Returns the parts of a word between punctuation.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let parts = word.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty())
}

/// Splits a query into words and phrases.
fn terms(text: &str) -> Vec<Term<'_>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (term, after) = next_term(rest);
        found.extend(term);
        rest = after.trim_start();
    }
    found
}

/// Reads one term at the start of a text; returns it and the text after it.
fn next_term(text: &str) -> (Option<Term<'_>>, &str) {
    let opened = text.trim_start_matches(['(', '[', '{']);
    let (is_excluded, after_minus) = match opened.strip_prefix('-') {
        Some(after) => (true, after),
        None => (false, opened),
    };
    if let Some((phrase, after)) = phrase(after_minus) {
        let term = Term {
            text: phrase,
            is_phrase: true,
            is_excluded,
        };
        return (Some(term), after);
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let term = Term {
        text: bare,
        is_phrase: false,
        // `-0412` and `- drift` are numbers and dashes, no exclusions.
        is_excluded: is_excluded && after_minus.starts_with(char::is_alphabetic),
    };
    (Some(term).filter(|term| !term.text.is_empty()), after)
}

/// Reads a phrase: a quotation mark directly before a word, and one directly after a word that ends
/// there. An inch mark (`24"`) follows a number, so it opens no phrase.
fn phrase(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    if !inner.starts_with(char::is_alphanumeric) {
        return None;
    }
    let closes = |(at, _): &(usize, &str)| {
        let before = inner[..*at].chars().next_back();
        let after = inner[at + 1..].chars().next();
        before.is_some_and(|c| !c.is_whitespace()) && !after.is_some_and(char::is_alphanumeric)
    };
    let (end, _) = inner.match_indices('"').find(closes)?;
    Some((&inner[..end], &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phrases_and_exclusions_are_read_as_documented() {
        for (text, query) in [
            ("", ""),
            (" ?! – \" - -- \"\" \" \"", ""),
            ("Städning av skolor", "Städning av skolor"),
            // Inch marks and unclosed quotation marks.
            ("24\" skärmar", "24 skärmar"),
            ("skärmar 24\" och 27\" till", "skärmar 24 och 27 till"),
            ("\"24\" skärmar", "\"24\" skärmar"),
            ("\"trygg hemma", "trygg hemma"),
            ("trygg hemma\"", "trygg hemma"),
            ("trygg\" hemma", "trygg hemma"),
            ("” Trygg hemma”", "Trygg hemma"),
            (
                "Projektet ”Trygg hemma” i Citatby",
                "Projektet Trygg hemma i Citatby",
            ),
            ("skärm 15,6\"/27\" a\"-b", "skärm 15,6 27 a b"),
            // Phrases.
            ("\"trygg hemma\" stöd", "\"trygg hemma\" stöd"),
            ("(\"trygg hemma\")", "\"trygg hemma\""),
            ("\"trygg hemma\", stöd", "\"trygg hemma\" stöd"),
            ("\"trygg\"hemma\" stöd", "\"trygg hemma\" stöd"),
            // Numbers with dashes, dashes between words.
            ("-0412", "0412"),
            ("KS-2026-0412", "KS-2026-0412"),
            ("KS -2026 -0412", "KS 2026 0412"),
            (
                "E-handelssystem – drift - support",
                "E-handelssystem drift support",
            ),
            ("–drift −support --moln", "drift support moln"),
            ("-24\" skärmar", "24 skärmar"),
            // Exclusions.
            ("städning -skola", "-skola städning"),
            ("-skola", "-skola"),
            ("städning -e-handel", "-\"e-handel\" städning"),
            ("städning -\"södra skolan\"", "-\"södra skolan\" städning"),
            ("städning -skola, -kontor.", "-skola -kontor städning"),
            ("(-skola)", "-skola"),
        ] {
            assert_eq!(SearchWords::read(text).query, query, "{text}");
        }
    }

    #[test]
    fn the_telling_terms_of_a_long_query_are_kept() {
        let title = "Ramavtal för drift och underhåll av kommunens samtliga anläggningar och fastigheter inom distrikt 7";
        let read = SearchWords::read(title);
        assert_eq!(
            read.query,
            "Ramavtal drift underhåll kommunens samtliga anläggningar fastigheter inom distrikt 7"
        );
        assert!(read.shortened);
        assert_eq!(read.title_key, title_key(&title.to_uppercase()));
        let long = format!("-kontor \"trygg hemma\" {title} \"norra delen\"");
        assert_eq!(
            SearchWords::read(&long).query,
            "-kontor \"trygg hemma\" Ramavtal underhåll kommunens samtliga anläggningar fastigheter distrikt 7 \"norra delen\""
        );
        let ten = SearchWords::read("a b c d e f g h i j");
        assert_eq!((ten.shortened, ten.title_key), (false, None));
        let eleven = SearchWords::read("a b c d e f g h i j-k");
        assert!(eleven.shortened && eleven.title_key.is_some());
        assert_eq!(SearchWords::read(&"av ".repeat(200)).query, "av");
    }

    proptest! {
        #[test]
        fn the_engine_reads_no_other_syntax(text in "([-\"( ]{0,3}[a-z0-9åÅ–”/.,]{0,6}[\") ]{0,2}){0,14}") {
            let query = SearchWords::read(&text).query;
            // Every quotation mark opens after a space or minus, or closes before a space.
            let mut open = false;
            let mut before = ' ';
            let mut characters = query.chars().peekable();
            while let Some(character) = characters.next() {
                if character == '"' {
                    if open {
                        prop_assert!(characters.peek().is_none_or(|next| *next == ' '), "{query}");
                    } else {
                        prop_assert!(matches!(before, ' ' | '-'), "{query}");
                    }
                    open = !open;
                }
                if character == '-' && before == ' ' && !open {
                    let next = characters.peek().copied().unwrap_or(' ');
                    prop_assert!(next == '"' || next.is_alphabetic(), "{query}");
                }
                before = character;
            }
            prop_assert!(!open, "{query}");
        }
    }
}
