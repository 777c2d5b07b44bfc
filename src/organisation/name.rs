//! Names that look alike.
//!
//! The name of a verified organisation cannot be taken by another one, nor can a name that readers
//! would confuse with it. Two names are confused if their [`skeleton`]s are equal: the skeleton of
//! Unicode TS 39 §4, in addition without letter case, spaces, punctuation and the legal form.
//! Accents count: Habo and Håbo are two municipalities.

use unicode_normalization::UnicodeNormalization;

/// Legal forms that names have at their end or beginning, without punctuation.
const LEGAL_FORMS: [&str; 27] = [
    "ab",
    "aktiebolag",
    "aktiebolaget",
    "publ",
    "hb",
    "kb",
    "ek",
    "oy",
    "oyj",
    "ry",
    "ab oy",
    "as",
    "asa",
    "aps",
    "ivs",
    "ans",
    "ba",
    "ltd",
    "limited",
    "plc",
    "llc",
    "inc",
    "gmbh",
    "ag",
    "ev",
    "bv",
    "ou",
];

/// Returns what names that look alike have in common. Empty for a name without letters and digits.
pub fn skeleton(name: &str) -> String {
    // Letters are folded between two skeletons: a capital `I` looks like `l`, and a small `i` does
    // not. What is left of the difference (`i`, `l`) counts as equal.
    let plain: String = name.nfkc().collect();
    let once: String = unicode_security::skeleton(&plain).collect();
    let folded = once.to_uppercase().to_lowercase();
    let twice: String = unicode_security::skeleton(&folded).collect();
    let alike: String = twice
        .nfd()
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect();
    let forms: Vec<String> = LEGAL_FORMS
        .iter()
        .map(|form| form.replace('i', "l"))
        .collect();
    let is_form = |word: &str| forms.iter().any(|form| form == word);
    let words: Vec<String> = alike
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';'))
        .map(|word| word.chars().filter(|c| is_visible(*c)).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    let own: String = words
        .iter()
        .filter(|word| !is_form(word))
        .map(String::as_str)
        .collect();
    match own.is_empty() {
        true => words.concat(),
        false => own,
    }
}

/// Returns whether a character tells names apart: letters, digits and accents, not punctuation.
fn is_visible(character: char) -> bool {
    character.is_alphanumeric() || unicode_normalization::char::is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for (name, others) in [
            (
                "Malmö stad",
                &[
                    "MALMÖ STAD",
                    "Malmo\u{308} stad",
                    "Malmö  stad",
                    "Malmöstad",
                    "Malmö-stad",
                    "Malmö stad.",
                    "“Malmö stad”",
                    "Malmö stad AB",
                    "AB Malmö stad (publ)",
                    "MaImö stad",
                    "Ma1mö stad",
                    // Cyrillic а, Greek Μ and ο, mathematical and full-width letters.
                    "M\u{430}lmö stad",
                    "\u{39c}almö stad",
                    "Malm\u{3bf}\u{308} stad",
                    "𝐌almö stad",
                    "Ｍalmö stad",
                ][..],
            ),
            ("Borås 0", &["Borås O", "Borås o"]),
            (
                "Norrtälje kommun",
                &["N0rrtälje kommun", "norrtälje kornmun"],
            ),
            ("A/S Vejen", &["Vejen A/S", "Vejen AS", "Vejen"]),
            ("IF Oy", &["lF", "if oy"]),
        ] {
            for other in others {
                assert_eq!(skeleton(other), skeleton(name), "{other} {name}");
            }
        }
    }

    #[test]
    fn different_names_have_different_skeletons() {
        for (one, other) in [
            ("Habo kommun", "Håbo kommun"),
            ("Malmö stad", "Malmö"),
            ("Malmö stad", "Malmö stadsnät"),
            ("Region Skåne", "Region Halland"),
            ("Föreningen 1", "Föreningen 2"),
            ("株式会社", "有限会社"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_eq!(skeleton("AB"), "ab");
        assert_eq!(skeleton("!?"), "");
    }

    proptest! {
        #[test]
        fn case_and_spaces_never_matter(name in "[a-zåäöA-ZÅÄÖ0-9]{1,12}( [a-zåäö]{3,9})?") {
            let wanted = skeleton(&name);
            prop_assert_eq!(skeleton(&name.to_uppercase()), wanted.clone());
            prop_assert_eq!(skeleton(&name.replace(' ', "  ")), wanted);
        }
    }
}
