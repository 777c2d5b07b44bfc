use proptest::prelude::*;

use super::*;

#[test]
fn text_is_composed_trimmed_and_single_spaced() {
    for (given, wanted) in [
        ("", ""),
        (" \u{a0}\t", ""),
        ("Sta\u{308}dning", "Städning"),
        ("A\u{30a}", "Å"),
        ("\u{212b}", "Å"),
        ("  two  \t words\u{a0}", "two words"),
        ("a\u{2003}\u{202f}\u{3000}b", "a b"),
        ("so\u{ad}ft", "soft"),
        ("zero\u{200b}width\u{feff}", "zerowidth"),
        ("left\u{200e}\u{202e}right\u{2066}", "leftright"),
        ("\u{e000}private\u{f8ff}\u{100000}", "private"),
        ("non\u{fffe}character\u{fdd0}\u{1ffff}", "noncharacter"),
        ("tag\u{e0041}ged", "tagged"),
        ("fil\u{3164}ler\u{115f}", "filler"),
        ("e\u{200b}\u{301}", "é"),
        ("a \u{200b} b", "a b"),
        // Compatibility characters differ visibly and stay.
        ("№ ﬁ ²", "№ ﬁ ²"),
    ] {
        assert_eq!(lines(given), wanted, "{given:?}");
        assert_eq!(one_line(given), wanted, "{given:?}");
    }
}

#[test]
fn line_breaks_are_kept_only_in_texts_of_several_lines() {
    for (given, several, one) in [
        ("a\r\nb\rc\nd", "a\nb\nc\nd", "a b c d"),
        ("a\u{85}b\u{2028}c\u{2029}d", "a\nb\nc\nd", "a b c d"),
        ("a\u{b}b\u{c}c", "a\nb\nc", "a b c"),
        ("\n\na  \n  b\n \n", "a\nb", "a b"),
        ("a\n\nb", "a\n\nb", "a b"),
        ("a\n \t\n\n\n\n\nb", "a\n\n\nb", "a b"),
        ("a\r\n\r\nb", "a\n\nb", "a b"),
    ] {
        assert_eq!(lines(given), several, "{given:?}");
        assert_eq!(one_line(given), one, "{given:?}");
    }
}

#[test]
fn joiners_and_selectors_stay_where_they_carry_meaning() {
    for kept in [
        // Persian "I want", Sinhala "Sri", Devanagari half form.
        "می\u{200c}خواهم",
        "ශ\u{dca}\u{200d}රී",
        "क\u{94d}\u{200d}ष",
        "👩\u{200d}💻",
        "👩🏽\u{200d}🔬",
        "🏳\u{fe0f}\u{200d}🌈",
        "❤\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "葛\u{e0100}城",
    ] {
        assert_eq!(one_line(kept), kept);
    }
    for (given, wanted) in [
        ("Mal\u{200d}mö", "Malmö"),
        ("Mal\u{200c}mö", "Malmö"),
        ("می\u{200c}", "می"),
        ("می\u{200c} خواهم", "می خواهم"),
        ("می\u{200c}\u{200c}\u{200d}خواهم", "می\u{200c}خواهم"),
        ("👩\u{200d}a", "👩a"),
        ("1\u{fe0f}2", "12"),
        ("a\u{fe0f}\u{fe00}", "a"),
        ("a\u{e0100}", "a"),
    ] {
        assert_eq!(one_line(given), wanted, "{given:?}");
    }
}

#[test]
fn control_characters_are_left_to_the_checks() {
    assert_eq!(lines("a\u{0}b\u{7f}"), "a\u{0}b\u{7f}");
    assert_eq!(without_control("a\u{0}b\u{9c}\tc\nd"), "a b \tc\nd");
}

/// Texts with many characters that the normal form changes.
fn ugly() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(
        "a e1#*åÅقमක👩🏽🔬❤葛᠊\u{301}\u{308}\u{30a}\u{64b}\u{94d}\u{dca}\u{34f}\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\
         \u{202e}\u{2028}\u{85}\u{a0}\u{3000}\u{2000}\u{fe0f}\u{fe0e}\u{180b}\u{e0100}\u{e0041}\u{e000}\u{fdd0}\u{20e3}\
         \u{1100}\u{1161}\u{11a8}\u{0}\t\r\n \n"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(prop_oneof![4 => odd, 1 => any::<char>()], 0..24)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn normal_form_is_idempotent(text in ugly()) {
        let several = lines(&text).into_owned();
        prop_assert_eq!(&*lines(&several), &several);
        let one = one_line(&text).into_owned();
        prop_assert_eq!(&*one_line(&one), &one);
        prop_assert_eq!(&*one_line(&several), &one);
        prop_assert_eq!(&*lines(&one), &one);
    }

    #[test]
    fn normal_form_has_what_it_promises(text in ugly()) {
        let several = lines(&text);
        prop_assert!(unicode_normalization::is_nfc(&several));
        let left_out = ['\u{a0}', '\t', '\r', '\u{200b}', '\u{202e}', '\u{e000}'];
        prop_assert!(!several.contains(left_out));
        prop_assert!(!several.contains("  ") && !several.contains("\n\n\n\n"));
        prop_assert_eq!(several.trim(), &*several);
        for line in several.split('\n') {
            prop_assert_eq!(line.trim_matches(' '), line);
        }
    }
}
