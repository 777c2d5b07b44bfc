//! Time zones of deadlines, by their names in the IANA database.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};
use sqlx::{Decode, Postgres, Type, error::BoxDynError, postgres::PgValueRef};

/// Time zone: `Europe/Stockholm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Time zone of rounds whose buyer does not set one.
    pub const DEFAULT: Self = Self(Tz::Europe__Stockholm);

    /// Returns the name of the zone.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Formats a time as local time with its offset from UTC (RFC 3339):
    /// `2026-03-29T12:00:00+02:00`.
    pub fn local(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0)
            .to_rfc3339_opts(SecondsFormat::Secs, false)
    }
}

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
}
