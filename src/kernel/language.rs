//! Languages: reads the codes and tags in which clients and publishers write them, and returns one
//! normal form.
//!
//! Well-formed tags (BCP 47) are parsed by `oxilangtag`; `isolang` has the codes of ISO 639-1 and
//! ISO 639-3. The codes of ISO 639-2/B and replaced codes, which neither has, are listed here.

use isolang::Language;
use oxilangtag::LanguageTag;

/// Code of a language that is not known (ISO 639-2, BCP 47). Only texts of imported notices have
/// it.
pub const UNDETERMINED: &str = "und";

/// Codes of ISO 639-2/B and replaced codes, with the code of ISO 639-1 or ISO 639-3 that is used
/// now. The last group are the standard varieties of languages that have a code of two letters
/// (CLDR `languageAlias`).
const ALIASES: [(&str, &str); 48] = [
    ("alb", "sq"),
    ("arm", "hy"),
    ("baq", "eu"),
    ("bur", "my"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dut", "nl"),
    ("fre", "fr"),
    ("geo", "ka"),
    ("ger", "de"),
    ("gre", "el"),
    ("ice", "is"),
    ("mac", "mk"),
    ("mao", "mi"),
    ("may", "ms"),
    ("per", "fa"),
    ("rum", "ro"),
    ("slo", "sk"),
    ("tib", "bo"),
    ("wel", "cy"),
    ("in", "id"),
    ("iw", "he"),
    ("ji", "yi"),
    ("jw", "jv"),
    ("mo", "ro"),
    ("mol", "ro"),
    ("scc", "sr"),
    ("scr", "hr"),
    ("no-bok", "nb"),
    ("no-nyn", "nn"),
    ("i-lux", "lb"),
    ("i-hak", "hak"),
    ("zh-guoyu", "zh"),
    ("zh-hakka", "hak"),
    ("zh-min-nan", "nan"),
    ("zh-xiang", "hsn"),
    ("arb", "ar"),
    ("azj", "az"),
    ("cmn", "zh"),
    ("ekk", "et"),
    ("khk", "mn"),
    ("lvs", "lv"),
    ("npi", "ne"),
    ("pes", "fa"),
    ("swh", "sw"),
    ("uzn", "uz"),
    ("ydd", "yi"),
    ("zsm", "ms"),
];

/// Returns the normal form of a language tag: the code of ISO 639-1 if the language has one, else
/// of ISO 639-3, in lower case. Script, region, variants and extensions are left out: `sv` for
/// `sv-SE`, `sv_FI`, `swe` and `SV-Latn-SE-x-plain`, `de` for `ger`, `fil` for `fil-PH`.
///
/// Returns `None` for other texts, and for codes that state no single language: `mul`, `und`,
/// `zxx`, `mis` and the private codes `qaa` to `qtz`.
#[must_use]
pub fn canonical(tag: &str) -> Option<&'static str> {
    let tag = tag.trim().replace('_', "-").to_ascii_lowercase();
    if let Some(code) = alias(&tag) {
        return Some(code);
    }
    let parsed = LanguageTag::parse(tag.as_str()).ok()?;
    let primary = parsed.primary_language();
    alias(primary).or_else(|| code_of(primary))
}

/// Returns the script of a language tag (ISO 15924), which [`canonical`] leaves out: `Hant` for
/// `zh-Hant-TW`. `None` for a tag without a script and for other texts.
#[must_use]
pub fn script(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let parsed = LanguageTag::parse(tag.as_str()).ok()?;
    parsed.script().map(str::to_owned)
}

/// Returns whether a code is the normal form of a language.
#[must_use]
pub fn is_canonical(code: &str) -> bool {
    canonical(code) == Some(code)
}

/// Returns the normal form of a language written as a tag, as a POSIX locale (`sv_SE.UTF-8`), as
/// an address in the authority table of the European Union (`…/language/SWE`), or by its English or
/// own name (`Swedish`, `svenska`). Files of other systems use all of these.
#[must_use]
pub fn by_tag_or_name(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let is_address = text.contains("://") || text.contains("/language/");
    let last = match text.rsplit_once('/') {
        Some((_, last)) if is_address => last,
        _ => text,
    };
    let locale = match last.split_once(['.', '@']) {
        Some((locale, rest)) if !is_language(rest) => locale,
        _ => last,
    };
    canonical(locale).or_else(|| by_name(text))
}

/// Returns whether a text after a point is a second language (`sv.fi`), not a character set
/// (`UTF-8`) or a variant of a locale (`euro`).
fn is_language(text: &str) -> bool {
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    !has_digit && canonical(text).is_some()
}

/// Returns the language with this English or own name, without regard to case.
fn by_name(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let has_code = |language: &Language| language.to_639_1().is_some();
    let own = {
        let name = name.clone();
        Language::match_autonyms(move |own| own.to_lowercase() == name).find(has_code)
    };
    let english = || Language::match_names(move |english| english.to_lowercase() == name);
    let found = own.or_else(|| english().next())?;
    code_of(found.to_639_3())
}

fn alias(code: &str) -> Option<&'static str> {
    let found = ALIASES.iter().find(|(other, _)| *other == code);
    found.map(|(_, code)| *code)
}

/// Returns the normal form of a code of ISO 639-1 or ISO 639-3 in lower case.
fn code_of(code: &str) -> Option<&'static str> {
    let language = Language::from_639_1(code).or_else(|| Language::from_639_3(code))?;
    let code = language.to_639_1().unwrap_or(language.to_639_3());
    (!matches!(code, "mul" | "und" | "zxx" | "mis")).then_some(code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_have_one_normal_form() {
        for (tags, normal) in [
            (
                &[
                    "sv",
                    "SV",
                    "swe",
                    "SWE",
                    "sv-SE",
                    "sv_FI",
                    "sv-Latn-SE",
                    "swe-SE",
                    " sv ",
                ][..],
                "sv",
            ),
            (&["sv-SE-x-plain", "sv-u-co-phonebk", "sv-SE-1901"], "sv"),
            (&["fi", "fin", "FI-fi"], "fi"),
            (&["fil", "fil-PH"], "fil"),
            (&["de", "deu", "ger", "ger-AT", "de-CH-1996"], "de"),
            (&["fr", "fra", "fre"], "fr"),
            (&["nl", "nld", "dut"], "nl"),
            (&["el", "ell", "gre"], "el"),
            (&["cs", "ces", "cze"], "cs"),
            (&["is", "isl", "ice"], "is"),
            (&["nb", "nob", "nb-NO", "no-bok"], "nb"),
            (&["nn", "nno", "no_nyn"], "nn"),
            (&["no", "nor", "no-NO"], "no"),
            (&["se", "sme", "se-NO"], "se"),
            (&["sma", "sma-NO"], "sma"),
            (&["smj"], "smj"),
            (
                &["zh", "zho", "chi", "cmn", "zh-Hant-TW", "zh-cmn-Hans"],
                "zh",
            ),
            (&["et", "est", "ekk"], "et"),
            (&["he", "heb", "iw"], "he"),
            (&["yue"], "yue"),
        ] {
            for tag in tags {
                assert_eq!(canonical(tag), Some(normal), "{tag}");
            }
        }
    }

    #[test]
    fn a_script_is_recognised() {
        for (tag, expected) in [
            ("zh-Hant-TW", Some("Hant")),
            ("zh_Hans", Some("Hans")),
            ("sr-Latn", Some("Latn")),
            ("sv-SE", None),
            ("zh", None),
            ("", None),
        ] {
            assert_eq!(script(tag).as_deref(), expected, "{tag}");
        }
    }

    #[test]
    fn other_codes_are_no_language() {
        for tag in [
            "mul",
            "und",
            "zxx",
            "mis",
            "qaa",
            "qtz",
            "MUL",
            "und-SE",
            "xx",
            "dk",
            "swedish",
            "Svenska",
            "svensk",
            "s",
            "",
            "-",
            "sv--SE",
            "sv SE",
            "sv,en",
            "x-plain",
            "i-default",
            "englisch",
            "å",
            "sv-",
            "en-GB-oed-oed",
        ] {
            assert_eq!(canonical(tag), None, "{tag}");
        }
    }

    #[test]
    fn names_and_locales_are_read_in_files() {
        for (text, normal) in [
            ("Svenska", Some("sv")),
            ("SWEDISH", Some("sv")),
            ("suomi", Some("fi")),
            ("Deutsch", Some("de")),
            ("English", Some("en")),
            ("sv_SE.UTF-8", Some("sv")),
            ("de_DE@euro", Some("de")),
            (
                "http://publications.europa.eu/resource/authority/language/SWE",
                Some("sv"),
            ),
            ("swe", Some("sv")),
            ("ja_JP.eucJP", Some("ja")),
            ("ca_ES@valencia", Some("ca")),
            ("sv_FI.ISO-8859-15@euro", Some("sv")),
            ("authority/language/FIN", Some("fi")),
            // Two languages are not the last one.
            ("sv/fi", None),
            ("fi/sv", None),
            ("swe/fin", None),
            ("sv / fi", None),
            ("svenska/suomi", None),
            ("sv.fi", None),
            ("sv@fi", None),
            ("sv.fi-FI", None),
            ("sv,fi", None),
            ("sv;fi", None),
            ("sv|fi", None),
            ("sv+fi", None),
            ("sv fi", None),
            ("sv och fi", None),
            ("mul", None),
            ("Undetermined", None),
            ("several", None),
            ("", None),
        ] {
            assert_eq!(by_tag_or_name(text), normal, "{text}");
        }
    }

    #[test]
    fn aliases_lead_to_normal_forms() {
        for (alias, code) in ALIASES {
            assert!(is_canonical(code), "{alias}");
            assert!(!is_canonical(alias), "{alias}");
        }
    }

    proptest! {
        #[test]
        fn normal_forms_are_stable(tag in "[a-zA-Z]{1,4}([-_][a-zA-Z0-9]{1,4}){0,3}|\\PC{0,12}") {
            if let Some(code) = canonical(&tag) {
                prop_assert_eq!(canonical(code), Some(code));
                prop_assert!(matches!(code.len(), 2 | 3));
            }
        }
    }
}
