//! Dates of releases: mostly RFC 3339, often without a zone or time, in Canadian data in words.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Parsed date, with what its text did not state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ParsedDate {
    pub at: DateTime<Utc>,
    /// Day as written; in UTC it can be another day.
    pub day: NaiveDate,
    pub precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    Exact,
    /// The text has no time zone; UTC is assumed.
    NoZone,
    /// The text has only a day; its first or last second in UTC is assumed.
    Day,
}

/// Accepted years. Systems write other years if they do not know the date.
const YEARS: RangeInclusive<i32> = 1950..=2200;

/// First or last second of a day, for a date without a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayEdge {
    Start,
    End,
}

/// Parses `2026-04-29T17:00:00Z` and shorter forms: without seconds, zone or time, with a space for
/// `T`.
///
/// Returns `None` for any other text.
pub(super) fn parse_date(text: &str, edge: DayEdge) -> Option<ParsedDate> {
    let text = text.trim();
    let exact = |at: DateTime<FixedOffset>| ParsedDate {
        at: at.to_utc(),
        day: at.date_naive(),
        precision: Precision::Exact,
    };
    let date = DateTime::parse_from_rfc3339(text).ok().map(exact);
    let date = date.or_else(|| read_with_zone(text).map(exact));
    let date = date.or_else(|| read_without_zone(text, edge));
    date.filter(|date| YEARS.contains(&date.at.year()))
}

fn read_with_zone(text: &str) -> Option<DateTime<FixedOffset>> {
    let utc = text
        .strip_suffix(['Z', 'z'])
        .and_then(read_time)
        .map(|at| at.and_utc().fixed_offset());
    let forms = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M%#z",
    ];
    utc.or_else(|| {
        forms
            .iter()
            .find_map(|form| DateTime::parse_from_str(text, form).ok())
    })
}

fn read_without_zone(text: &str, edge: DayEdge) -> Option<ParsedDate> {
    let timed = read_time(text).map(|at| ParsedDate {
        at: at.and_utc(),
        day: at.date(),
        precision: Precision::NoZone,
    });
    timed.or_else(|| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let at = match edge {
            DayEdge::Start => start,
            DayEdge::End => start + Duration::days(1) - Duration::seconds(1),
        };
        Some(ParsedDate {
            at,
            day,
            precision: Precision::Day,
        })
    })
}

fn read_time(text: &str) -> Option<NaiveDateTime> {
    let forms = [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
    ];
    forms
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

/// Parses a deadline in words as in Canadian OCDS 1.0 data:
/// `2014-04-22 14:00 Central Daylight Time (CDT)`.
///
/// Returns `None` for another form or a zone that the publisher does not use.
pub(super) fn parse_deadline_in_words(text: &str) -> Option<DateTime<Utc>> {
    let mut words = text.split_whitespace();
    let (day, time) = (words.next()?, words.next()?);
    let at = read_time(&format!("{day} {time}"))?;
    let zone = words.collect::<Vec<_>>().join(" ");
    let (name, abbreviation) = zone.split_once(" (").unwrap_or((&zone, ""));
    let abbreviation = abbreviation.strip_suffix(')').unwrap_or(abbreviation);
    let (.., minutes) = ZONES.iter().find(|(short, long, _)| {
        abbreviation.eq_ignore_ascii_case(short)
            || [long, short]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
    })?;
    let at = (at - Duration::minutes(i64::from(*minutes))).and_utc();
    Some(at).filter(|at| YEARS.contains(&at.year()))
}

/// Time zones by abbreviation and name, with their offset from UTC in minutes. Abbreviations have
/// their North American meaning.
const ZONES: [(&str, &str, i32); 20] = [
    ("NST", "Newfoundland Standard Time", -210),
    ("NDT", "Newfoundland Daylight Time", -150),
    ("AST", "Atlantic Standard Time", -240),
    ("ADT", "Atlantic Daylight Time", -180),
    ("EST", "Eastern Standard Time", -300),
    ("EDT", "Eastern Daylight Time", -240),
    ("CST", "Central Standard Time", -360),
    ("CDT", "Central Daylight Time", -300),
    ("MST", "Mountain Standard Time", -420),
    ("MDT", "Mountain Daylight Time", -360),
    ("PST", "Pacific Standard Time", -480),
    ("PDT", "Pacific Daylight Time", -420),
    ("AKST", "Alaska Standard Time", -540),
    ("AKDT", "Alaska Daylight Time", -480),
    ("HST", "Hawaii-Aleutian Standard Time", -600),
    ("UTC", "Coordinated Universal Time", 0),
    ("GMT", "Greenwich Mean Time", 0),
    ("BST", "British Summer Time", 60),
    ("CET", "Central European Time", 60),
    ("CEST", "Central European Summer Time", 120),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        let at_midnight =
            parse_date("2026-08-01T00:00:00+02:00", DayEdge::Start).map(|date| date.day);
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
                .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>(), dateish in "[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}[T ]?[0-9:.]{0,9}[ -~]{0,8}") {
            for text in [&text, &dateish] {
                if let Some(date) = parse_date(text, DayEdge::End) {
                    prop_assert!(YEARS.contains(&date.at.year()));
                }
                parse_deadline_in_words(text);
            }
        }
    }
}
