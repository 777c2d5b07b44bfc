use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Exceeded, Limits, MEGABYTE, Quotas, StorageKind, Usage, exceeded,
    table::{BOUNDED, Effect, MUTATIONS},
};
use crate::kernel::refusal::Code;

const LIMITS: Limits = Limits {
    total: 10,
    hour: 5,
    total_bytes: 1_000,
    hour_bytes: 500,
};

fn ends() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(1)
}

fn usage((total, added): (i64, i64), (total_bytes, added_bytes): (i64, i64)) -> Usage {
    Usage {
        of_person: false,
        kind: StorageKind::Question,
        total,
        total_bytes,
        added,
        added_bytes,
        hour: 0,
        hour_bytes: 0,
        hour_ends: ends(),
    }
}

#[test]
fn a_total_is_refused_above_its_limit_only_if_it_grew() {
    for (objects, bytes, expected) in [
        ((10, 1), (1_000, 100), None),
        ((11, 1), (1_000, 100), Some(Exceeded::Total(10))),
        ((11, 0), (1_000, 100), None),
        ((11, -1), (1_001, -5), None),
        ((10, 1), (1_001, 1), Some(Exceeded::TotalBytes(1_000))),
        ((10, 0), (1_001, 0), None),
    ] {
        assert_eq!(
            exceeded(&LIMITS, &usage(objects, bytes)),
            expected,
            "{objects:?} {bytes:?}"
        );
    }
}

#[test]
fn an_hour_is_refused_above_its_limit() {
    for (hour, hour_bytes, expected) in [
        (5, 500, None),
        (6, 500, Some(Exceeded::Hour(5, ends()))),
        (5, 501, Some(Exceeded::HourBytes(500, ends()))),
    ] {
        let usage = Usage {
            hour,
            hour_bytes,
            ..usage((1, 0), (1, 0))
        };
        assert_eq!(exceeded(&LIMITS, &usage), expected, "{hour} {hour_bytes}");
    }
}

#[test]
fn an_unverified_buyer_has_lower_limits_and_a_person_has_their_own() {
    let quotas = Quotas::default();
    let quota = quotas.of(StorageKind::Document);
    let of = |total, of_person| Usage {
        of_person,
        kind: StorageKind::Document,
        ..usage((total, 1), (1, 1))
    };
    let above = quota.unverified_buyer.total + 1;
    assert!(above < quota.organisation.total);
    assert!(quotas.check(&of(above, false), false).is_ok());
    assert!(quotas.check(&of(above, true), true).is_ok());
    let refusal = quotas.check(&of(above, false), true).unwrap_err();
    assert_eq!(refusal.code, Code::QuotaExceeded);
    assert!(
        quotas
            .check(&of(quota.person.total + 1, true), false)
            .is_err()
    );
}

#[test]
fn each_kind_is_stored_by_a_mutation_or_an_upload_and_has_its_name() {
    let effects = MUTATIONS.iter().flat_map(|(_, effects)| effects.iter());
    let mut stored: Vec<StorageKind> = effects
        .filter(|effect| !matches!(effect, Effect::Free(_)))
        .map(|effect| effect.parts().1)
        .chain([StorageKind::Document])
        .collect();
    stored.sort_unstable();
    stored.dedup();
    assert_eq!(stored, StorageKind::ALL);
    for kind in StorageKind::ALL {
        assert_eq!(StorageKind::of_name(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        assert_eq!(StorageKind::ALL[kind as usize], kind);
    }
}

#[test]
fn each_default_is_lower_for_an_unverified_buyer_and_per_hour() {
    let quotas = Quotas::default();
    for kind in StorageKind::ALL {
        let quota = quotas.of(kind);
        let (lower, higher) = (quota.unverified_buyer, quota.organisation);
        assert!(
            lower.total < higher.total && lower.hour < higher.hour,
            "{kind:?}"
        );
        assert!(lower.total_bytes < higher.total_bytes, "{kind:?}");
        assert!(lower.hour_bytes < higher.hour_bytes, "{kind:?}");
        for limits in [quota.organisation, quota.unverified_buyer, quota.person] {
            assert!(0 < limits.hour && limits.hour <= limits.total, "{kind:?}");
            assert!(
                0 < limits.hour_bytes && limits.hour_bytes <= limits.total_bytes,
                "{kind:?}"
            );
        }
    }
}

#[test]
fn no_mutation_is_in_the_table_twice() {
    let names = MUTATIONS.iter().map(|(name, _)| *name);
    let mut names: Vec<&str> = names.chain(BOUNDED.iter().map(|(name, _)| *name)).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_file_replaces_the_limits_that_it_states() {
    let text = r#"{"DOCUMENT": {"organisation": {"total": 7, "hourMegabytes": 3}, "unverifiedBuyer": {"hour": 0}}}"#;
    let (quotas, built_in) = (Quotas::read(text).unwrap(), Quotas::default());
    let (found, known) = (
        quotas.of(StorageKind::Document),
        built_in.of(StorageKind::Document),
    );
    assert_eq!(found.organisation.total, 7);
    assert_eq!(found.organisation.hour_bytes, 3 * MEGABYTE);
    assert_eq!(found.organisation.hour, known.organisation.hour);
    assert_eq!(found.unverified_buyer.hour, 0);
    assert_eq!(found.person, known.person);
    assert_eq!(
        quotas.of(StorageKind::Tender),
        built_in.of(StorageKind::Tender)
    );
}

#[test]
fn a_file_with_an_unknown_name_or_value_is_refused() {
    for (text, reason) in [
        (r#"{"DOCUMENTS": {}}"#, "unknown variant `DOCUMENTS`"),
        (
            r#"{"DOCUMENT": {"organization": {}}}"#,
            "unknown field `organization`",
        ),
        (
            r#"{"DOCUMENT": {"person": {"day": 1}}}"#,
            "unknown field `day`",
        ),
        (
            r#"{"DOCUMENT": {"person": {"hour": -1}}}"#,
            "invalid value: integer `-1`",
        ),
        (
            r#"{"DOCUMENT": {"person": {"totalMegabytes": 3000000000}}}"#,
            "a limit is at most 2147483647",
        ),
        ("[]", "expected a map"),
    ] {
        let error = Quotas::read(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}
