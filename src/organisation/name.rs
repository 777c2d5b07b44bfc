//! Names that look alike.
//!
//! The name of a verified organisation cannot be taken by another one, nor can a name that readers
//! would confuse with it. Two names are confused if their [`skeleton`]s are equal: the skeleton of
//! Unicode TS 39 §4, in addition without letter case, spaces, punctuation and the legal form.
//! Accents count: Habo and Håbo are two municipalities.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::MixedScript;

/// Version of [`skeleton`], at the beginning of every stored key. A change of the skeleton needs a
/// new version: keys of other versions are computed again at start.
pub const KEY_VERSION: &str = "2:";

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

/// Returns the key under which a name is stored and compared: the version and the skeleton, or the
/// name itself if it has neither letters nor digits.
pub fn key(name: &str) -> String {
    match skeleton(name) {
        empty if empty.is_empty() => format!("{KEY_VERSION}{name}"),
        skeleton => format!("{KEY_VERSION}{skeleton}"),
    }
}

/// Returns the first word of a name that has letters of several scripts, such as Latin and
/// Cyrillic. Scripts that are written together, such as those of Japanese, count as one.
pub fn mixed_word(name: &str) -> Option<&str> {
    let between = |c: char| !is_visible(c);
    let is_mixed = |word: &&str| {
        let plain: String = word.nfkc().collect();
        !plain.as_str().is_single_script()
    };
    name.split(between).find(is_mixed)
}

/// Returns what names that look alike have in common. Empty for a name without letters and digits.
pub fn skeleton(name: &str) -> String {
    // Letters are folded between two skeletons: a capital `I` looks like `l`, and a small `i` does
    // not. What is left of the difference (`i`, `l`) counts as equal.
    let plain = name.chars().filter(|c| !is_sign(*c)).nfkc();
    let plain: String = plain.nfd().map(in_latin).collect();
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
    character.is_alphanumeric() || is_combining_mark(character)
}

/// Returns whether a character is a sign that the compatibility form writes in letters, such as
/// `™`.
fn is_sign(character: char) -> bool {
    let mut written = std::iter::once(character).nfkc();
    !character.is_alphanumeric() && written.any(char::is_alphanumeric)
}

/// Returns the small Latin letter whose capital looks like the capital of a letter of another
/// script: `k` for the Cyrillic `к`. TS 39 compares the small letters only, which differ a little.
fn in_latin(character: char) -> char {
    let looks_like = |character: char| {
        let mut buffer = [0; 4];
        let mut alike = unicode_security::skeleton(character.encode_utf8(&mut buffer));
        match (alike.next(), alike.next()) {
            (Some(one), None) if one.is_ascii_alphabetic() => Some(one),
            _ => None,
        }
    };
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        _ if character.is_ascii() || looks_like(character).is_some() => character,
        // The Latin kra, which has no capital.
        _ if character == 'ĸ' => 'k',
        (Some(upper), None) => {
            looks_like(upper).map_or(character, |latin| latin.to_ascii_lowercase())
        }
        _ => character,
    }
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
                    "Malmö stad™",
                    "Malmö stad ℠®",
                ][..],
            ),
            (
                "Ekby kommun",
                &[
                    // Cyrillic к, о, м and е, у.
                    "Ekby \u{43a}\u{43e}mmun",
                    "\u{415}kb\u{443} \u{43a}\u{43e}\u{43c}mun",
                    "\u{415}\u{41a}\u{412}\u{423} \u{41a}\u{41e}\u{41c}\u{41c}UN",
                    "Ekby \u{138}ommun",
                    "Ekby ⓚommun",
                    "ＥＫＢＹ ＫＯＭＭＵＮ",
                ],
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

    #[test]
    fn a_word_has_one_script() {
        for (name, mixed) in [
            ("Ekby \u{43a}\u{43e}mmun", Some("\u{43a}\u{43e}mmun")),
            ("\u{391}B-bolaget", Some("\u{391}B")),
            ("Ekby kommun", None),
            ("Община Ekby", None),
            ("Δήμος-Ekby 2", None),
            ("東京タワーとうきょう株式会社", None),
            ("𝐌almö", None),
            ("", None),
        ] {
            assert_eq!(mixed_word(name), mixed, "{name}");
        }
    }

    #[test]
    fn a_key_has_the_version() {
        assert_eq!(key("Malmö"), format!("2:{}", skeleton("Malmö")));
        assert_eq!(key("!?"), "2:!?");
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
