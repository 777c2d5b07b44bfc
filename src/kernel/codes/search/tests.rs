use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::kernel::codes::{COLUMNS, cpv, nuts};

fn labels(scheme: Scheme, text: &str, language: &str) -> Vec<&'static str> {
    search(scheme, text, language)
        .iter()
        .map(|code| code.label(language))
        .collect()
}

fn codes(scheme: Scheme, text: &str, language: &str) -> Vec<&'static str> {
    search(scheme, text, language)
        .iter()
        .map(|code| code.code)
        .collect()
}

#[test]
fn a_part_of_a_compound_ranks_after_beginnings() {
    let found = labels(Scheme::Cpv, "städ", "sv");
    let rank = |label: &str| found.iter().position(|found| *found == label);
    let [
        Some(cleaning),
        Some(of_schools),
        Some(in_schools),
        Some(planning),
    ] = [
        "Städning",
        "Städning av skolor",
        "Kontorsstädning",
        "Stadsplanering",
    ]
    .map(rank)
    else {
        panic!("{found:?}");
    };
    assert!(cleaning < of_schools, "the broader code is first");
    assert!(
        of_schools < in_schools,
        "a label that starts with the text is first"
    );
    assert!(in_schools < planning, "the same diacritics are first");
}

#[test]
fn a_code_matches_by_its_beginning_and_the_exact_code_is_first() {
    for written in ["90919300", "90919300-5", " 90919300 "] {
        assert_eq!(codes(Scheme::Cpv, written, "sv"), ["90919300"], "{written}");
    }
    assert!(codes(Scheme::Cpv, "90919300-6", "sv").is_empty());
    let below = codes(Scheme::Cpv, "9091", "sv");
    assert_eq!(below.first(), Some(&"90910000"));
    assert!(below.iter().all(|code| code.starts_with("9091")));
    assert_eq!(codes(Scheme::Nuts, "se1", "sv")[..2], ["SE1", "SE11"]);
}

#[test]
fn one_label_contains_every_word() {
    let both = labels(Scheme::Cpv, "skolor städning", "sv");
    assert_eq!(both.first(), Some(&"Städning av skolor"));
    assert!(!both.contains(&"Kontors- och skolstädning samt rengöring av kontorsutrustning"));
    assert!(codes(Scheme::Cpv, "städning cleaning", "sv").is_empty());
    assert!(codes(Scheme::Cpv, "städning xyzzy", "sv").is_empty());
}

#[test]
fn every_language_matches_and_the_readers_is_first() {
    for (text, language) in [
        ("school cleaning", "en"),
        ("städning av skolor", "sv"),
        ("koulujen siivous", "fi"),
        ("reinigung schule", "de"),
        ("SCHOOL-CLEANING", "fi"),
        ("sta\u{308}dning av skolor", "en"),
    ] {
        let found = codes(Scheme::Cpv, text, language);
        assert!(found.contains(&"90919300"), "{text}: {found:?}");
    }
    // `fast` is Swedish for "solid".
    let swedish = search(Scheme::Cpv, "fast", "sv");
    let english = search(Scheme::Cpv, "fast", "en");
    assert!(swedish[0].label("sv").to_lowercase().contains("fast"));
    assert!(english[0].label("en").to_lowercase().contains("fast"));
    assert_ne!(swedish[0], english[0]);
    let all = |found: &[&'static Code]| found.iter().map(|c| c.code).collect::<BTreeSet<_>>();
    assert_eq!(all(&swedish), all(&english));
}

#[test]
fn places_match_by_their_local_names() {
    for (text, first) in [
        ("sverige", "SE"),
        ("ruotsi", "SE"),
        ("stockholms län", "SE110"),
        ("skane", "SE224"),
        ("malopolskie", "PL21"),
        ("Αττικη", "EL3"),
        ("østfold", "NO083"),
    ] {
        let found = codes(Scheme::Nuts, text, "sv");
        assert!(
            found.first().is_some_and(|code| code.starts_with(first)),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn short_words_match_only_at_the_beginning_of_words() {
    for code in search(Scheme::Cpv, "is", "sv") {
        let begins = |(_, label): (&str, &str)| words(&fold(label)).contains(" is");
        assert!(code.labels().any(begins), "{code:?}");
    }
    for nothing in ["", " ", "-", "–!?", "\0"] {
        assert!(search(Scheme::Cpv, nothing, "sv").is_empty(), "{nothing:?}");
    }
}

#[test]
fn folding_removes_case_and_diacritics() {
    for (text, folded) in [
        ("Städning", "stadning"),
        ("ØSTFOLD og Ærø", "ostfold og aero"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("İzmir Ağrı", "izmir agri"),
        ("Αττική", "αττικη"),
        ("m²", "m2"),
    ] {
        assert_eq!(fold(text), folded);
    }
}

/// Searches by the definition, code by code.
fn by_definition(text: &str) -> BTreeSet<&'static str> {
    let written = text.trim().to_ascii_uppercase();
    let all = words(&fold(text));
    let contains = |label: &str, word: &str| {
        let mut words = label.split_whitespace();
        words.any(|own| own.starts_with(word) || (word.chars().count() > 2 && own.contains(word)))
    };
    let has = |label: &str| {
        let label = words(&fold(label));
        !all.is_empty() && all.split_whitespace().all(|word| contains(&label, word))
    };
    nuts::all()
        .filter(|code| {
            let begins = !written.is_empty() && code.code.starts_with(&written);
            begins || code.labels.into_iter().any(has)
        })
        .map(|code| code.code)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_search_matches_its_definition(text in "[a-zåäöøéλ]{1,4}( [a-zåäö]{1,3})?|[A-Z]{2}[0-9A-Z]{0,3}|\\PC{0,6}") {
        let found = search(Scheme::Nuts, &text, "sv");
        let unique: BTreeSet<_> = found.iter().map(|code| code.code).collect();
        prop_assert_eq!(unique.len(), found.len());
        prop_assert_eq!(unique, by_definition(&text));
    }

    #[test]
    fn a_part_of_a_label_matches_its_code(place in any::<prop::sample::Index>(), column in 0..COLUMNS, skip in 0usize..20, take in 3usize..20) {
        let all: Vec<_> = cpv::all().collect();
        let code = place.get(&all);
        let text: String = code.labels[column].chars().skip(skip).take(take).collect();
        prop_assume!(words(&fold(&text)).split_whitespace().all(|word| word.chars().count() >= MIN_INNER_MATCH));
        prop_assume!(!words(&fold(&text)).is_empty());
        prop_assert!(search(Scheme::Cpv, &text, "de").contains(code), "{:?} by {}", code, text);
        prop_assert!(search(Scheme::Cpv, &text.to_uppercase(), "en").contains(code), "{:?} by {}", code, text);
    }

    #[test]
    fn no_text_makes_a_search_panic(text in any::<String>(), language in any::<String>()) {
        for scheme in [Scheme::Cpv, Scheme::Nuts] {
            let mut found = search(scheme, &text, &language);
            found.dedup();
            prop_assert!(found.len() <= scheme.list().codes.len());
        }
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }
}
