//! Text that buyers write, in one or several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Text by language: ISO 639-1 code in lower case → text. May be empty (imported notices lack much).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalizedText(pub BTreeMap<String, String>);

impl LocalizedText {
    /// Text in one language; empty text makes an empty value.
    pub fn of(language: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            return Self::default();
        }
        Self(BTreeMap::from([(language.to_owned(), text)]))
    }

    /// No text in any language?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text for a reader who prefers `wanted` in that order: else English, else the first there is.
    /// Answers language and text.
    pub fn best(&self, wanted: &[String]) -> Option<(&str, &str)> {
        wanted
            .iter()
            .map(String::as_str)
            .chain(["en"])
            .find_map(|language| self.0.get_key_value(language))
            .or_else(|| self.0.first_key_value())
            .map(|(language, text)| (language.as_str(), text.as_str()))
    }

    /// All texts, by language.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(l, t)| (l.as_str(), t.as_str()))
    }
}

/// Is this a language code as we use them: two lower-case letters (ISO 639-1)?
pub fn is_language(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The languages of an `Accept-Language` header (RFC 9110 §12.5.4), the most wanted first.
pub fn accepted_languages(header: &str) -> Vec<String> {
    let mut wanted: Vec<(f32, String)> = header
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
    wanted.sort_by(|a, b| b.0.total_cmp(&a.0));
    wanted.into_iter().map(|(_, tag)| tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_text_is_the_wanted_one_then_english_then_any() {
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
    fn accept_language_is_read_by_quality() {
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
