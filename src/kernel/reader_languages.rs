//! The languages that a reader wants, and the choice among the languages that exist: the lookup of
//! RFC 4647 §3.4 on the normal forms of [`language`].

use std::{iter, sync::Arc};

use super::language::canonical;

/// Maximum number of ranges of a header that count.
const MAX_RANGES: usize = 32;

/// Languages of a reader, in order of preference. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderLanguages(Arc<Ranges>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Ranges {
    /// Wanted languages in normal form, the preferred first.
    wanted: Vec<&'static str>,
    /// Languages that the reader refuses (`q=0`).
    refused: Vec<&'static str>,
}

impl ReaderLanguages {
    /// Reads an `Accept-Language` header (RFC 9110 §12.5.4). Ranges that are malformed, or that
    /// name no known language, are ignored. A region or script is left out: `sv-FI` wants `sv`. The
    /// range `*` accepts any language, so ranges after it do not count.
    #[must_use]
    pub fn from_header(header: &str) -> Self {
        let mut ranges: Vec<(f32, &str)> = header
            .split(',')
            .take(MAX_RANGES)
            .filter_map(read_range)
            .collect();
        // The sort is stable: of equal weights, the first range is preferred.
        ranges.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut wanted = Vec::new();
        let is_wanted = |(weight, tag): &&(f32, &str)| *weight > 0.0 && *tag != "*";
        for language in (ranges.iter().take_while(is_wanted)).filter_map(|(_, tag)| canonical(tag))
        {
            if !wanted.contains(&language) {
                wanted.push(language);
            }
        }
        // `sv-FI;q=0` refuses one variety, which is not distinguished here.
        let refused = ranges
            .iter()
            .filter(|(weight, tag)| *weight == 0.0 && !tag.contains('-'))
            .filter_map(|(_, tag)| canonical(tag))
            .filter(|language| !wanted.contains(language))
            .collect();
        Self(Arc::new(Ranges { wanted, refused }))
    }

    /// Returns the languages of a reader who wants exactly this one; none if the tag names no known
    /// language.
    #[must_use]
    pub fn only(tag: &str) -> Self {
        let wanted = canonical(tag).into_iter().collect();
        let refused = Vec::new();
        Self(Arc::new(Ranges { wanted, refused }))
    }

    /// Iterates over the wanted languages, the preferred first.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.wanted.iter().copied()
    }

    /// Returns the best language for which `exists` is true; `None` if the reader wants none of
    /// them. Each wanted language is followed by those that its readers understand as well.
    pub fn best(&self, exists: impl Fn(&str) -> bool) -> Option<&'static str> {
        self.iter()
            .flat_map(understood)
            .find(|language| exists(language))
    }

    /// Returns whether the reader refuses a language.
    #[must_use]
    pub fn refuses(&self, language: &str) -> bool {
        self.0.refused.contains(&language)
    }
}

/// The written forms of Norwegian, each with the ones that its readers understand as well.
const NORWEGIAN: [[&str; 3]; 3] = [["nb", "no", "nn"], ["nn", "no", "nb"], ["no", "nb", "nn"]];

/// Returns the languages in which a reader of `language` reads a text, in order of preference: the
/// language itself, and for a written form of Norwegian the other ones.
pub fn understood(language: &str) -> impl Iterator<Item = &str> {
    let forms = NORWEGIAN.iter().find(|forms| forms[0] == language);
    let others = forms.into_iter().flat_map(|forms| &forms[1..]).copied();
    iter::once(language).chain(others)
}

/// Returns the weight and the tag of a range; `None` if it is malformed.
fn read_range(range: &str) -> Option<(f32, &str)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    match weight {
        None => Some((1.0, tag)),
        Some(weight) => Some((read_weight(weight)?, tag)),
    }
}

/// Reads a weight (RFC 9110 §12.4.2): 0 to 1 with at most three decimals.
fn read_weight(text: &str) -> Option<f32> {
    let is_written_as_weight = text.len() <= 5
        && text.starts_with(['0', '1'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let weight: f32 = text.parse().ok()?;
    (is_written_as_weight && (0.0..=1.0).contains(&weight)).then_some(weight)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_is_read_by_weight() {
        for (header, wanted) in [
            ("sv", &["sv"][..]),
            ("sv-FI", &["sv"]),
            ("fil", &["fil"]),
            ("fil-PH, fi;q=0.5", &["fil", "fi"]),
            ("swe, deu;q=0.5", &["sv", "de"]),
            ("en;q=0.5, fi-FI", &["fi", "en"]),
            ("en-GB,en;q=0.9,sv;q=0.8", &["en", "sv"]),
            ("da ; q=0.3 , nb ; Q=0.4", &["nb", "da"]),
            ("da;q=0, nb", &["nb"]),
            ("sv;q=0.001,fi;q=1.000", &["fi", "sv"]),
            ("zh-Hant-TW, yue", &["zh", "yue"]),
            ("*", &[]),
            ("sv, *;q=0.5, en;q=0.1", &["sv"]),
            ("sv;q=0.1, *;q=0.5", &[]),
            ("*;q=0, sv", &["sv"]),
            // Malformed ranges do not spoil the others.
            ("", &[]),
            (", ,é, sv", &["sv"]),
            (
                "sv;q=abc, fi;q=2, da;q=-1, de;q=NaN, nb;q=0.1234, en;q=",
                &[],
            ),
            ("svenska, sv--SE, xx, fi", &["fi"]),
            ("s, sv_FI", &["sv"]),
        ] {
            let read = ReaderLanguages::from_header(header);
            assert_eq!(read.iter().collect::<Vec<_>>(), wanted, "{header}");
        }
    }

    #[test]
    fn a_refused_language_is_known() {
        let readers = ReaderLanguages::from_header("en;q=0, sv-FI;q=0.0, fi;q=0, fi-FI;q=0.1");
        assert!(readers.refuses("en"));
        assert!(!readers.refuses("sv") && !readers.refuses("fi") && !readers.refuses("da"));
    }

    #[test]
    fn norwegian_readers_understand_both_written_forms() {
        for (wanted, exist, best) in [
            ("nb", &["nb", "no", "nn"][..], Some("nb")),
            ("nb", &["nn", "no"], Some("no")),
            ("nb", &["nn", "en"], Some("nn")),
            ("nb, en;q=0.5", &["nn", "en"], Some("nn")),
            ("nn", &["nb", "no"], Some("no")),
            ("no", &["nn", "nb"], Some("nb")),
            ("da", &["nb"], None),
            ("fi", &["fil"], None),
            ("fil", &["fi"], None),
            ("de, sv;q=0.5", &["sv", "en"], Some("sv")),
            ("", &["sv"], None),
        ] {
            let readers = ReaderLanguages::from_header(wanted);
            let found = readers.best(|language| exist.contains(&language));
            assert_eq!(found, best, "{wanted} of {exist:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(header in "\\PC{0,80}|([a-zA-Z*-]{1,9}(;q=[0-9.]{0,5})?,? ?){0,40}") {
            let readers = ReaderLanguages::from_header(&header);
            let wanted: Vec<_> = readers.iter().collect();
            for (position, language) in wanted.iter().enumerate() {
                prop_assert_eq!(canonical(language), Some(*language));
                prop_assert!(!wanted[..position].contains(language));
                prop_assert!(!readers.refuses(language));
            }
        }
    }
}
