use super::*;
use proptest::prelude::*;

fn parse_date(text: &str, edge: DayEdge) -> Option<ParsedDate> {
    parse_date_in(Zone::UTC, text, edge).ok()
}

fn written(date: Option<ParsedDate>) -> Option<(String, Precision)> {
    date.map(|date| {
        (
            date.at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            date.precision,
        )
    })
}

#[test]
fn incomplete_dates_are_parsed() {
    use Precision::{Day, Exact, NoZone};
    for (text, expected) in [
        (
            "2016-04-29T17:00:00Z",
            Some(("2016-04-29T17:00:00Z", Exact)),
        ),
        (
            " 2016-04-29T17:00:00+02:00 ",
            Some(("2016-04-29T15:00:00Z", Exact)),
        ),
        (
            "2016-04-29 17:00:00+02:00",
            Some(("2016-04-29T15:00:00Z", Exact)),
        ),
        (
            "2017-01-23T10:36:34.344187+02:00",
            Some(("2017-01-23T08:36:34.344187Z", Exact)),
        ),
        ("2016-04-29T17:00Z", Some(("2016-04-29T17:00:00Z", Exact))),
        (
            "2016-04-29T17:00+0200",
            Some(("2016-04-29T15:00:00Z", Exact)),
        ),
        (
            "2016-04-29T17:00:00+02",
            Some(("2016-04-29T15:00:00Z", Exact)),
        ),
        ("2016-04-29T17:00", Some(("2016-04-29T17:00:00Z", NoZone))),
        (
            "2016-04-29 17:00:01",
            Some(("2016-04-29T17:00:01Z", NoZone)),
        ),
        ("2016-04-29", Some(("2016-04-29T23:59:59Z", Day))),
        ("2016-04-29Z", Some(("2016-04-29T23:59:59Z", Day))),
        ("2016-04-29+02:00", Some(("2016-04-29T21:59:59Z", Day))),
        ("2016-04-29-03:30", Some(("2016-04-30T03:29:59Z", Day))),
        ("20160429", Some(("2016-04-29T23:59:59Z", Day))),
        (
            "2016-04-29T24:00:00+02:00",
            Some(("2016-04-29T22:00:00Z", Exact)),
        ),
        ("2016-12-31 24:00", Some(("2017-01-01T00:00:00Z", NoZone))),
        (
            "2031-05-20 15:45:47.8730413",
            Some(("2031-05-20T15:45:47.873041Z", NoZone)),
        ),
        ("2016-04-29T24:01:00Z", None),
        ("2016-04-29T25:00:00Z", None),
        ("2016-04-29+25:00", None),
        ("2016-04-29 soon", None),
        ("2031-02-29T12:00:00Z", None),
        ("2016-02-30", None),
        ("29.4.2016", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31", None),
        ("soon", None),
        ("", None),
    ] {
        let expected = expected.map(|(at, precision)| (at.to_owned(), precision));
        assert_eq!(written(parse_date(text, DayEdge::End)), expected, "{text}");
    }
    let start = parse_date("2016-04-29", DayEdge::Start);
    assert_eq!(
        written(start),
        Some(("2016-04-29T00:00:00Z".to_owned(), Day))
    );
    let at_midnight = parse_date("2026-08-01T00:00:00+02:00", DayEdge::Start).map(|date| date.day);
    assert_eq!(
        at_midnight,
        NaiveDate::from_ymd_opt(2026, 8, 1),
        "in UTC it is the day before"
    );
}

#[test]
fn deadlines_in_words_are_parsed_by_their_zone() {
    for (text, expected) in [
        (
            "2014-04-22 14:00 Central Daylight Time (CDT)",
            Some("2014-04-22T19:00:00Z"),
        ),
        (
            "2014-12-01  14:00 Newfoundland Standard Time (NST)",
            Some("2014-12-01T17:30:00Z"),
        ),
        (
            "2014-04-22 14:00 Pacific Daylight Time",
            Some("2014-04-22T21:00:00Z"),
        ),
        ("2014-04-22 14:00 EST", Some("2014-04-22T19:00:00Z")),
        (
            "2014-04-22 14:00 Central European Summer Time (CEST)",
            Some("2014-04-22T12:00:00Z"),
        ),
        ("2014-04-22 14:00 Mars Standard Time (MRT)", None),
        ("2014-04-22 14:00", None),
        ("2014-04-22", None),
        ("by agreement", None),
    ] {
        let read = parse_deadline_in_words(text)
            .map(|(at, _)| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        assert_eq!(read.as_deref(), expected, "{text}");
    }
}

#[test]
fn a_missing_zone_is_that_of_the_buyer() {
    for (zone, text, edge, at) in [
        (
            "Europe/Stockholm",
            "2031-05-01",
            DayEdge::End,
            "2031-05-01T21:59:59Z",
        ),
        (
            "Europe/Stockholm",
            "2031-05-01",
            DayEdge::Start,
            "2031-04-30T22:00:00Z",
        ),
        (
            "America/Vancouver",
            "2031-05-01",
            DayEdge::End,
            "2031-05-02T06:59:59Z",
        ),
        (
            "America/St_Johns",
            "2031-05-01T14:00:00",
            DayEdge::End,
            "2031-05-01T16:30:00Z",
        ),
        (
            "America/St_Johns",
            "2031-05-01T14:00:00Z",
            DayEdge::End,
            "2031-05-01T14:00:00Z",
        ),
        (
            "Europe/Stockholm",
            "2026-03-29T02:30:00",
            DayEdge::End,
            "2026-03-29T01:30:00Z",
        ),
    ] {
        let read = parse_date_in(zone.parse().unwrap(), text, edge).unwrap();
        assert_eq!(
            read.at,
            at.parse::<DateTime<Utc>>().unwrap(),
            "{zone} {text}"
        );
        assert_eq!(read.day.to_string(), text[..10], "{zone} {text}");
    }
}

#[test]
fn dates_for_an_unknown_date_are_implausible() {
    for text in [
        "1970-01-01",
        "1970-01-01T00:00:00+00:00",
        "1970-01-01T01:00:00+01:00",
        "1969-12-31T19:00:00-05:00",
        "1980-01-01T00:00:00Z",
        "1900-01-01",
        "1899-12-30T00:00:00",
        "1904-01-01",
        "1753-01-01",
        "1601-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31 23:59:59.9999999",
        "2099-12-31",
        "2099-01-01",
        "2100-01-01",
        "2079-06-06",
        "2038-01-19T03:14:07Z",
        "1990-01-01",
        "2222-02-22",
        "0202-05-20",
    ] {
        let read = parse_date_in(Zone::DEFAULT, text, DayEdge::End);
        assert_eq!(read, Err(NoDate::Implausible), "{text}");
    }
    for text in ["", "soon", "31.12.2031", "2031-13-01", "12:00"] {
        let read = parse_date_in(Zone::DEFAULT, text, DayEdge::End);
        assert_eq!(read, Err(NoDate::Unreadable), "{text}");
    }
}

#[test]
fn times_since_1970_are_parsed() {
    for (text, expected) in [
        ("1924941600000", Ok("2030-12-31T10:00:00Z")),
        ("1924941600", Ok("2030-12-31T10:00:00Z")),
        ("/Date(1924941600000)/", Ok("2030-12-31T10:00:00Z")),
        ("0", Err(NoDate::Implausible)),
        ("-1", Err(NoDate::Implausible)),
        ("253402300799000", Err(NoDate::Implausible)),
        ("-62135596800000", Err(NoDate::Implausible)),
        ("20310520", Err(NoDate::Unreadable)),
        ("45678", Err(NoDate::Unreadable)),
        ("soon", Err(NoDate::Unreadable)),
        ("9223372036854775807", Err(NoDate::Unreadable)),
    ] {
        let read = parse_epoch(text).map(|date| date.at);
        assert_eq!(read, expected.map(|at| at.parse().unwrap()), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), dateish in "[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}[T ]?[0-9:.]{0,9}[ -~]{0,8}") {
        for text in [&text, &dateish] {
            if let Some(date) = parse_date(text, DayEdge::End) {
                prop_assert!(YEARS.contains(&date.day.year()));
            }
            let _ = parse_epoch(text);
            parse_deadline_in_words(text);
        }
    }
}

#[test]
fn a_leap_second_is_the_last_microsecond_before_it() {
    for text in [
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.5Z",
        "2016-12-31 23:59:60Z",
        "2017-01-01T00:59:60+01:00",
    ] {
        let date = parse_date(text, DayEdge::Start);
        let expected = ("2016-12-31T23:59:59.999999Z".to_owned(), Precision::Exact);
        assert_eq!(written(date), Some(expected), "{text}");
        let date = date.unwrap();
        let stored = DateTime::from_timestamp_micros(date.at.timestamp_micros());
        assert_eq!(stored, Some(date.at), "{text}");
    }
    assert_eq!(parse_date("2016-12-31T23:59:61Z", DayEdge::Start), None);
}

#[test]
fn zones_of_rfc_9557_are_read() {
    use Precision::{Exact, NoZone};
    for (text, expected) in [
        (
            "2026-01-01T10:00:00Z[Europe/Stockholm]",
            Some(("2026-01-01T10:00:00Z", Exact)),
        ),
        (
            "2026-01-01T10:00:00+01:00[!Europe/Stockholm][u-ca=gregory]",
            Some(("2026-01-01T09:00:00Z", Exact)),
        ),
        (
            "2026-01-01T10:00:00+01:00[+01:00]",
            Some(("2026-01-01T09:00:00Z", Exact)),
        ),
        (
            "2026-07-01T10:00:00[Europe/Stockholm]",
            Some(("2026-07-01T08:00:00Z", Exact)),
        ),
        (
            "2026-07-01T10:00:00[u-ca=gregory]",
            Some(("2026-07-01T10:00:00Z", NoZone)),
        ),
        ("2026-01-01T10:00:00Z[!Mars/Base]", None),
        ("2026-01-01T10:00:00Z[]", None),
        ("2026-01-01T10:00:00Z[Europe/Stockholm", None),
        ("[Europe/Stockholm]", None),
    ] {
        let expected = expected.map(|(at, precision)| (at.to_owned(), precision));
        assert_eq!(
            written(parse_date(text, DayEdge::Start)),
            expected,
            "{text}"
        );
    }
}

#[test]
fn full_width_digits_are_read() {
    let date = parse_date("２０２６－０１－０１Ｔ１０：００：００Ｚ", DayEdge::Start);
    let expected = ("2026-01-01T10:00:00Z".to_owned(), Precision::Exact);
    assert_eq!(written(date), Some(expected));
    assert!(parse_epoch("１９２４９４１６００").is_ok());
}

#[test]
fn digits_below_a_microsecond_are_cut_off() {
    let date = parse_date("2026-01-01T10:00:00.1234567Z", DayEdge::Start);
    let expected = ("2026-01-01T10:00:00.123456Z".to_owned(), Precision::Exact);
    assert_eq!(written(date), Some(expected));
}

#[test]
fn a_placeholder_at_another_offset_is_implausible() {
    for text in [
        "2038-01-18T22:14:07-05:00",
        "2038-01-19T08:44:08+05:30",
        "2038-01-18T23:00:00Z",
        "2036-02-07T06:28:16Z",
        "2036-02-07T07:28:15+01:00",
        "2000-01-01T00:00:00Z",
        "2000-01-01T12:30:00+02:00",
        "1999-12-31",
        "1999-12-31T23:00:00Z",
        "1999-12-30T23:00:00Z",
        "1999-11-30T00:00:00Z",
        "1999-11-29T18:00:00-06:00",
        "2001-01-01",
        "2000-12-31T19:00:00-05:00",
        "2000-12-31T23:00:00Z",
        "2050-12-30T23:00:00Z",
        "2070-01-01T00:59:59+01:00",
        "2049-12-31T23:59:59.999Z",
        "2009-02-13T23:31:30Z",
        "2009-02-14T00:31:30+01:00",
        "2001-09-09T01:46:39Z",
    ] {
        let read = parse_date_in(Zone::DEFAULT, text, DayEdge::End);
        assert_eq!(read, Err(NoDate::Implausible), "{text}");
    }
    for text in [
        "2147483647",
        "2147483648",
        "1234567890",
        "999999999",
        "946684800",
    ] {
        assert_eq!(parse_epoch(text), Err(NoDate::Implausible), "{text}");
    }
    let words = "2038-01-18 21:14:07 Central Standard Time (CST)";
    assert_eq!(parse_deadline_in_words(words), None);
}

#[test]
fn days_next_to_a_placeholder_are_plausible() {
    for text in [
        "2038-01-18",
        "2038-01-20",
        "2038-01-18T12:00:00Z",
        "2038-01-20T00:00:00+01:00",
        "2000-01-02",
        "2000-01-02T00:00:00+01:00",
        "2001-01-02",
        "2000-12-30",
        "2000-12-31T12:00:00Z",
        "1999-12-30",
        "1999-11-29",
        "1999-12-01",
        "2036-02-07",
        "2050-01-02",
        "2049-12-30",
    ] {
        for edge in [DayEdge::Start, DayEdge::End] {
            for zone in [
                Zone::DEFAULT,
                Zone::UTC,
                "America/Vancouver".parse().unwrap(),
            ] {
                assert!(parse_date_in(zone, text, edge).is_ok(), "{text} {edge:?}");
            }
        }
    }
}
