//! Highlights: the passages of a result that match a query, as the engine marks them.

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation;

use crate::kernel::reader_languages::{ReaderLanguages, understood};

/// Mark of the engine before a match. Indexed texts have no private-use characters, so that the
/// marks cannot be mistaken for text.
pub const PRE: &str = "\u{E000}";
/// Mark of the engine after a match.
pub const POST: &str = "\u{E001}";

/// Field of a procurement that a search finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Title,
    Ocid,
    Buyer,
    Summary,
    Lot,
    Cpv,
    Description,
    Nuts,
    Aim,
    Question,
    Answer,
}

impl Field {
    /// All fields, the most important first: a match in an earlier field ranks higher.
    pub const ALL: [Self; 11] = [
        Self::Title,
        Self::Ocid,
        Self::Buyer,
        Self::Summary,
        Self::Lot,
        Self::Cpv,
        Self::Description,
        Self::Nuts,
        Self::Aim,
        Self::Question,
        Self::Answer,
    ];

    /// Returns the attribute of the search document.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Ocid => "ocid",
            Self::Buyer => "buyer",
            Self::Summary => "summary",
            Self::Lot => "lots",
            Self::Cpv => "cpvLabels",
            Self::Description => "description",
            Self::Nuts => "nutsLabels",
            Self::Aim => "aimLabels",
            Self::Question => "questions",
            Self::Answer => "answers",
        }
    }

    /// Returns the maximum length of a passage in words; `None` for fields that are short.
    #[must_use]
    pub fn passage(self) -> Option<usize> {
        match self {
            Self::Title | Self::Lot => Some(60),
            Self::Summary | Self::Description | Self::Question | Self::Answer => Some(40),
            Self::Ocid | Self::Buyer | Self::Cpv | Self::Nuts | Self::Aim => None,
        }
    }
}

/// Passage that matches a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Field that the passage is from.
    pub field: Field,
    /// Language of the passage; `None` for names and identifiers.
    pub language: Option<String>,
    /// The passage in parts, matches and other text in turn.
    pub parts: Vec<Part>,
}

/// Part of a passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    pub is_match: bool,
}

impl Highlight {
    /// Returns the passage as HTML: the text is escaped for elements and attributes, and each match
    /// is in a `<mark>`.
    #[must_use]
    pub fn html(&self) -> String {
        let mut html = String::new();
        for part in &self.parts {
            if part.is_match {
                html.push_str("<mark>");
            }
            for character in part.text.chars() {
                match character {
                    '&' => html.push_str("&amp;"),
                    '<' => html.push_str("&lt;"),
                    '>' => html.push_str("&gt;"),
                    '"' => html.push_str("&quot;"),
                    '\'' => html.push_str("&#39;"),
                    other => html.push(other),
                }
            }
            if part.is_match {
                html.push_str("</mark>");
            }
        }
        html
    }
}

/// Returns the marked passages of a result: the first of each field and language.
#[must_use]
pub fn passages(formatted: &Map<String, Value>) -> Vec<Highlight> {
    let mut found = Vec::new();
    for field in Field::ALL {
        if let Some(value) = formatted.get(field.attribute()) {
            collect(field, None, value, &mut found);
        }
    }
    found
}

/// Returns at most one passage of each field: in the best of the reader's languages, else in the
/// main language of the notice, else in the first language by code. A language that the reader
/// refuses is returned last.
#[must_use]
pub fn best(
    passages: Vec<Highlight>,
    readers: &ReaderLanguages,
    main: Option<&str>,
) -> Vec<Highlight> {
    let mut best = Vec::new();
    for field in Field::ALL {
        let in_field = || passages.iter().filter(|passage| passage.field == field);
        let exists = |language: &str| {
            in_field().any(|passage| passage.language.as_deref() == Some(language))
        };
        let own = || main.into_iter().flat_map(understood);
        let accepted = |passage: &&Highlight| {
            let language = passage.language.as_deref();
            !language.is_some_and(|language| readers.refuses(language))
        };
        let in_language = |language| in_field().find(|one| one.language.as_deref() == language);
        let wanted = (readers.best(exists))
            .or_else(|| own().find(|language| exists(language) && !readers.refuses(language)));
        let shown = match wanted {
            Some(language) => in_language(Some(language)),
            None => in_field()
                .find(accepted)
                .or_else(|| in_language(own().find(|language| exists(language))))
                .or_else(|| in_field().next()),
        };
        best.extend(shown.cloned());
    }
    best
}

/// Collects the marked texts of a value, which is a text, a list, or an object by language.
fn collect(field: Field, language: Option<&str>, value: &Value, found: &mut Vec<Highlight>) {
    match value {
        Value::String(text) if text.contains(PRE) => {
            let is_known =
                |known: &Highlight| known.field == field && known.language.as_deref() == language;
            if !found.iter().any(is_known) {
                found.push(Highlight {
                    field,
                    language: language.map(str::to_owned),
                    parts: parts(text),
                });
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(field, language, item, found);
            }
        }
        Value::Object(members) => {
            for (language, member) in members {
                collect(field, Some(language), member, found);
            }
        }
        _ => {}
    }
}

/// Splits a marked text. A part never ends inside a character that consists of several code points,
/// such as a letter with a combining accent; unbalanced marks are closed.
fn parts(marked: &str) -> Vec<Part> {
    let (mut text, mut is_match) = (String::new(), Vec::new());
    let mut inside = false;
    for character in marked.chars() {
        match character {
            '\u{E000}' => inside = true,
            '\u{E001}' => inside = false,
            other => {
                text.push(other);
                is_match.push(inside);
            }
        }
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut matches = is_match.into_iter();
    for grapheme in text.graphemes(true) {
        let own: Vec<bool> = matches.by_ref().take(grapheme.chars().count()).collect();
        let is_match = own.contains(&true);
        match parts.last_mut() {
            Some(last) if last.is_match == is_match => last.text.push_str(grapheme),
            _ => parts.push(Part {
                text: grapheme.to_owned(),
                is_match,
            }),
        }
    }
    parts
}

/// Returns a text without private-use characters, which a highlight could not tell from marks.
#[must_use]
pub fn without_marks(text: &str) -> String {
    text.chars().filter(|c| !is_private_use(*c)).collect()
}

fn is_private_use(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(formatted: Value) -> Vec<Highlight> {
        passages(formatted.as_object().unwrap())
    }

    #[test]
    fn passages_name_their_field_and_language() {
        let found = of(json!({
            "title": { "sv": "\u{E000}Städ\u{E001}", "en": "Cleaning" },
            "buyer": ["Byby", "\u{E000}Städ\u{E001}bolaget"],
            "lots": [{ "sv": "Norra" }, { "sv": "\u{E000}Städ\u{E001} 1" }, { "sv": "\u{E000}Städ\u{E001} 2" }],
            "cpvLabels": { "nb": ["annet", "\u{E000}Renhold\u{E001}"] },
            "answers": [{ "en": "\u{E000}Clean\u{E001}" }],
            "ocid": "ocds-1",
        }));
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.field, one.language.as_deref(), one.html()))
            .collect();
        assert_eq!(
            shown,
            [
                (Field::Title, Some("sv"), "<mark>Städ</mark>".to_owned()),
                (Field::Buyer, None, "<mark>Städ</mark>bolaget".to_owned()),
                (Field::Lot, Some("sv"), "<mark>Städ</mark> 1".to_owned()),
                (Field::Cpv, Some("nb"), "<mark>Renhold</mark>".to_owned()),
                (Field::Answer, Some("en"), "<mark>Clean</mark>".to_owned()),
            ]
        );
    }

    #[test]
    fn html_is_escaped_except_for_the_marks() {
        let found =
            of(json!({ "title": { "sv": "<mark>\u{E000}Stad\u{E001}</mark> & \"co's\"" } }));
        assert_eq!(
            found[0].html(),
            "&lt;mark&gt;<mark>Stad</mark>&lt;/mark&gt; &amp; &quot;co&#39;s&quot;"
        );
    }

    #[test]
    fn matches_end_between_whole_characters() {
        for (marked, html) in [
            ("\u{E000}e\u{E001}\u{301}tude", "<mark>e\u{301}</mark>tude"),
            (
                "\u{E000}👨\u{E001}\u{200D}👩 x",
                "<mark>👨\u{200D}👩</mark> x",
            ),
            ("a \u{E000}b", "a <mark>b</mark>"),
            (
                "a\u{E001} b\u{E000}c\u{E000}d\u{E001}e\u{E001}",
                "a b<mark>cd</mark>e",
            ),
            ("\u{E000}\u{E001}a\u{E000}b\u{E001}", "a<mark>b</mark>"),
        ] {
            assert_eq!(
                of(json!({ "title": { "sv": marked } }))[0].html(),
                html,
                "{marked}"
            );
        }
    }

    #[test]
    fn one_passage_of_a_field_is_shown_in_the_best_language() {
        let in_all = || {
            of(
                json!({ "title": { "da": "\u{E000}a\u{E001}", "nb": "\u{E000}b\u{E001}", "sv": "\u{E000}c\u{E001}" }, "buyer": ["\u{E000}d\u{E001}"] }),
            )
        };
        for (header, main, language) in [
            ("sv", Some("da"), "sv"),
            ("nn, sv;q=0.5", None, "nb"),
            ("", Some("sv"), "sv"),
            ("", Some("no"), "nb"),
            ("fi", None, "da"),
            ("sv;q=0", Some("sv"), "da"),
            ("da;q=0, sv;q=0", None, "nb"),
            ("da;q=0, sv;q=0, nb;q=0", Some("sv"), "sv"),
        ] {
            let shown = best(in_all(), &ReaderLanguages::from_header(header), main);
            assert_eq!(shown.len(), 2);
            assert_eq!(shown[0].language.as_deref(), Some(language), "{header}");
        }
    }

    proptest! {
        #[test]
        fn highlights_are_well_formed(marked in "([<>&\"'a-c\u{301}\u{200D}👩\u{E000}\u{E001}]|</?mark>){0,24}") {
            let plain: String = marked.chars().filter(|c| !is_private_use(*c)).collect();
            let highlight = Highlight { field: Field::Title, language: None, parts: parts(&marked) };
            let html = highlight.html();
            let without = html.replace("<mark>", "\u{E000}").replace("</mark>", "\u{E001}");
            prop_assert!(!without.contains(['<', '>', '"', '\'']));
            let marks: String = without.chars().filter(|c| is_private_use(*c)).collect();
            prop_assert_eq!(marks.replace("\u{E000}\u{E001}", ""), "");
            let text: String = highlight.parts.iter().map(|part| part.text.as_str()).collect();
            prop_assert_eq!(text, plain);
        }
    }
}
