//! Times and days of a release, in the time zone of its buyer.

use chrono::{DateTime, Months, NaiveDate, Utc};

use super::Source;
use crate::interop::ocds::dates::{
    DayEdge, NoDate, ParsedDate, Precision, YEARS, parse_date_in, parse_epoch,
};
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;

/// Longest time from the publication of a release to a date in it. A later date is a typing error,
/// or means "without end".
const HORIZON: Months = Months::new(25 * 12);

/// Returns the time in a field. A day without a time has the time of the given edge, in the zone of
/// the buyer; its precision says so.
pub(super) fn time(
    source: &Source<'_>,
    node: &Node<'_>,
    key: &str,
    edge: DayEdge,
) -> Option<ParsedDate> {
    let (text, date) = date(source, node, key, edge)?;
    let zone = source.zone;
    let missing = match date.precision {
        Precision::Exact => return Some(date),
        Precision::NoZone => "time zone",
        Precision::Day => "time",
    };
    let message = format!(
        "{} has no {missing}; it is read as {} ({})",
        quoted(&text),
        zone.local(date.at),
        zone.name()
    );
    node.warn(WarningKind::IncompleteDate, key, message);
    Some(date)
}

/// Returns the day in a field as written.
pub(super) fn day(source: &Source<'_>, node: &Node<'_>, key: &str) -> Option<NaiveDate> {
    date(source, node, key, DayEdge::Start).map(|(_, date)| date.day)
}

/// Returns whether a time is plausible in a release that was published at `published`.
pub(super) fn is_within_horizon(at: DateTime<Utc>, published: Option<DateTime<Utc>>) -> bool {
    let last = published.and_then(|published| published.checked_add_months(HORIZON));
    last.is_none_or(|last| at <= last)
}

/// Longest time from a deadline for tenders to a release that accepts tenders, in years.
const OPEN_YEARS: u32 = 1;

/// Longest time from a deadline for tenders to another release, in years. Releases about contracts
/// follow until their end.
const CLOSED_YEARS: u32 = 10;

/// Warns about a deadline for tenders that is long before the release. It is kept.
pub(super) fn warn_of_past(
    source: &Source<'_>,
    node: &Node<'_>,
    key: &str,
    deadline: DateTime<Utc>,
    accepts_tenders: bool,
) {
    let years = match accepts_tenders {
        true => OPEN_YEARS,
        false => CLOSED_YEARS,
    };
    let published = source.published;
    let first = published.and_then(|at| at.checked_sub_months(Months::new(years * 12)));
    if first.is_some_and(|first| deadline < first) {
        let message = format!(
            "{} is {years} or more years before the release; it is kept, check it",
            deadline.to_rfc3339()
        );
        node.warn(WarningKind::Suspicious, key, message);
    }
}

fn date(
    source: &Source<'_>,
    node: &Node<'_>,
    key: &str,
    edge: DayEdge,
) -> Option<(String, ParsedDate)> {
    let text = node.text(key)?;
    let mut read = parse_date_in(source.zone, &text, edge);
    if read == Err(NoDate::Unreadable) {
        read = parse_epoch(&text);
        if let Ok(date) = read {
            let message = format!(
                "{} is not written as RFC 3339; it is read as the time since 1970, {}",
                quoted(&text),
                date.at.to_rfc3339()
            );
            node.warn(WarningKind::Respelled, key, message);
        }
    }
    let reason = match read {
        Ok(date) if is_within_horizon(date.at, source.published) => return Some((text, date)),
        Ok(_) => "is more than 25 years after the release".to_owned(),
        Err(NoDate::Unreadable) => {
            let message = format!(
                "{} is not a date that can be read; it is left out",
                quoted(&text)
            );
            node.warn(WarningKind::Unreadable, key, message);
            return None;
        }
        Err(NoDate::Implausible) => format!(
            "is a date that systems write for an unknown one, or not of the years {} to {}",
            YEARS.start(),
            YEARS.end()
        ),
    };
    let message = format!("{} {reason}; it is treated as missing", quoted(&text));
    node.warn(WarningKind::Placeholder, key, message);
    None
}
