//! The file of quotas: a JSON object that replaces built-in limits, such as
//! `{"DOCUMENT": {"organisation": {"totalMegabytes": 500000}, "person": {"totalMegabytes": 500000}}}`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Limits, MEGABYTE, Quota, Quotas, StorageKind};

/// Limits of one kind that the file states.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuotaOverride {
    #[serde(default)]
    organisation: LimitsOverride,
    #[serde(default)]
    unverified_buyer: LimitsOverride,
    #[serde(default)]
    person: LimitsOverride,
}

/// A number of the file: at most the maximum of GraphQL's `Int`, in which clients read the limits.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u32")]
struct Number(i32);

impl TryFrom<u32> for Number {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        let most = i32::MAX;
        let number = i32::try_from(number);
        number
            .map(Self)
            .map_err(|_| format!("a limit is at most {most}"))
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitsOverride {
    total: Option<Number>,
    hour: Option<Number>,
    total_megabytes: Option<Number>,
    hour_megabytes: Option<Number>,
}

impl LimitsOverride {
    fn apply(self, limits: Limits) -> Limits {
        let number =
            |stated: Option<Number>, known| stated.map_or(known, |number| i64::from(number.0));
        let bytes = |stated: Option<Number>, known| {
            stated.map_or(known, |megabytes| i64::from(megabytes.0) * MEGABYTE)
        };
        Limits {
            total: number(self.total, limits.total),
            hour: number(self.hour, limits.hour),
            total_bytes: bytes(self.total_megabytes, limits.total_bytes),
            hour_bytes: bytes(self.hour_megabytes, limits.hour_bytes),
        }
    }
}

impl Quotas {
    /// Parses a file of quotas. Limits that it does not state are the built-in ones; unknown names
    /// are refused.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        let stated: BTreeMap<StorageKind, QuotaOverride> = serde_json::from_str(text)?;
        Ok(stated
            .into_iter()
            .fold(Self::default(), |quotas, (kind, stated)| {
                let known = *quotas.of(kind);
                let quota = Quota {
                    organisation: stated.organisation.apply(known.organisation),
                    unverified_buyer: stated.unverified_buyer.apply(known.unverified_buyer),
                    person: stated.person.apply(known.person),
                };
                quotas.with(kind, quota)
            }))
    }
}
