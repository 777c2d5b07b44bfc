//! Text in one or several languages.

use std::collections::BTreeMap;

use isolang::Language;
use serde::{Deserialize, Serialize};

use super::{
    codes::{one_letter_away, unknown_code_message},
    refusal::{Code, Refusal, Refusals},
};

/// Text by language (ISO 639-1, lower case). It may be empty: imported notices lack many texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalizedText(pub BTreeMap<String, String>);

impl LocalizedText {
    /// Creates a text in one language; empty if `text` is empty.
    pub fn of(language: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::default();
        }
        Self(BTreeMap::from([(language.to_owned(), text)]))
    }

    /// Returns whether there is no text in any language.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the language and text for a reader who prefers `languages` in that order. Falls back
    /// to English, then to the first text.
    pub fn best(&self, languages: &[String]) -> Option<(&str, &str)> {
        languages
            .iter()
            .map(String::as_str)
            .chain(["en"])
            .find_map(|language| self.0.get_key_value(language))
            .or_else(|| self.0.first_key_value())
            .map(|(language, text)| (language.as_str(), text.as_str()))
    }

    /// Iterates over languages and texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(l, t)| (l.as_str(), t.as_str()))
    }
}

/// Returns whether a code is a language of ISO 639-1 in lower case.
pub fn is_language(code: &str) -> bool {
    Language::from_639_1(code).is_some()
}

/// Returns the refusal of a code that is [not a language](is_language), with the nearest ones: `sv`
/// for `SV`, `sv-SE` and `swe`.
#[must_use]
pub fn not_a_language(code: &str, field: &[&str]) -> Refusal {
    let shaped = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
    let primary = code.split(['-', '_']).next().unwrap_or_default();
    let primary = primary.to_ascii_lowercase();
    let meant = Language::from_639_1(&primary).or_else(|| Language::from_639_3(&primary));
    let nearest = match meant.and_then(|language| language.to_639_1()) {
        Some(meant) => vec![meant.to_owned()],
        None if primary.len() == 2 => one_letter_away(&primary, 'a'..='z', is_language),
        None => Vec::new(),
    };
    let nearest: Vec<&str> = nearest.iter().map(String::as_str).collect();
    let what = "a language code (ISO 639-1, two lower-case letters, e.g. `sv`)";
    let reason = if shaped {
        Code::UnknownCode
    } else {
        Code::Invalid
    };
    Refusal::at(reason, field, unknown_code_message(code, what, &nearest))
}

/// Checks a text: each language is known, and each translation is not empty, has at most `limit`
/// characters and no forbidden character.
pub fn check_text(text: &LocalizedText, limit: usize, field: &[&str], refusals: &mut Refusals) {
    for (language, text) in text.iter() {
        refusals.require(is_language(language), || not_a_language(language, field));
        refusals.require(!text.chars().any(is_forbidden), || {
            let message = message!(
                "the text in `{language}` contains control characters or direction marks; remove them",
                language,
            );
            Refusal::at(Code::Invalid, field, message)
        });
        refusals.require(has_letter_or_digit(text), || {
            let message = message!(
                "the text in `{language}` has no letter or digit; write it or omit the language",
                language,
            );
            Refusal::at(Code::Required, field, message)
        });
        refusals.require(text.chars().count() <= limit, || {
            let message = message!(
                "the text in `{language}` is longer than {limit} characters; shorten it",
                language,
                limit,
            );
            Refusal::at(Code::TooLong, field, message)
        });
    }
}

/// Returns whether a text has a letter or digit. Punctuation and invisible characters alone are not
/// a text.
pub fn has_letter_or_digit(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Returns whether a character is invisible or changes the text direction. Names may not contain
/// such characters, since they can imitate other names.
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Returns whether a text may not contain a character: control characters other than tabs and line
/// ends, and characters that change the text direction.
pub fn is_forbidden(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    control || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the languages of an `Accept-Language` header (RFC 9110 §12.5.4) by descending quality.
/// Only the first 16 entries count.
pub fn accepted_languages(header: &str) -> Vec<String> {
    let mut accepted: Vec<(f32, String)> = header
        .split(',')
        .take(16)
        .filter_map(|part| {
            let mut pieces = part.trim().split(';');
            let tag = pieces.next()?.get(..2)?.to_ascii_lowercase();
            let quality = pieces
                .find_map(|p| p.trim().strip_prefix("q=")?.parse().ok())
                .unwrap_or(1.0);
            (is_language(&tag) && quality > 0.0).then_some((quality, tag))
        })
        .collect();
    accepted.sort_by(|a, b| b.0.total_cmp(&a.0));
    accepted.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_text_is_preferred_then_english_then_any() {
        let text = LocalizedText(BTreeMap::from([
            ("en".into(), "Cleaning".into()),
            ("sv".into(), "Lokalvård".into()),
        ]));
        assert_eq!(text.best(&["sv".into()]), Some(("sv", "Lokalvård")));
        assert_eq!(text.best(&["fi".into()]), Some(("en", "Cleaning")));
        let only = LocalizedText::of("fi", "Siivous");
        assert_eq!(only.best(&["sv".into()]), Some(("fi", "Siivous")));
        assert_eq!(LocalizedText::default().best(&[]), None);
    }

    #[test]
    fn a_language_is_a_lower_case_iso_639_1_code() {
        for code in [
            "sv", "en", "fi", "nb", "nn", "no", "da", "de", "se", "fr", "pl",
        ] {
            assert!(is_language(code), "{code}");
        }
        for (code, reason, ending) in [
            ("xx", Code::UnknownCode, "the nearest is xh"),
            ("dk", Code::UnknownCode, "the nearest are da, de, dv"),
            ("SV", Code::Invalid, "the nearest is sv"),
            ("sv-SE", Code::Invalid, "the nearest is sv"),
            ("swe", Code::Invalid, "the nearest is sv"),
            ("Swedish", Code::Invalid, "e.g. `sv`)"),
            ("ÅÄ", Code::Invalid, "e.g. `sv`)"),
            ("", Code::Invalid, "e.g. `sv`)"),
        ] {
            assert!(!is_language(code), "{code}");
            let refusal = not_a_language(code, &["language"]);
            assert_eq!(refusal.code, reason, "{code}");
            assert!(
                refusal.message.to_string().contains(ending),
                "{}",
                refusal.message
            );
        }
    }

    #[test]
    fn accepted_languages_are_ordered_by_quality() {
        for (header, wanted) in [
            ("sv", vec!["sv"]),
            ("en;q=0.5, fi-FI", vec!["fi", "en"]),
            ("da;q=0, nb", vec!["nb"]),
            ("*, ,é", vec![]),
        ] {
            assert_eq!(accepted_languages(header), wanted, "{header}");
        }
    }
}
