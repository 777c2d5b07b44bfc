use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::*;
use crate::kernel::zone::Zone;

/// Returns the message in English, Swedish, Finnish, Norwegian and Danish.
fn in_all(message: &Message) -> [String; 5] {
    Language::ALL.map(|language| message.in_language(language))
}

#[test]
fn the_first_language_with_translations_is_chosen() {
    for (languages, expected) in [
        ("sv", "sv"),
        ("sv-FI, fi", "sv"),
        ("FI", "fi"),
        ("nn", "nb"),
        ("no", "nb"),
        ("nb-NO", "nb"),
        ("de, da", "da"),
        ("en-GB, sv", "en"),
        ("fil", "en"),
        ("", "en"),
    ] {
        let readers = ReaderLanguages::from_header(languages);
        assert_eq!(
            Language::preferred(&readers).code(),
            expected,
            "{languages}"
        );
    }
}

#[test]
fn a_message_has_its_values_in_each_language() {
    let limit = 200;
    let message = message!(
        "the text has more than {limit} characters; shorten it",
        limit
    );
    assert_eq!(
        in_all(&message),
        [
            "the text has more than 200 characters; shorten it",
            "texten har fler än 200 tecken; korta den",
            "tekstissä on yli 200 merkkiä; lyhennä sitä",
            "teksten har flere enn 200 tegn; forkort den",
            "teksten har mere end 200 tegn; forkort den",
        ]
    );
    assert_eq!(message.to_string(), in_all(&message)[0]);
}

#[test]
fn a_value_with_braces_is_not_a_placeholder() {
    let message = message!("`{field}` cannot change", field = "{field}{x}");
    assert_eq!(message.to_string(), "`{field}{x}` cannot change");
}

#[test]
fn the_plural_follows_the_count() {
    for (seats, english, swedish) in [
        (
            0,
            "0 seats are taken; offer at least as many",
            "0 platser är upptagna; erbjud minst lika många",
        ),
        (
            1,
            "1 seat is taken; offer at least as many",
            "1 plats är upptagen; erbjud minst lika många",
        ),
        (
            2,
            "2 seats are taken; offer at least as many",
            "2 platser är upptagna; erbjud minst lika många",
        ),
    ] {
        let message = counted!(
            seats,
            "{seats} seat is taken; offer at least as many",
            "{seats} seats are taken; offer at least as many",
            seats,
        );
        assert_eq!(message.to_string(), english);
        assert_eq!(message.in_language(Language::Swedish), swedish);
    }
}

#[test]
fn times_are_shown_in_their_zone_as_people_write_them() {
    let at: DateTime<Utc> = "2026-06-30T22:05:00Z".parse().unwrap();
    let shown = |at, zone: &str| {
        message!(
            "the round opens at {start}",
            start = (at, zone.parse().unwrap())
        )
    };
    assert_eq!(
        in_all(&shown(at, "Europe/Helsinki")),
        [
            "the round opens at 1 July 2026 at 01:05 (EEST)",
            "omgången öppnar 1 juli 2026 kl. 01.05 (EEST)",
            "kierros avautuu 1. heinäkuuta 2026 klo 01.05 (EEST)",
            "runden åpner 1. juli 2026 kl. 01.05 (EEST)",
            "runden åbner 1. juli 2026 kl. 01.05 (EEST)",
        ]
    );
    let second: DateTime<Utc> = "2026-12-31T23:30:07Z".parse().unwrap();
    let message = shown(second, "Europe/Stockholm");
    assert_eq!(
        message.to_string(),
        "the round opens at 1 January 2027 at 00:30:07 (CET)"
    );
    let (_, start) = &message.parameters()[0];
    assert_eq!(
        start.values(Language::Swedish),
        ["2027-01-01T00:30:07+01:00"]
    );
    let zone = Zone::DEFAULT;
    assert_eq!(
        Parameter::from((at, zone)).values(Language::English),
        ["2026-07-01T00:05:00+02:00"]
    );
}

#[test]
fn values_keep_their_form_for_programs() {
    let day = NaiveDate::from_ymd_opt(2031, 2, 28).unwrap();
    let phrase = message!("lot");
    for (value, shown, values) in [
        (Parameter::from(Decimal::new(125, 1)), "12,5", vec!["12.5"]),
        (Parameter::from(10_000_usize), "10000", vec!["10000"]),
        (Parameter::from(day), "28 februari 2031", vec!["2031-02-28"]),
        (Parameter::from("LOT-0001"), "LOT-0001", vec!["LOT-0001"]),
        (Parameter::from(phrase), "del", vec!["del"]),
        (Parameter::list(["a", "b"]), "a, b", vec!["a", "b"]),
        (Parameter::any_of(["a"]), "a", vec!["a"]),
        (
            Parameter::any_of(["a", "b", "c"]),
            "a, b eller c",
            vec!["a", "b", "c"],
        ),
        (Parameter::any_of::<&str>([]), "", vec![]),
    ] {
        assert_eq!(value.in_language(Language::Swedish), shown);
        assert_eq!(value.values(Language::Swedish), values);
    }
}

#[test]
fn templates_and_names_are_compared() {
    for (template, names, same) in [
        ("plain", &[][..], true),
        ("a {b} c", &["b"], true),
        ("{a}{b}", &["b", "a"], true),
        ("{a} {a}", &["a"], true),
        ("a {b} c", &[], false),
        ("a {b} c", &["b", "c"], false),
        ("a {bc}", &["b"], false),
        ("a {b", &["b"], false),
        ("", &["b"], false),
    ] {
        assert_eq!(
            has_placeholders(template, names),
            same,
            "{template} {names:?}"
        );
    }
}
