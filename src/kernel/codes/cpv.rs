//! CPV 2008: subjects of procurements, as eight digits from division (`90000000`) to category, with
//! an optional check digit.

use std::sync::LazyLock;

use super::{Code, CodeList, Scheme};

pub(super) static LIST: LazyLock<CodeList> =
    LazyLock::new(|| CodeList::parse(Scheme::Cpv, include_str!("cpv.tsv")));

/// Returns the entry of a code, written `90919300` or with its check digit, `90919300-5`.
///
/// Returns `None` for a wrong check digit, which indicates a mistyped code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    let digits = without_check_digit(code)?;
    LIST.find(digits)
        .filter(|entry| code == digits || code == entry.printed)
}

/// Returns the codes from the division to `code`, inclusive; empty for an unknown code.
#[must_use]
pub fn branch(code: &str) -> Vec<&'static Code> {
    find(code).map(Code::branch).unwrap_or_default()
}

/// Returns up to `count` codes that `wrong` most likely was meant to be, the likeliest first.
#[must_use]
pub fn nearest(wrong: &str, count: usize) -> Vec<&'static Code> {
    LIST.nearest(
        Scheme::Cpv,
        wrong.split('-').next().unwrap_or_default(),
        count,
    )
}

/// Iterates over all codes in order.
pub fn all() -> impl ExactSizeIterator<Item = &'static Code> {
    LIST.codes.iter()
}

/// Returns the eight digits of a well-formed CPV code, known or not. Returns `None` for any other
/// text, and for a known code with a wrong check digit.
#[must_use]
pub fn without_check_digit(code: &str) -> Option<&str> {
    let (digits, check) = code.split_once('-').unwrap_or((code, "0"));
    let numeric =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let own = !code.contains('-') || find(digits).is_none_or(|known| known.printed == code);
    (numeric(digits, 8) && numeric(check, 1) && own).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(entries: &[&Code]) -> Vec<&'static str> {
        entries.iter().map(|entry| entry.code).collect()
    }

    #[test]
    fn the_data_is_whole() {
        assert_eq!(all().len(), 9454);
        assert_eq!(
            all().filter(|code| code.parent().is_none()).count(),
            45,
            "the divisions"
        );
        let sorted = all().zip(all().skip(1)).all(|(a, b)| a.code < b.code);
        assert!(
            sorted,
            "binary search needs the list sorted and without repetitions"
        );
        for line in include_str!("cpv.tsv").lines() {
            assert_eq!(line.split('\t').count(), 7, "{line}");
        }
        for code in all() {
            assert_eq!(without_check_digit(code.printed), Some(code.code));
            assert_eq!(code.printed.len(), 10, "{code:?} has a check digit");
            assert_ne!(code.label("en"), code.code, "every code has a name");
        }
    }

    #[test]
    fn finds_with_and_without_the_check_digit() {
        for (written, expected) in [
            ("90919300", Some("90919300")),
            ("90919300-5", Some("90919300")),
            ("90919300-6", None),
            ("90919999", None),
            ("9091930", None),
            ("90919300-", None),
            ("90919300-55", None),
            ("", None),
            ("städning", None),
        ] {
            assert_eq!(find(written).map(|code| code.code), expected, "{written}");
        }
    }

    #[test]
    fn labels_follow_the_reader() {
        let cleaning = find("90919300").expect("in the list");
        for (language, label) in [
            ("en", "School cleaning services"),
            ("sv", "Städning av skolor"),
            ("sv-FI", "Städning av skolor"),
            ("SV", "Städning av skolor"),
            ("no", cleaning.label("nb")),
            ("nn-NO", cleaning.label("nb")),
            ("fr", "School cleaning services"),
            ("local", "School cleaning services"),
            ("", "School cleaning services"),
        ] {
            assert_eq!(cleaning.label(language), label, "{language}");
        }
        assert_ne!(cleaning.label("nb"), cleaning.label("en"));
        let languages: Vec<_> = cleaning.labels().map(|(language, _)| language).collect();
        assert_eq!(languages, ["en", "sv", "fi", "nb", "da", "de"]);
    }

    #[test]
    fn branches_skip_levels_that_the_list_does_not_have() {
        let expected = ["90000000", "90900000", "90910000", "90919000", "90919300"];
        assert_eq!(codes(&branch("90919300-5")), expected);
        assert_eq!(codes(&branch("03000000")), ["03000000"]);
        assert!(branch("90919999").is_empty());
        let below: Vec<_> = find("90919000")
            .expect("in the list")
            .children()
            .map(|code| code.code)
            .collect();
        assert_eq!(below, ["90919100", "90919200", "90919300"]);
    }

    #[test]
    fn nearest_is_the_longest_beginning_then_the_smallest_distance() {
        assert_eq!(
            codes(&nearest("90919999", 3)),
            ["90919300", "90919200", "90919100"]
        );
        assert_eq!(codes(&nearest("90919300-1", 1)), ["90919300"]);
        assert!(nearest("städning", 3).is_empty());
        assert!(nearest("90919999", 0).is_empty());
        assert_eq!(
            nearest("9", 20_000).len(),
            all().filter(|code| code.code.starts_with('9')).count()
        );
    }

    #[test]
    fn the_list_is_small_in_memory() {
        assert!(size_of::<Code>() * all().len() < 2_000_000);
    }
}
