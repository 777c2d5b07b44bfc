//! Working days: no Saturdays, Sundays or public holidays (Regulation (EEC, Euratom) 1182/71
//! art. 2).
//!
//! The table is written here because laws on time limits treat further days like Sundays (such as
//! Midsummer Eve in Sweden), which are not public holidays. It has the national days of the Nordic
//! and Baltic countries and Germany; of other countries it knows the weekends, 1 January and
//! 25 December.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

/// A rule for one day of each year.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// Month and day.
    Fixed(u32, u32),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The first such weekday from a month and day on.
    From(Weekday, u32, u32),
}

use Rule::{Easter, Fixed, From};
use Weekday::{Fri, Mon, Sat, Thu};

const NEW_YEAR: Rule = Fixed(1, 1);
const EPIPHANY: Rule = Fixed(1, 6);
const MAUNDY_THURSDAY: Rule = Easter(-3);
const GOOD_FRIDAY: Rule = Easter(-2);
const EASTER_MONDAY: Rule = Easter(1);
const LABOUR_DAY: Rule = Fixed(5, 1);
const ASCENSION: Rule = Easter(39);
const WHIT_MONDAY: Rule = Easter(50);
const CHRISTMAS_EVE: Rule = Fixed(12, 24);
const CHRISTMAS: Rule = Fixed(12, 25);
const SECOND_CHRISTMAS_DAY: Rule = Fixed(12, 26);
const NEW_YEARS_EVE: Rule = Fixed(12, 31);
const MIDSUMMER_EVE: Rule = From(Fri, 6, 19);

/// Returns the rules of a country (ISO 3166-1 alpha-2). Days that are always a Saturday or Sunday
/// are left out.
fn rules(country: &str) -> &'static [Rule] {
    match country {
        // Lag (1989:253) om allmänna helgdagar; lag (1930:173) om beräkning av lagstadgad tid.
        "SE" => &[
            NEW_YEAR,
            EPIPHANY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            Fixed(6, 6),
            MIDSUMMER_EVE,
            CHRISTMAS_EVE,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
            NEW_YEARS_EVE,
        ],
        // Laki säädettyjen määräaikain laskemisesta (150/1930) 5 §.
        "FI" | "AX" => &[
            NEW_YEAR,
            EPIPHANY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            MIDSUMMER_EVE,
            Fixed(12, 6),
            CHRISTMAS_EVE,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
        ],
        "NO" => &[
            NEW_YEAR,
            MAUNDY_THURSDAY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            Fixed(5, 17),
            ASCENSION,
            WHIT_MONDAY,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
        ],
        // General Prayer Day was abolished from 2024 on.
        "DK" => &[
            NEW_YEAR,
            MAUNDY_THURSDAY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            ASCENSION,
            WHIT_MONDAY,
            Fixed(6, 5),
            CHRISTMAS_EVE,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
            NEW_YEARS_EVE,
        ],
        "IS" => &[
            NEW_YEAR,
            MAUNDY_THURSDAY,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            From(Thu, 4, 19),
            LABOUR_DAY,
            ASCENSION,
            WHIT_MONDAY,
            Fixed(6, 17),
            From(Mon, 8, 1),
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
        ],
        "DE" => &[
            NEW_YEAR,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            ASCENSION,
            WHIT_MONDAY,
            Fixed(10, 3),
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
        ],
        "EE" => &[
            NEW_YEAR,
            Fixed(2, 24),
            GOOD_FRIDAY,
            LABOUR_DAY,
            Fixed(6, 23),
            Fixed(6, 24),
            Fixed(8, 20),
            CHRISTMAS_EVE,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
        ],
        "LV" => &[
            NEW_YEAR,
            GOOD_FRIDAY,
            EASTER_MONDAY,
            LABOUR_DAY,
            Fixed(5, 4),
            Fixed(6, 23),
            Fixed(6, 24),
            Fixed(11, 18),
            CHRISTMAS_EVE,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
            NEW_YEARS_EVE,
        ],
        "LT" => &[
            NEW_YEAR,
            Fixed(2, 16),
            Fixed(3, 11),
            EASTER_MONDAY,
            LABOUR_DAY,
            Fixed(6, 24),
            Fixed(7, 6),
            Fixed(8, 15),
            Fixed(11, 1),
            Fixed(11, 2),
            CHRISTMAS_EVE,
            CHRISTMAS,
            SECOND_CHRISTMAS_DAY,
        ],
        _ => &[NEW_YEAR, CHRISTMAS],
    }
}

impl Rule {
    fn day(self, year: i32) -> Option<NaiveDate> {
        match self {
            Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Easter(after) => easter(year)?.checked_add_signed(TimeDelta::days(after)),
            From(weekday, month, day) => {
                let first = NaiveDate::from_ymd_opt(year, month, day)?;
                first
                    .iter_days()
                    .take(7)
                    .find(|day| day.weekday() == weekday)
            }
        }
    }
}

/// Returns Easter Sunday of a year of the Gregorian calendar (algorithm of Meeus, Jones, Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e, g) = (b / 4, b % 4, (8 * b + 13) / 25);
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, month.unsigned_abs(), day.unsigned_abs())
}

/// Returns whether a day is a working day in a country (ISO 3166-1 alpha-2).
pub fn is_working_day(day: NaiveDate, country: &str) -> bool {
    let weekend = [Sat, Weekday::Sun].contains(&day.weekday());
    let holiday = || {
        rules(country)
            .iter()
            .any(|rule| rule.day(day.year()) == Some(day))
    };
    !weekend && !holiday()
}

/// Returns the last day of a period in calendar days that begins on the day after `event`
/// (Regulation 1182/71 art. 3): a period that ends on a day that is not a working day ends with the
/// next working day (paragraph 4), and a period of two days or more has at least two working days
/// (paragraph 5).
pub fn period_end(event: NaiveDate, days: u32, country: &str) -> NaiveDate {
    let working = |day: &NaiveDate| is_working_day(*day, country);
    let end = event + TimeDelta::days(days.into());
    let within = event.iter_days().skip(1).take_while(|day| *day <= end);
    let needed: usize = if days < 2 { 1 } else { 2 };
    let missing = needed.saturating_sub(within.filter(working).count());
    if missing == 0 && working(&end) {
        return end;
    }
    let later = end.iter_days().skip(1).filter(working);
    later.take(missing.max(1)).last().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_is_on_the_known_days() {
        for known in [
            "1818-03-22",
            "1943-04-25",
            "2000-04-23",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
            "2049-04-18",
            "2285-03-22",
        ] {
            assert_eq!(easter(day(known).year()), Some(day(known)));
        }
    }

    #[test]
    fn holidays_are_those_of_the_country() {
        // Country, a day, whether it is a working day.
        for (country, date, working) in [
            ("SE", "2027-01-06", false),
            ("SE", "2027-03-26", false),
            ("SE", "2027-03-29", false),
            ("SE", "2027-05-06", false),
            ("SE", "2027-05-17", true),
            ("SE", "2028-06-06", false),
            ("SE", "2027-06-25", false),
            ("SE", "2027-12-24", false),
            ("SE", "2027-12-31", false),
            ("SE", "2027-03-25", true),
            ("FI", "2027-12-06", false),
            ("FI", "2027-06-25", false),
            ("FI", "2028-06-06", true),
            ("NO", "2027-05-17", false),
            ("NO", "2027-03-25", false),
            ("NO", "2027-01-06", true),
            ("DK", "2028-06-05", false),
            ("DK", "2027-04-23", true),
            ("DK", "2027-05-17", false),
            ("DE", "2028-10-03", false),
            ("DE", "2027-12-24", true),
            ("EE", "2027-02-24", false),
            ("EE", "2027-08-20", false),
            ("EE", "2027-03-29", true),
            ("IS", "2027-04-22", false),
            ("IS", "2027-08-02", false),
            ("LV", "2027-11-18", false),
            ("LT", "2027-02-16", false),
            ("FR", "2027-12-24", true),
            ("FR", "2029-12-25", false),
            ("FR", "2027-05-01", false),
        ] {
            assert_eq!(
                is_working_day(day(date), country),
                working,
                "{country} {date}"
            );
        }
    }

    #[test]
    fn no_saturday_or_sunday_is_a_working_day() {
        for offset in 0..3_000 {
            let date = day("2026-01-01") + TimeDelta::days(offset);
            let weekend = date.weekday().number_from_monday() > 5;
            for country in [
                "SE", "FI", "NO", "DK", "IS", "DE", "EE", "LV", "LT", "US", "",
            ] {
                assert!(
                    !(weekend && is_working_day(date, country)),
                    "{country} {date}"
                );
            }
        }
    }

    #[test]
    fn a_period_ends_on_a_working_day_and_has_two() {
        // Country, day of the event, length in days, last day.
        for (country, event, days, expected) in [
            // Thursday; the tenth day is a Sunday.
            ("SE", "2027-03-04", 10, "2027-03-15"),
            ("SE", "2027-03-05", 10, "2027-03-15"),
            ("SE", "2027-03-08", 10, "2027-03-18"),
            ("SE", "2027-03-08", 15, "2027-03-23"),
            // Good Friday and Easter Monday.
            ("SE", "2027-03-16", 10, "2027-03-30"),
            ("NO", "2027-03-15", 10, "2027-03-30"),
            ("LV", "2027-03-16", 10, "2027-03-30"),
            ("LT", "2027-03-16", 10, "2027-03-26"),
            // Midsummer Eve is a holiday in Sweden and not in Norway.
            ("SE", "2027-06-15", 10, "2027-06-28"),
            ("NO", "2027-06-15", 10, "2027-06-25"),
            // Christmas, and New Year's Eve of Sweden.
            ("SE", "2027-12-14", 10, "2027-12-27"),
            ("SE", "2027-12-21", 10, "2028-01-03"),
            ("FI", "2027-12-21", 10, "2027-12-31"),
            // The only working days after a Friday.
            ("SE", "2027-03-05", 2, "2027-03-09"),
            ("SE", "2027-03-05", 3, "2027-03-09"),
            ("SE", "2027-03-05", 1, "2027-03-08"),
            ("SE", "2027-03-08", 1, "2027-03-09"),
        ] {
            let end = period_end(day(event), days, country);
            assert_eq!(end, day(expected), "{country} {event} {days}");
        }
    }

    #[test]
    fn no_period_ends_early_or_later_than_the_holidays_need() {
        for offset in 0..1_500 {
            let event = day("2026-01-01") + TimeDelta::days(offset);
            for days in [1, 2, 3, 10, 15] {
                for country in ["SE", "FI", "NO", "DK", "DE", "FR"] {
                    let end = period_end(event, days, country);
                    let least = event + TimeDelta::days(days.into());
                    assert!(is_working_day(end, country), "{country} {event} {days}");
                    assert!(
                        end >= least && end <= least + TimeDelta::days(8),
                        "{country} {event} {days}: {end}"
                    );
                }
            }
        }
    }
}
