//! Text in one or several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    codes::{one_letter_away, unknown_code_message},
    language::{canonical, is_canonical},
    reader_languages::{ReaderLanguages, understood},
    refusal::{Code, Refusal, Refusals},
};

/// Text by language, in the normal form of [`super::language`]. It may be empty: imported notices
/// lack many texts.
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

    /// Returns the language and text for a reader. If the text exists in none of the reader's
    /// languages, returns it in its own language `main` (if that is known), else in English, else in
    /// the first language by code. A language that the reader refuses is returned last.
    pub fn best(&self, readers: &ReaderLanguages, main: Option<&str>) -> Option<(&str, &str)> {
        let exists = |language: &str| self.0.contains_key(language);
        let wanted = || readers.best(exists);
        let fallbacks = || {
            let own = main.into_iter().flat_map(understood);
            own.chain(["en"]).chain(self.0.keys().map(String::as_str))
        };
        let accepted =
            || fallbacks().find(|language| exists(language) && !readers.refuses(language));
        let any = || fallbacks().find(|language| exists(language));
        let language = wanted().or_else(accepted).or_else(any)?;
        let (language, text) = self.0.get_key_value(language)?;
        Some((language, text))
    }

    /// Returns the language and text in one of the wanted languages.
    pub fn wanted(&self, readers: &ReaderLanguages) -> Option<(&str, &str)> {
        let language = readers.best(|language| self.0.contains_key(language))?;
        let (language, text) = self.0.get_key_value(language)?;
        Some((language, text))
    }

    /// Iterates over languages and texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(l, t)| (l.as_str(), t.as_str()))
    }
}

/// End of the key of a second translation into one language, which [`check_text`] refuses.
pub const REPEATED: &str = " (repeated)";

/// Returns whether a code is a language in the normal form of [`super::language`].
pub fn is_language(code: &str) -> bool {
    is_canonical(code)
}

/// Returns the refusal of a tag that names [no language](canonical), with the nearest codes: `da`
/// for `dk`.
#[must_use]
pub fn not_a_language(tag: &str, field: &[&str]) -> Refusal {
    let shaped = matches!(tag.len(), 2 | 3) && tag.bytes().all(|byte| byte.is_ascii_lowercase());
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    let primary = primary.to_ascii_lowercase();
    let nearest = match canonical(tag).or_else(|| canonical(&primary)) {
        Some(meant) => vec![meant.to_owned()],
        None if primary.len() == 2 => one_letter_away(&primary, 'a'..='z', is_language),
        None => Vec::new(),
    };
    let nearest: Vec<&str> = nearest.iter().map(String::as_str).collect();
    let what = "the tag of a language (BCP 47, e.g. `sv`)";
    let reason = if shaped {
        Code::UnknownCode
    } else {
        Code::Invalid
    };
    Refusal::at(reason, field, unknown_code_message(tag, what, &nearest))
}

/// Checks a text: each language is known, and each translation is not empty, has at most `limit`
/// characters and no forbidden character.
pub fn check_text(text: &LocalizedText, limit: usize, field: &[&str], refusals: &mut Refusals) {
    for (language, text) in text.iter() {
        if let Some(language) = language.strip_suffix(REPEATED) {
            let message = message!(
                "the text has two translations into `{language}`; send one for each language",
                language,
            );
            refusals.push(Refusal::at(Code::Invalid, field, message));
            continue;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(languages: &[&str]) -> LocalizedText {
        let texts = languages.iter();
        LocalizedText(
            texts
                .map(|language| ((*language).to_owned(), format!("in {language}")))
                .collect(),
        )
    }

    #[test]
    fn the_readers_languages_come_first_then_the_texts_own() {
        for (header, exist, main, best) in [
            ("sv", &["en", "sv"][..], Some("en"), Some("sv")),
            ("sv-FI, fi;q=0.5", &["fi", "sv"], None, Some("sv")),
            // Without a wanted language, the text's own.
            ("", &["da", "fi", "sv"], Some("sv"), Some("sv")),
            ("", &["da", "en", "sv"], Some("sv"), Some("sv")),
            ("*", &["da", "sv"], Some("sv"), Some("sv")),
            ("de", &["da", "en", "sv"], Some("sv"), Some("sv")),
            ("fil", &["fi", "sv"], Some("sv"), Some("sv")),
            ("fi", &["fil", "sv"], Some("sv"), Some("sv")),
            // The own language is another form of Norwegian.
            ("", &["en", "nb"], Some("no"), Some("nb")),
            ("nn", &["en", "nb"], Some("en"), Some("nb")),
            // No language of its own, or no text in it.
            ("", &["en", "sv"], None, Some("en")),
            ("fr", &["da", "sv"], None, Some("da")),
            ("", &["da", "fi"], Some("sv"), Some("da")),
            ("", &["und"], None, Some("und")),
            // Refused languages.
            ("sv;q=0", &["da", "sv"], Some("sv"), Some("da")),
            ("sv;q=0, *", &["sv"], Some("sv"), Some("sv")),
            ("sv", &[], Some("sv"), None),
        ] {
            let readers = ReaderLanguages::from_header(header);
            let text = text(exist);
            let found = text.best(&readers, main).map(|(language, _)| language);
            assert_eq!(found, best, "`{header}` of {exist:?}, {main:?}");
        }
    }

    #[test]
    fn a_wanted_language_has_no_other_fallback_than_norwegian() {
        for (tag, exist, found) in [
            ("sv-SE", &["en", "sv"][..], Some("sv")),
            ("nn", &["en", "nb"], Some("nb")),
            ("fi", &["en", "fil"], None),
            ("xx", &["en"], None),
        ] {
            let text = text(exist);
            let wanted = text.wanted(&ReaderLanguages::only(tag));
            assert_eq!(wanted.map(|(language, _)| language), found, "{tag}");
        }
    }

    #[test]
    fn an_unknown_language_is_refused_with_the_nearest() {
        for (tag, reason, ending) in [
            ("xx", Code::UnknownCode, "the nearest is xh"),
            ("dk", Code::UnknownCode, "the nearest are da, de, dv"),
            ("zzz", Code::UnknownCode, "e.g. `sv`)"),
            ("sv--SE", Code::Invalid, "the nearest is sv"),
            ("Swedish", Code::Invalid, "e.g. `sv`)"),
            ("ÅÄ", Code::Invalid, "e.g. `sv`)"),
            ("", Code::Invalid, "e.g. `sv`)"),
        ] {
            assert!(!is_language(tag), "{tag}");
            let refusal = not_a_language(tag, &["language"]);
            assert_eq!(refusal.code, reason, "{tag}");
            assert!(
                refusal.message.to_string().contains(ending),
                "{}",
                refusal.message
            );
        }
    }
}
