//! Dates of releases: mostly RFC 3339, often without a zone or time, in Canadian data in words, and
//! often the date that a system writes if it knows none.

use std::{borrow::Cow, ops::RangeInclusive};

use chrono::{
    DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta,
    Timelike, Utc,
};

use super::plain::ascii;
use crate::kernel::zone::Zone;

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
    /// The text has no time zone; that of the buyer is assumed.
    NoZone,
    /// The text has only a day; its first or last second is assumed.
    Day,
}

/// Reason why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoDate {
    /// The text has no known form.
    Unreadable,
    /// The text is a date that systems write for an unknown one, or of an implausible year.
    Implausible,
}

/// Years of plausible dates. Systems write dates of other years if they do not know one: the first
/// day of their calendar (0001, 1601, 1753, 1899, 1900, 1904, 1970, 1980) or the last (2079, 2099,
/// 2100, 9999).
pub(super) const YEARS: RangeInclusive<i32> = 1990..=2078;

/// Dates of plausible years that systems write for an unknown date, as year, month and day: first
/// and last days of their calendars (2000 and 2001 of embedded systems and macOS), the end of 32-bit
/// time, ends of two-digit years, and 1999-11-30, which PHP makes of a date of zeros.
const PLACEHOLDERS: [(i32, u32, u32); 10] = [
    (1990, 1, 1),
    (1999, 11, 30),
    (1999, 12, 31),
    (2000, 1, 1),
    (2001, 1, 1),
    (2038, 1, 19),
    (2049, 12, 31),
    (2050, 1, 1),
    (2050, 12, 31),
    (2069, 12, 31),
];

/// Moments that systems write for an unknown date, in seconds since 1970: numbers that are typed to
/// fill a form, and the ends of the counters of NTP and of 32-bit time.
const MOMENTS: [i64; 7] = [
    999_999_999,
    1_000_000_000,
    1_234_567_890,
    2_085_978_495,
    2_085_978_496,
    2_147_483_647,
    2_147_483_648,
];

/// First or last second of a day, for a date without a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayEdge {
    Start,
    End,
}

/// Parses `2026-04-29T17:00:00Z` and other forms of ISO 8601: without seconds, zone or time, with a
/// space for `T`, a day with a zone (XML Schema), `24:00` for the end of a day, the name of a zone
/// after the time (RFC 9557). A missing zone is `zone`. A leap second is the last microsecond
/// before it. Digits below a microsecond, which the database does not store, are cut off.
///
/// # Errors
/// Returns why the text is not a date.
pub(super) fn parse_date_in(zone: Zone, text: &str, edge: DayEdge) -> Result<ParsedDate, NoDate> {
    let plain = ascii(text);
    let (text, named) = without_annotations(plain.trim()).ok_or(NoDate::Unreadable)?;
    let text = without_leap_second(text);
    let midnight = without_hour_24(&text);
    let (text, days) = match &midnight {
        Some(text) => (text.as_str(), TimeDelta::days(1)),
        None => (&*text, TimeDelta::zero()),
    };
    let exact = |at: DateTime<FixedOffset>| {
        let at = at.checked_add_signed(days)?;
        Some(ParsedDate {
            at: at.to_utc().trunc_subsecs(6),
            day: at.date_naive(),
            precision: Precision::Exact,
        })
    };
    let local = |at: NaiveDateTime| {
        let at = at.checked_add_signed(days)?;
        Some(ParsedDate {
            at: named.unwrap_or(zone).at(at.trunc_subsecs(6)),
            day: at.date(),
            precision: match named {
                Some(_) => Precision::Exact,
                None => Precision::NoZone,
            },
        })
    };
    let stated = DateTime::parse_from_rfc3339(text).ok();
    let stated = stated.or_else(|| read_with_zone(text)).and_then(exact);
    let date = stated
        .or_else(|| read_time(text).and_then(local))
        .or_else(|| read_day(named.unwrap_or(zone), text, edge))
        .ok_or(NoDate::Unreadable)?;
    match is_plausible(date.day, date.at, zone) {
        true => Ok(date),
        false => Err(NoDate::Implausible),
    }
}

/// Returns whether a date is not one that systems write for an unknown date. `day` is the day as
/// written.
fn is_plausible(day: NaiveDate, at: DateTime<Utc>, zone: Zone) -> bool {
    YEARS.contains(&day.year()) && !is_placeholder(day) && !is_placeholder_moment(at, zone)
}

fn is_placeholder(day: NaiveDate) -> bool {
    PLACEHOLDERS.contains(&(day.year(), day.month(), day.day()))
}

/// Returns whether a moment is one of [`MOMENTS`], or the first or last second of one of
/// [`PLACEHOLDERS`] in UTC or in a zone: with another offset, its day as written is another one.
fn is_placeholder_moment(at: DateTime<Utc>, zone: Zone) -> bool {
    let is_edge = |local: NaiveDateTime| {
        let is_first = local.num_seconds_from_midnight() == 0;
        let is_last = local.num_seconds_from_midnight() == 86_399;
        (is_first || is_last) && is_placeholder(local.date())
    };
    // All placeholders are of these months, and most dates are not.
    let is_near = matches!(at.month(), 1 | 11 | 12);
    MOMENTS.contains(&at.timestamp())
        || (is_near && (is_edge(at.naive_utc()) || is_edge(zone.in_zone(at).naive_local())))
}

/// Returns a time without the annotations of RFC 9557 (`[Europe/Stockholm]`, `[u-ca=gregory]`), and
/// the zone that they name. The offset in the time has precedence over the zone. `None` if an
/// annotation is malformed, or is critical (`!`) and not known.
fn without_annotations(text: &str) -> Option<(&str, Option<Zone>)> {
    let Some((time, annotations)) = text.split_once('[') else {
        return Some((text, None));
    };
    let mut zone = None;
    for annotation in annotations.strip_suffix(']')?.split("][") {
        let name = annotation.trim_start_matches('!');
        let is_critical = name.len() < annotation.len();
        let found = name.parse().ok();
        let is_calendar = name == "u-ca=gregory" || name == "u-ca=iso8601";
        if name.is_empty()
            || name.contains(['[', ']'])
            || (is_critical && found.is_none() && !is_calendar)
        {
            return None;
        }
        zone = zone.or(found);
    }
    Some((time.trim_end(), zone))
}

/// Returns the text with the last microsecond before a leap second (`23:59:60`), which neither the
/// database nor the API has.
fn without_leap_second(text: &str) -> Cow<'_, str> {
    let Some((minute, rest)) = text.split_at_checked(16) else {
        return Cow::Borrowed(text);
    };
    let Some(rest) = rest.strip_prefix(":60") else {
        return Cow::Borrowed(text);
    };
    let digits = |fraction: &str| {
        fraction
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len()
    };
    let zone = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => &fraction[fraction.len() - digits(fraction)..],
        None => rest,
    };
    Cow::Owned(format!("{minute}:59.999999{zone}"))
}

/// Returns the text with `00:00` for `24:00`, which is the midnight that ends the day.
fn without_hour_24(text: &str) -> Option<String> {
    let (day, time) = text.split_at_checked(10)?;
    let rest = time.strip_prefix(['T', 't', ' '])?.strip_prefix("24:00")?;
    let seconds = rest.strip_prefix(":00").unwrap_or(rest);
    let fraction = seconds
        .strip_prefix('.')
        .map(|rest| rest.trim_start_matches('0'));
    Some(format!("{day}T00:00:00{}", fraction.unwrap_or(seconds)))
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

/// Parses a day, also with a zone (XML Schema `date`, used by eForms): `2026-04-29`,
/// `2026-04-29+02:00`, `2026-04-29Z`, `20260429`.
fn read_day(zone: Zone, text: &str, edge: DayEdge) -> Option<ParsedDate> {
    let (written, offset) = match text.split_at_checked(10) {
        Some((day, "")) => (day, None),
        Some((day, "Z" | "z")) => (day, Some(TimeDelta::zero())),
        Some((day, offset)) => (day, Some(read_offset(offset)?)),
        None => (text, None),
    };
    let day = NaiveDate::parse_from_str(written, "%Y-%m-%d");
    let basic = written.len() == 8 && written.bytes().all(|byte| byte.is_ascii_digit());
    let day = match day {
        Ok(day) => day,
        Err(_) if basic => NaiveDate::parse_from_str(written, "%Y%m%d").ok()?,
        Err(_) => return None,
    };
    let next = day.succ_opt()?;
    let second = TimeDelta::seconds(1);
    let at = match (offset, edge) {
        (None, DayEdge::Start) => zone.start_of(day),
        (None, DayEdge::End) => zone.end_of(day),
        (Some(offset), DayEdge::Start) => day.and_time(chrono::NaiveTime::MIN).and_utc() - offset,
        (Some(offset), DayEdge::End) => {
            next.and_time(chrono::NaiveTime::MIN).and_utc() - offset - second
        }
    };
    Some(ParsedDate {
        at,
        day,
        precision: Precision::Day,
    })
}

/// Parses an offset from UTC: `+02:00`.
fn read_offset(text: &str) -> Option<TimeDelta> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = digits.split_once(':')?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let number = |text: &str, most: i64| {
        let number: i64 = text
            .parse()
            .ok()
            .filter(|number| (0..=most).contains(number))?;
        (text.len() == 2).then_some(number)
    };
    let minutes = number(hours, 14)? * 60 + number(minutes, 59)?;
    Some(TimeDelta::minutes(sign * minutes))
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

/// Parses a number as time since 1970 in milliseconds or seconds, as databases and spreadsheets
/// export it: `1924941600000`, `/Date(1924941600000)/`.
///
/// # Errors
/// Returns why the text is not such a time.
pub(super) fn parse_epoch(text: &str) -> Result<ParsedDate, NoDate> {
    let text = ascii(text);
    let text = text.trim();
    let text = text
        .strip_prefix("/Date(")
        .and_then(|text| text.strip_suffix(")/"))
        .unwrap_or(text);
    let number: i64 = text.parse().map_err(|_| NoDate::Unreadable)?;
    let at = match text.trim_start_matches('-').len() {
        12.. => DateTime::from_timestamp_millis(number),
        9..12 => DateTime::from_timestamp(number, 0),
        // A small number is a moment after 1970 in either unit.
        _ if number == 0 || number == -1 => return Err(NoDate::Implausible),
        _ => None,
    };
    let at = at.ok_or(NoDate::Unreadable)?;
    let day = at.date_naive();
    let date = ParsedDate {
        at,
        day,
        precision: Precision::Exact,
    };
    match is_plausible(day, at, Zone::UTC) {
        true => Ok(date),
        false => Err(NoDate::Implausible),
    }
}

/// Parses a deadline in words as in Canadian OCDS 1.0 data:
/// `2014-04-22 14:00 Central Daylight Time (CDT)`. Returns it with the zone.
///
/// Returns `None` for another form or a zone that the publisher does not use.
pub(super) fn parse_deadline_in_words(text: &str) -> Option<(DateTime<Utc>, Option<Zone>)> {
    let mut words = text.split_whitespace();
    let (day, time) = (words.next()?, words.next()?);
    let local = read_time(&format!("{day} {time}"))?;
    let zone = words.collect::<Vec<_>>().join(" ");
    let (name, abbreviation) = zone.split_once(" (").unwrap_or((&zone, ""));
    let abbreviation = abbreviation.strip_suffix(')').unwrap_or(abbreviation);
    let (.., minutes, zone) = ZONES.iter().find(|(short, long, ..)| {
        abbreviation.eq_ignore_ascii_case(short)
            || [long, short]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
    })?;
    let at = (local - Duration::minutes(i64::from(*minutes))).and_utc();
    let zone: Option<Zone> = zone.parse().ok();
    is_plausible(local.date(), at, zone.unwrap_or(Zone::UTC)).then_some((at, zone))
}

/// Time zones by abbreviation and name, with their offset from UTC in minutes and the name of a
/// place that has it. Abbreviations have their North American meaning.
const ZONES: [(&str, &str, i32, &str); 20] = [
    (
        "NST",
        "Newfoundland Standard Time",
        -210,
        "America/St_Johns",
    ),
    (
        "NDT",
        "Newfoundland Daylight Time",
        -150,
        "America/St_Johns",
    ),
    ("AST", "Atlantic Standard Time", -240, "America/Halifax"),
    ("ADT", "Atlantic Daylight Time", -180, "America/Halifax"),
    ("EST", "Eastern Standard Time", -300, "America/Toronto"),
    ("EDT", "Eastern Daylight Time", -240, "America/Toronto"),
    ("CST", "Central Standard Time", -360, "America/Winnipeg"),
    ("CDT", "Central Daylight Time", -300, "America/Winnipeg"),
    ("MST", "Mountain Standard Time", -420, "America/Edmonton"),
    ("MDT", "Mountain Daylight Time", -360, "America/Edmonton"),
    ("PST", "Pacific Standard Time", -480, "America/Vancouver"),
    ("PDT", "Pacific Daylight Time", -420, "America/Vancouver"),
    ("AKST", "Alaska Standard Time", -540, "America/Anchorage"),
    ("AKDT", "Alaska Daylight Time", -480, "America/Anchorage"),
    (
        "HST",
        "Hawaii-Aleutian Standard Time",
        -600,
        "Pacific/Honolulu",
    ),
    ("UTC", "Coordinated Universal Time", 0, "UTC"),
    ("GMT", "Greenwich Mean Time", 0, "Europe/London"),
    ("BST", "British Summer Time", 60, "Europe/London"),
    ("CET", "Central European Time", 60, ""),
    ("CEST", "Central European Summer Time", 120, ""),
];

#[cfg(test)]
mod tests;
