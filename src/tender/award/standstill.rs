//! The standstill between a decision and its contract, pure (Directive 89/665/EEC art. 2a and 2b).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{working_day::period_end, zone::Zone},
    procurement::{Content, content::Procedure, light_regime},
};

/// Days of the standstill when the decision is sent by electronic means.
pub const ELECTRONIC_DAYS: u32 = 10;
/// Days of the standstill when the decision is sent by other means.
pub const OTHER_DAYS: u32 = 15;

/// Reason why a decision has no standstill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StandstillExemption {
    /// The procurement is under the light regime.
    LightRegime,
    /// No other tenderer made an offer for the lot (art. 2b (b)).
    OnlyTenderer,
    /// The procedure needs no prior notice (art. 2b (a)).
    NoPriorNotice,
}

/// Returns why a decision needs no standstill; `None` if it needs one. `others`: whether another
/// tenderer made an offer for the lot.
pub fn exemption(content: Option<&Content>, others: bool) -> Option<StandstillExemption> {
    let procedure = content.and_then(|content| content.procedure);
    if procedure == Some(Procedure::NegWoCall) {
        return Some(StandstillExemption::NoPriorNotice);
    }
    if content.is_some_and(light_regime::applies) {
        return Some(StandstillExemption::LightRegime);
    }
    (!others).then_some(StandstillExemption::OnlyTenderer)
}

/// Returns the first moment after the standstill of a decision that is sent at `sent_at`. The first
/// day is the one after the decision; the last hour of the last day belongs to the standstill
/// (Regulation 1182/71 art. 3). `zone` and `country` are the buyer's.
pub fn standstill_end(
    sent_at: DateTime<Utc>,
    days: u32,
    zone: Zone,
    country: &str,
) -> DateTime<Utc> {
    let last = period_end(zone.day(sent_at), days, country);
    zone.start_of(last + TimeDelta::days(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_standstill_ends_with_its_last_day_in_the_buyers_zone() {
        let stockholm = "Europe/Stockholm";
        // Sent at, days, zone, country, first moment after the standstill.
        for (sent_at, days, zone, country, expected) in [
            // A Monday; the tenth day is a Thursday.
            (
                "2027-03-08T09:00:00Z",
                10,
                stockholm,
                "SE",
                "2027-03-18T23:00:00Z",
            ),
            (
                "2027-03-08T22:59:59Z",
                10,
                stockholm,
                "SE",
                "2027-03-18T23:00:00Z",
            ),
            // The next day has begun in Stockholm.
            (
                "2027-03-08T23:00:00Z",
                10,
                stockholm,
                "SE",
                "2027-03-19T23:00:00Z",
            ),
            (
                "2027-03-08T09:00:00Z",
                15,
                stockholm,
                "SE",
                "2027-03-23T23:00:00Z",
            ),
            (
                "2027-03-08T09:00:00Z",
                10,
                "Europe/Helsinki",
                "FI",
                "2027-03-18T22:00:00Z",
            ),
            // The tenth day is a Saturday.
            (
                "2027-03-10T09:00:00Z",
                10,
                stockholm,
                "SE",
                "2027-03-22T23:00:00Z",
            ),
            // Good Friday to Easter Monday; summer time has begun.
            (
                "2027-03-16T09:00:00Z",
                10,
                stockholm,
                "SE",
                "2027-03-30T22:00:00Z",
            ),
            // Christmas.
            (
                "2027-12-14T09:00:00Z",
                10,
                stockholm,
                "SE",
                "2027-12-27T23:00:00Z",
            ),
            (
                "2027-12-21T09:00:00Z",
                10,
                stockholm,
                "SE",
                "2028-01-03T23:00:00Z",
            ),
            (
                "2027-12-21T09:00:00Z",
                10,
                "Europe/Oslo",
                "NO",
                "2027-12-31T23:00:00Z",
            ),
        ] {
            let (sent_at, zone) = (sent_at.parse().unwrap(), zone.parse().unwrap());
            let end = standstill_end(sent_at, days, zone, country);
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(end, expected, "{sent_at} {days} {country}");
        }
    }

    #[test]
    fn no_standstill_protects_nobody() {
        use StandstillExemption::{LightRegime, NoPriorNotice, OnlyTenderer};
        for (procedure, cpv, others, expected) in [
            ("open", "90919300", true, None),
            ("open", "90919300", false, Some(OnlyTenderer)),
            ("open", "85311100", true, Some(LightRegime)),
            ("neg-wo-call", "90919300", true, Some(NoPriorNotice)),
            ("neg-wo-call", "85311100", false, Some(NoPriorNotice)),
        ] {
            let content = json!({ "procedure": procedure, "cpv": [cpv], "category": "SERVICES" });
            let content: Content = serde_json::from_value(content).unwrap();
            assert_eq!(
                exemption(Some(&content), others),
                expected,
                "{procedure} {cpv}"
            );
        }
        assert_eq!(exemption(None, true), None);
    }
}
