//! NUTS 2024: places, as a country (`SE`) and up to three more characters (`SE1`, `SE11`, `SE110`).
//!
//! Notices also contain codes that the list does not have: of the United Kingdom and of older
//! versions of NUTS. [`is_older`] recognises them, and [`prefix_branch`] derives their branch from the spelling, since each character
//! is a level.

use std::{collections::HashMap, sync::LazyLock};

use super::{Code, CodeList, Scheme};

pub(super) static LIST: LazyLock<CodeList> =
    LazyLock::new(|| CodeList::parse(Scheme::Nuts, include_str!("nuts.tsv")));

/// Returns the entry of a code in capitals: `SE110`.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    LIST.find(code)
}

/// Returns the codes from the country to `code`, inclusive; empty for an unknown code.
#[must_use]
pub fn branch(code: &str) -> Vec<&'static Code> {
    find(code).map(Code::branch).unwrap_or_default()
}

/// Returns up to `count` codes that `wrong` most likely was meant to be, the likeliest first.
#[must_use]
pub fn nearest(wrong: &str, count: usize) -> Vec<&'static Code> {
    LIST.nearest(Scheme::Nuts, wrong, count)
}

/// Codes of NUTS 2010 to 2021 that are not in the list, with the code that the same region has in
/// it.
static FORMER: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let rows = include_str!("nuts_former.tsv").lines();
    rows.filter_map(|row| row.split_once('\t')).collect()
});

/// Regions by their names in lower case; `None` for a name that several regions have.
static NAMES: LazyLock<HashMap<String, Option<&'static Code>>> = LazyLock::new(|| {
    let mut names: HashMap<String, Option<&'static Code>> = HashMap::new();
    // The smallest region of a name counts: Innlandet is NO020 before NO02.
    for code in all().filter(|code| code.code.len() > 2) {
        for name in code.local_name().unwrap_or_default().split('/') {
            let known = names
                .entry(name.trim().to_lowercase())
                .or_insert(Some(code));
            if known.is_some_and(|known| !code.code.starts_with(known.code)) {
                *known = None;
            } else if known.is_some() {
                *known = Some(code);
            }
        }
    }
    names
});

/// Returns the code that the region of an older code of NUTS has now. `None` if the region was
/// divided, or if the code is not known.
#[must_use]
pub fn successor(code: &str) -> Option<&'static str> {
    FORMER.get(code).copied()
}

/// Beginnings of codes of NUTS 2006 to 2021 that no listed code has. Those of the United Kingdom are
/// described by [`is_older`].
const FORMER_BEGINNINGS: [&str; 15] = [
    "EL1", "EL2", "FR2", "FR3", "FR4", "FR5", "FR6", "FR7", "FR8", "FR9", "FRA", "ITD", "ITE",
    "PL1", "PL3",
];

/// Returns whether a code that is not listed can be one of an older version of NUTS: it begins like
/// listed or former codes and has a digit, which words do not have (`ESSEX`). British codes are `UK`,
/// a letter from C to N and up to two digits.
#[must_use]
pub fn is_older(code: &str) -> bool {
    if !is_well_formed(code) {
        return false;
    }
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let after_country = &code.as_bytes()[2..];
    if code.starts_with("UK") {
        return match after_country {
            [] => true,
            [region, below @ ..] => (b'C'..=b'N').contains(region) && below.iter().all(is_digit),
        };
    }
    let Some(beginning) = code.get(..3) else {
        return false;
    };
    let is_known = find(beginning).is_some() || FORMER_BEGINNINGS.contains(&beginning);
    is_known && after_country.iter().any(is_digit)
}

/// Returns the region with a name in its own language, without regard to case. `None` if several
/// regions have the name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Code> {
    NAMES.get(&name.trim().to_lowercase()).copied().flatten()
}

/// Iterates over all codes in order.
pub fn all() -> impl ExactSizeIterator<Item = &'static Code> {
    LIST.codes.iter()
}

/// Returns whether a code is well-formed, known or not: two letters, then up to three letters or
/// digits.
#[must_use]
pub fn is_well_formed(code: &str) -> bool {
    let (country, rest) = code.as_bytes().split_at(code.len().min(2));
    let capital_or_digit = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    country.len() == 2
        && country.iter().all(u8::is_ascii_uppercase)
        && rest.len() <= 3
        && rest.iter().all(capital_or_digit)
}

/// Returns the codes from the country to `code`, inclusive, derived from its spelling: `UK`, `UKM`,
/// `UKM8`, `UKM82`.
///
/// Empty for a text that is not [well-formed](is_well_formed). For a listed code the result is that
/// of [`branch`].
#[must_use]
pub fn prefix_branch(code: &str) -> Vec<&str> {
    if !is_well_formed(code) {
        return Vec::new();
    }
    (2..=code.len()).map(|length| &code[..length]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(entries: &[&Code]) -> Vec<&'static str> {
        entries.iter().map(|entry| entry.code).collect()
    }

    #[test]
    fn the_list_is_complete_and_sorted() {
        let at_level = |level| all().filter(|code| code.level() == level).count();
        assert_eq!([0, 1, 2, 3].map(at_level), [38, 160, 361, 1521]);
        assert_eq!(all().len(), 2080);
        let sorted = all().zip(all().skip(1)).all(|(a, b)| a.code < b.code);
        assert!(
            sorted,
            "binary search needs the list sorted and without repetitions"
        );
        for line in include_str!("nuts.tsv").lines() {
            assert_eq!(line.split('\t').count(), 7, "{line}");
        }
        let nameless: Vec<_> = all().filter(|code| code.local_name().is_none()).collect();
        assert!(nameless.iter().all(|code| code.label("en") == code.code));
        assert_eq!(nameless.len(), 35);
    }

    #[test]
    fn the_branch_of_a_listed_code_follows_its_spelling() {
        assert_eq!(codes(&branch("SE110")), ["SE", "SE1", "SE11", "SE110"]);
        for code in all() {
            assert_eq!(codes(&code.branch()), prefix_branch(code.code));
        }
    }

    #[test]
    fn unlisted_codes_have_a_branch_by_prefix() {
        for (code, expected) in [
            ("UKM82", &["UK", "UKM", "UKM8", "UKM82"][..]),
            ("NO031", &["NO", "NO0", "NO03", "NO031"]),
            ("UK", &["UK"]),
            ("se110", &[]),
            ("SE1100", &[]),
            ("S", &[]),
            ("", &[]),
            ("ÅL1", &[]),
            ("1S1", &[]),
            ("SE 1", &[]),
        ] {
            assert_eq!(prefix_branch(code), expected, "{code}");
            assert!(find(code).is_none(), "{code}");
        }
    }

    #[test]
    fn words_are_no_codes_of_an_older_version() {
        for code in [
            "UK", "UKM", "UKM8", "UKM82", "UKI31", "NO082", "NO03", "FI185", "FR71", "FR2",
            "IE021", "PL12", "PL127", "ITD1", "SE2A", "LT00",
        ] {
            assert!(is_older(code), "{code}");
            assert!(find(code).is_none(), "{code}");
        }
        for text in [
            "ESSEX", "DKK", "ESP", "SEK", "NOK", "DEU", "FRANC", "ITALY", "SPAIN", "UKRAI", "UKA1",
            "UKM8A", "UKZ", "ATHEN", "SE9", "SE999", "XX1", "US1", "QC", "SE-AB", "se110", "Oslo",
            "SKÅNE", "ESS3X", "DE 1", "",
        ] {
            assert!(!is_older(text), "{text}");
        }
        let is_listed = |code: &&str| find(code).is_some();
        assert!(!FORMER_BEGINNINGS.iter().any(is_listed));
    }

    #[test]
    fn labels_fall_back_to_the_local_name_then_the_code() {
        for (code, language, label) in [
            ("SE", "en", "Sweden"),
            ("SE", "fi", "Ruotsi"),
            ("SE", "sv", "Sverige"),
            ("SE", "nb", "Sweden"),
            ("SE1", "en", "Östra Sverige"),
            ("SE110", "de", "Stockholms län"),
            ("UA1", "en", "UA1"),
        ] {
            assert_eq!(
                find(code).expect("in the list").label(language),
                label,
                "{code} {language}"
            );
        }
    }

    #[test]
    fn former_codes_lead_to_listed_ones() {
        for (former, code) in FORMER.iter() {
            assert!(find(former).is_none(), "{former}");
            assert!(find(code).is_some(), "{former}");
            assert_eq!(former[..2], code[..2]);
        }
        assert_eq!(successor("NO031"), Some("NO083"));
        assert_eq!(successor("NO082"), None, "Viken was divided");
    }

    #[test]
    fn names_of_one_region_are_found() {
        for (name, code) in [
            ("Stockholms län", Some("SE110")),
            ("INNLANDET", Some("NO020")),
            ("Uusimaa", None),
            ("Helsinki-Uusimaa", Some("FI1B1")),
            ("British Columbia", None),
            ("Sverige", None),
            ("Extra-Regio NUTS 1", None),
            ("", None),
        ] {
            assert_eq!(by_name(name).map(|code| code.code), code, "{name}");
        }
    }

    #[test]
    fn nearest_is_the_longest_beginning_then_the_smallest_distance() {
        assert_eq!(codes(&nearest("SE119", 2)), ["SE110", "SE11"]);
        assert_eq!(codes(&nearest("SE114", 3)), ["SE110", "SE11", "SE12"]);
        assert!(nearest("QQ1", 3).is_empty());
        assert!(nearest("Åland", 3).is_empty());
    }
}
