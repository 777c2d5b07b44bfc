//! Time zones of deadlines, by their names in the IANA database.

use std::{collections::HashMap, str::FromStr, sync::LazyLock};

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};
use sqlx::{Decode, Postgres, Type, error::BoxDynError, postgres::PgValueRef};

/// Time zone: `Europe/Stockholm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Time zone of a buyer whose country is not known.
    pub const DEFAULT: Self = Self(Tz::Europe__Stockholm);

    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Returns the time zone of a country (ISO 3166-1 alpha-2). If the country has several, it is
    /// that of the region, given by its name, postal abbreviation or NUTS code, or else that of the
    /// capital. Returns `None` for an unknown country.
    #[must_use]
    pub fn of_place(country: &str, region: Option<&str>) -> Option<Self> {
        let region = region.map(|region| region.trim().to_lowercase());
        let of_region = region.and_then(|region| REGIONS.get(&(country, region)));
        of_region.or_else(|| COUNTRIES.get(country)).copied()
    }

    /// Returns the name of the zone.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns a time in this zone.
    pub fn in_zone(self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.with_timezone(&self.0)
    }

    /// Formats a time as local time with its offset from UTC (RFC 3339):
    /// `2026-03-29T12:00:00+02:00`.
    pub fn local(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0)
            .to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// Returns the day in the zone at a time.
    #[must_use]
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// Returns the time at which clocks in the zone show a local time. The earlier one if clocks
    /// show it twice; if clocks skip it, the time an hour later that they show instead.
    #[must_use]
    pub fn at(self, local: NaiveDateTime) -> DateTime<Utc> {
        let found = |local: NaiveDateTime| local.and_local_timezone(self.0).earliest();
        let shifted = || found(local + TimeDelta::hours(1));
        found(local)
            .or_else(shifted)
            .map_or_else(|| local.and_utc(), |at| at.to_utc())
    }

    /// Returns the first moment of a day in the zone.
    #[must_use]
    pub fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        self.at(day.and_time(NaiveTime::MIN))
    }

    /// Returns the last second of a day in the zone.
    #[must_use]
    pub fn end_of(self, day: NaiveDate) -> DateTime<Utc> {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
        self.start_of(next) - TimeDelta::seconds(1)
    }
}

/// Time zones by country.
static COUNTRIES: LazyLock<HashMap<&str, Zone>> = LazyLock::new(|| {
    let rows = include_str!("zone/countries.tsv").lines();
    rows.filter_map(|row| {
        let (country, zone) = row.split_once('\t')?;
        Some((country, zone.parse().ok()?))
    })
    .collect()
});

/// Time zones by country and region in lower case.
static REGIONS: LazyLock<HashMap<(&str, String), Zone>> = LazyLock::new(|| {
    let rows = include_str!("zone/regions.tsv").lines();
    rows.filter_map(|row| {
        let mut columns = row.split('\t');
        let (country, zone) = (columns.next()?, columns.next()?.parse().ok()?);
        let names = columns.next()?.split(';');
        Some(names.map(move |name| ((country, name.to_lowercase()), zone)))
    })
    .flatten()
    .collect()
});

impl FromStr for Zone {
    type Err = chrono_tz::ParseError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse().map(Self)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Type<Postgres> for Zone {
    fn type_info() -> <Postgres as sqlx::Database>::TypeInfo {
        <&str as Type<Postgres>>::type_info()
    }
}

impl Decode<'_, Postgres> for Zone {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let name = <&str as Decode<Postgres>>::decode(value)?;
        Ok(name.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_have_the_offset_of_the_zone() {
        let zone: Zone = "Europe/Stockholm".parse().unwrap();
        assert_eq!(zone, Zone::DEFAULT);
        for (at, shown) in [
            ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"),
            ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
            ("2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"),
        ] {
            assert_eq!(zone.local(at.parse().unwrap()), shown);
        }
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert!("".parse::<Zone>().is_err());
    }

    #[test]
    fn every_row_of_the_tables_is_a_zone() {
        let rows = |table: &str| table.lines().count();
        assert_eq!(COUNTRIES.len(), rows(include_str!("zone/countries.tsv")));
        let names = include_str!("zone/regions.tsv").matches(';').count();
        let regions = rows(include_str!("zone/regions.tsv")) + names;
        assert_eq!(REGIONS.len(), regions);
    }

    #[test]
    fn a_place_has_the_zone_of_its_region_or_capital() {
        for (country, region, zone) in [
            ("SE", None, Some("Europe/Stockholm")),
            ("SE", Some("SE110"), Some("Europe/Stockholm")),
            ("FI", None, Some("Europe/Helsinki")),
            ("UA", None, Some("Europe/Kyiv")),
            ("GB", None, Some("Europe/London")),
            ("XK", None, Some("Europe/Belgrade")),
            ("PT", None, Some("Europe/Lisbon")),
            ("PT", Some("PT200"), Some("Atlantic/Azores")),
            ("ES", Some("ES705"), Some("Atlantic/Canary")),
            ("CA", None, Some("America/Toronto")),
            ("CA", Some("British Columbia"), Some("America/Vancouver")),
            ("CA", Some(" bc "), Some("America/Vancouver")),
            ("CA", Some("Newfoundland"), Some("America/St_Johns")),
            ("CA", Some("Hawaii"), Some("America/Toronto")),
            ("US", Some("Hawaii"), Some("Pacific/Honolulu")),
            ("XX", None, None),
            ("", None, None),
        ] {
            let found = Zone::of_place(country, region).map(Zone::name);
            assert_eq!(found, zone, "{country} {region:?}");
        }
    }

    #[test]
    fn days_begin_and_end_by_local_clocks() {
        for (zone, day, start, end) in [
            (
                "Europe/Stockholm",
                "2031-05-01",
                "2031-04-30T22:00:00Z",
                "2031-05-01T21:59:59Z",
            ),
            // A day of 23 hours.
            (
                "Europe/Stockholm",
                "2026-03-29",
                "2026-03-28T23:00:00Z",
                "2026-03-29T21:59:59Z",
            ),
            // Clocks skip midnight.
            (
                "Asia/Beirut",
                "2026-03-29",
                "2026-03-28T22:00:00Z",
                "2026-03-29T20:59:59Z",
            ),
            (
                "America/Vancouver",
                "2031-05-01",
                "2031-05-01T07:00:00Z",
                "2031-05-02T06:59:59Z",
            ),
        ] {
            let zone: Zone = zone.parse().unwrap();
            let day = day.parse().unwrap();
            assert_eq!(zone.start_of(day), start.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(zone.end_of(day), end.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(zone.day(zone.start_of(day)), day);
            assert_eq!(zone.day(zone.end_of(day)), day);
        }
    }

    #[test]
    fn skipped_and_repeated_local_times_are_one_time() {
        let zone = Zone::DEFAULT;
        for (local, at) in [
            ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            ("2031-05-01T12:00:00", "2031-05-01T10:00:00Z"),
        ] {
            let at: DateTime<Utc> = at.parse().unwrap();
            assert_eq!(zone.at(local.parse().unwrap()), at, "{local}");
        }
    }
}
