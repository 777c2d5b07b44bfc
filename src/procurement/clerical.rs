//! Clerical corrections, pure: typing errors that leave the meaning of a text unchanged.
//!
//! A correction is clerical if, word by word,
//!
//! - the text has the same number of words, and words with a digit (numbers, dates, codes) are
//!   exactly as before;
//! - at most [`WORD_LIMIT`] words differ, other than by upper and lower case, accents or the
//!   punctuation around them;
//! - none of these is a [numeral](numerals) in words, before or after;
//! - each of these has at least [`LENGTH_LIMIT`] letters, keeps its first two letters, and differs
//!   by one letter that is inserted, removed, replaced or swapped with its neighbour.
//!
//! Short words (may, must, not; kan, ska, inte, ej) and prefixes (in-, un-, o-, il-) carry meaning,
//! so they are never a typing error.

mod numerals;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Most words that a clerical correction changes in one text.
const WORD_LIMIT: usize = 3;
/// Fewest letters of a word that a clerical correction changes.
const LENGTH_LIMIT: usize = 5;

/// Whether the change of a text is a clerical correction.
pub fn is_clerical(before: &str, after: &str) -> bool {
    let (old, new): (Vec<&str>, Vec<&str>) = (words(before), words(after));
    if old.len() != new.len() {
        return false;
    }
    let changed = old
        .iter()
        .zip(&new)
        .filter(|(old, new)| folded(old) != folded(new));
    let changed: Vec<_> = changed.collect();
    let numbers_kept = old
        .iter()
        .zip(&new)
        .all(|(old, new)| !has_digit(old) && !has_digit(new) || old == new);
    numbers_kept
        && changed.len() <= WORD_LIMIT
        && changed
            .iter()
            .all(|(old, new)| is_typo(old, new) && !is_numeral(old, new))
}

/// Returns the words of a text, without the punctuation around them. Signs that belong to a number
/// (`-5`, `§ 4`, `%`) stay words or parts of words.
fn words(text: &str) -> Vec<&str> {
    let around = |c: char| ".,;:!?()[]\"'”“’‘»«…".contains(c);
    text.split_whitespace()
        .map(|word| word.trim_matches(around))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a change of a word concerns a numeral.
fn is_numeral(old: &str, new: &str) -> bool {
    if numerals::is_roman(old) || numerals::is_roman(new) {
        return true;
    }
    let (old, new) = (folded(old), folded(new));
    numerals::concerns(&old, &new, common_start(&old, &new))
}

/// Returns the number of letters at the beginning that two words have in common.
fn common_start(old: &[char], new: &[char]) -> usize {
    let pairs = old.iter().zip(new);
    pairs.take_while(|(old, new)| old == new).count()
}

fn has_digit(word: &str) -> bool {
    word.chars().any(char::is_numeric)
}

/// Returns the letters of a word in lower case, without accents.
fn folded(word: &str) -> Vec<char> {
    let lower = word.to_lowercase();
    lower.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// Whether two words differ by one typing error.
fn is_typo(old: &str, new: &str) -> bool {
    let (old, new) = (folded(old), folded(new));
    old.len().min(new.len()) >= LENGTH_LIMIT
        && old
            .iter()
            .chain(&new)
            .all(|c| c.is_alphabetic() || *c == '-')
        && old[..2] == new[..2]
        && differ_by_one(&old, &new)
}

/// Whether one insertion, removal, replacement or swap of neighbours makes the words equal.
fn differ_by_one(old: &[char], new: &[char]) -> bool {
    let same = common_start(old, new);
    let (old, new) = (&old[same..], &new[same..]);
    match (old, new) {
        ([_, old @ ..], [_, new @ ..]) if old == new => true,
        ([a, b, old @ ..], [c, d, new @ ..]) if old == new && (a, b) == (d, c) => true,
        ([_, old @ ..], new) if old == new => true,
        (old, [_, new @ ..]) => old == new,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn typing_errors_are_clerical() {
        for (before, after) in [
            ("Städing av skolor", "Städning av skolor"),
            ("Städning av skloor", "Städning av skolor"),
            ("Stadning av skolor", "Städning av skolor"),
            ("städning av skolor", "Städning av skolor."),
            (
                "Cleaning of scools, 12 000 m2",
                "Cleaning of schools, 12 000 m2",
            ),
            (
                "Anbud lämnas senast (se nedann)",
                "Anbud lämnas senast (se nedan)",
            ),
            ("Two  spaces here", "Two spaces here"),
        ] {
            assert!(is_clerical(before, after), "{before} → {after}");
        }
    }

    #[test]
    fn what_changes_the_meaning_is_not_clerical() {
        for (before, after) in [
            // Numbers, dates and codes.
            ("Within 10 days", "Within 11 days"),
            ("Senast 2031-03-01", "Senast 2031-03-10"),
            ("Standard EN 13549", "Standard EN13549"),
            ("At least 5 cleaners", "At least five cleaners"),
            ("Price: 1,5 million", "Price: 15 million"),
            ("Temperature -5", "Temperature 5"),
            // Numerals in words.
            ("within eight weeks", "within eighty weeks"),
            ("Leverans av femton bussar", "Leverans av femtin bussar"),
            ("Leverans av femtin bussar", "Leverans av femtio bussar"),
            ("betaler femte rate", "betaler femti rate"),
            ("Kapitel XXVIII", "Kapitel XXXVIII"),
            ("innerhalb von achte Tagen", "innerhalb von achten Tagen"),
            ("seitsemän päivää", "seitsemäs päivää"),
            // Words that carry meaning.
            (
                "The supplier may subcontract",
                "The supplier must subcontract",
            ),
            ("Leverantören kan anlita", "Leverantören ska anlita"),
            ("This is allowed", "This is not allowed"),
            ("Detta är tillåtet", "Detta är otillåtet"),
            ("This is possible", "This is impossible"),
            ("minimum two people", "maximum two people"),
            ("including meals", "excluding meals"),
            ("increase of the price", "decrease of the price"),
            ("högst två timmar", "minst två timmar"),
            ("within the area", "without the area"),
            ("Städning av skolor", "Städning av förskolor"),
            // Extent.
            ("a", "a b"),
            (
                "Skolorr kontorr lokalerr ytorna gatorrna",
                "Skolor kontor lokaler ytorn gatorna",
            ),
            ("Cleaning of schools", "Catering for schools"),
            ("", "Cleaning"),
        ] {
            assert!(!is_clerical(before, after), "{before} → {after}");
        }
    }

    proptest! {
        #[test]
        fn digits_never_change(before in "[a-z0-9 ]{0,40}", after in "[a-z0-9 ]{0,40}") {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            if is_clerical(&before, &after) {
                prop_assert_eq!(digits(&before), digits(&after));
            }
        }

        #[test]
        fn a_correction_works_in_both_directions(before in "[a-z ]{0,30}", after in "[a-z ]{0,30}") {
            prop_assert_eq!(is_clerical(&before, &after), is_clerical(&after, &before));
        }
    }
}
