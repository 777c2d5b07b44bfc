//! What a publisher must confirm: values and deadlines that are probably a mistake.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::{
    kernel::{
        warning::{Warning, WarningCode},
        working_day::is_working_day,
        zone::Zone,
    },
    procurement::content::Draft,
};

/// Time from now within which a deadline is usual.
const USUAL: TimeDelta = TimeDelta::days(365);

/// Where and when warnings are evaluated.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Country of the buyer (ISO 3166-1 alpha-2), whose public holidays count; empty if unknown.
    pub country: String,
    /// Time zone in which deadlines are stated, and days are compared.
    pub zone: Zone,
    /// Time of the change.
    pub now: DateTime<Utc>,
}

/// Returns the warnings about a draft that is published.
pub fn of_draft(draft: &Draft, surroundings: &Surroundings) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(of_lot_values(draft));
    if let Some(deadline) = draft.content.tender_deadline {
        warnings.extend(of_deadline("tenderDeadline", deadline, surroundings));
    }
    warnings
}

/// Warns when the lots of the procurement's currency add up to more than its maximum value. A lot
/// without an upper end counts with its lower end.
fn of_lot_values(draft: &Draft) -> Option<Warning> {
    let total = draft.content.value.as_ref()?;
    let most = total.max?;
    let values = draft.lots.iter().filter_map(|lot| lot.value.as_ref());
    let values = values.filter(|value| value.currency == total.currency);
    let ends = values.filter_map(|value| value.max.or(value.min));
    let sum = ends.fold(Decimal::ZERO, Decimal::saturating_add);
    let message = || {
        message!(
            "the values of the lots add up to {sum} {currency}, more than the procurement's {total}; \
             correct the values, or confirm the warning",
            sum,
            currency = &total.currency,
            total = most,
        )
    };
    (sum > most).then(|| Warning::at(WarningCode::LotValuesExceedTotal, "value", message()))
}

/// Returns the warnings about a deadline that a field states.
pub fn of_deadline(
    field: &str,
    deadline: DateTime<Utc>,
    surroundings: &Surroundings,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let day: NaiveDate = surroundings.zone.day(deadline);
    if !is_working_day(day, &surroundings.country) {
        let message = message!(
            "`{field}` is on {day}, a weekend or public holiday; choose a working day, or confirm the \
             warning",
            field,
            day,
        );
        warnings.push(Warning::at(
            WarningCode::DeadlineNotOnWorkingDay,
            field,
            message,
        ));
    }
    if deadline - surroundings.now > USUAL {
        let message = message!(
            "`{field}` is on {day}, more than a year ahead; correct the year, or confirm the warning",
            field,
            day,
        );
        warnings.push(Warning::at(WarningCode::DeadlineFarAhead, field, message));
    }
    warnings
}

/// Warns when a round of dialogue ends after the deadline for tenders. `field` is the field that
/// states one of the two.
pub fn of_round(
    field: &str,
    round_ends: DateTime<Utc>,
    tender_deadline: Option<DateTime<Utc>>,
    zone: Zone,
) -> Option<Warning> {
    let deadline = tender_deadline.filter(|deadline| round_ends > *deadline)?;
    let message = message!(
        "a round of dialogue ends at {end}, after the deadline for tenders at {deadline}; what is \
         learnt then comes too late for tenderers; end it earlier, or confirm the warning",
        end = (round_ends, zone),
        deadline = (deadline, zone),
    );
    Some(Warning::at(
        WarningCode::DialogueOutlastsDeadline,
        field,
        message,
    ))
}

/// Returns the warnings that the notice in force does not raise as well: what it states was
/// confirmed when it was published.
pub fn new_warnings(raised: Vec<Warning>, in_force: &[Warning]) -> Vec<Warning> {
    raised
        .into_iter()
        .filter(|one| !in_force.contains(one))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(value: Value, lots: &[Value]) -> Draft {
        let lot = |value: &Value| json!({ "id": "LOT", "value": value });
        let lots: Vec<Value> = lots.iter().map(lot).collect();
        serde_json::from_value(json!({ "content": { "value": value }, "lots": lots })).unwrap()
    }

    fn at(now: &str, country: &str, zone: &str) -> Surroundings {
        Surroundings {
            country: country.to_owned(),
            zone: zone.parse().unwrap(),
            now: now.parse().unwrap(),
        }
    }

    #[test]
    fn lots_that_exceed_the_total_raise_a_warning() {
        let money = |min: Option<&str>, max: Option<&str>, currency: &str| json!({ "min": min, "max": max, "currency": currency });
        let total = money(None, Some("100.00"), "SEK");
        for (total, lots, warned) in [
            (
                &total,
                vec![
                    money(None, Some("60"), "SEK"),
                    money(None, Some("40"), "SEK"),
                ],
                false,
            ),
            (
                &total,
                vec![
                    money(None, Some("60"), "SEK"),
                    money(None, Some("40.01"), "SEK"),
                ],
                true,
            ),
            (&total, vec![money(Some("101"), None, "SEK")], true),
            (
                &total,
                vec![
                    money(None, Some("60"), "SEK"),
                    money(None, Some("60"), "EUR"),
                ],
                false,
            ),
            (&total, vec![], false),
            (
                &money(Some("10"), None, "SEK"),
                vec![money(None, Some("60"), "SEK")],
                false,
            ),
            (&Value::Null, vec![money(None, Some("60"), "SEK")], false),
        ] {
            let found = of_lot_values(&draft(total.clone(), &lots));
            assert_eq!(found.is_some(), warned, "{total} {lots:?}");
        }
    }

    #[test]
    fn deadlines_on_holidays_and_years_ahead_raise_warnings() {
        use WarningCode::{DeadlineFarAhead, DeadlineNotOnWorkingDay};
        // Half past midnight on Saturday in Stockholm is still Friday in UTC.
        for (deadline, country, zone, expected) in [
            ("2031-05-20T10:00:00Z", "SE", "Europe/Stockholm", &[][..]),
            (
                "2031-05-24T10:00:00Z",
                "SE",
                "Europe/Stockholm",
                &[DeadlineNotOnWorkingDay],
            ),
            (
                "2031-05-23T22:30:00Z",
                "SE",
                "Europe/Stockholm",
                &[DeadlineNotOnWorkingDay],
            ),
            ("2031-05-23T22:30:00Z", "IS", "Atlantic/Reykjavik", &[]),
            (
                "2031-06-06T10:00:00Z",
                "SE",
                "Europe/Stockholm",
                &[DeadlineNotOnWorkingDay],
            ),
            ("2031-06-06T10:00:00Z", "FI", "Europe/Helsinki", &[]),
            ("2032-01-08T10:00:00Z", "SE", "Europe/Stockholm", &[]),
            (
                "2033-01-06T10:00:00Z",
                "SE",
                "Europe/Stockholm",
                &[DeadlineNotOnWorkingDay, DeadlineFarAhead],
            ),
            (
                "2041-05-20T10:00:00Z",
                "SE",
                "Europe/Stockholm",
                &[DeadlineFarAhead],
            ),
        ] {
            let surroundings = at("2031-05-01T00:00:00Z", country, zone);
            let found = of_deadline("tenderDeadline", deadline.parse().unwrap(), &surroundings);
            let codes: Vec<WarningCode> = found.iter().map(|warning| warning.code).collect();
            assert_eq!(codes, expected, "{deadline} {country}");
        }
    }

    #[test]
    fn a_round_may_end_with_the_deadline_and_not_later() {
        let deadline: DateTime<Utc> = "2031-05-20T10:00:00Z".parse().unwrap();
        for (seconds, tenders, warned) in [
            (0, Some(deadline), false),
            (1, Some(deadline), true),
            (1, None, false),
        ] {
            let end = deadline + TimeDelta::seconds(seconds);
            let found = of_round("closesAt", end, tenders, Zone::DEFAULT);
            assert_eq!(found.is_some(), warned);
        }
    }

    #[test]
    fn what_the_notice_in_force_states_is_confirmed() {
        let surroundings = at("2031-05-01T00:00:00Z", "SE", "Europe/Stockholm");
        let warn = |deadline: &str| {
            of_deadline("tenderDeadline", deadline.parse().unwrap(), &surroundings)
        };
        let (saturday, sunday) = (warn("2031-05-24T10:00:00Z"), warn("2031-05-25T10:00:00Z"));
        assert_eq!(new_warnings(saturday.clone(), &saturday), []);
        assert_eq!(new_warnings(sunday.clone(), &saturday), sunday);
    }
}
