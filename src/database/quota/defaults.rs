//! The built-in quotas. A municipality that publishes 200 procurements a year uses less than a tenth
//! of each in ten years.

use super::{Limits, MEGABYTE, Quota, StorageKind};

/// Fraction of an organisation's quota that a buyer has before it is verified.
const UNVERIFIED: i64 = 10;

/// Returns the built-in quota of a kind: the objects in total and within an hour, then the megabytes
/// in total and within an hour.
pub(super) fn quota(kind: StorageKind) -> Quota {
    match kind {
        // Editors save every few seconds while somebody writes.
        StorageKind::ProcurementDraft => same(limits((5_000, 3_000), (2_000, 500))),
        StorageKind::Notice => same(limits((100_000, 1_000), (20_000, 500))),
        StorageKind::Document => same(limits((200_000, 2_000), (200_000, 10_000))),
        StorageKind::Round => same(limits((100_000, 1_000), (2_000, 100))),
        StorageKind::Question => same(limits((100_000, 1_000), (500, 20))),
        StorageKind::Support => same(limits((100_000, 2_000), (100, 10))),
        StorageKind::AnswerDraft => same(limits((20_000, 5_000), (500, 200))),
        StorageKind::Answer => same(limits((200_000, 5_000), (5_000, 200))),
        StorageKind::Questionnaire => same(limits((20_000, 500), (2_000, 50))),
        StorageKind::ContributionDraft => same(limits((5_000, 3_000), (2_000, 500))),
        StorageKind::Contribution => same(limits((50_000, 500), (5_000, 100))),
        StorageKind::Meeting => same(limits((50_000, 500), (1_000, 50))),
        StorageKind::Registration => same(limits((50_000, 500), (100, 10))),
        StorageKind::Summary => same(limits((20_000, 500), (2_000, 50))),
        StorageKind::TenderDraft => same(limits((5_000, 3_000), (2_000, 500))),
        StorageKind::Tender => same(limits((50_000, 500), (20_000, 200))),
        StorageKind::SelfDeclaration => same(limits((10_000, 500), (1_000, 50))),
        StorageKind::Interest => same(limits((20_000, 500), (500, 20))),
        StorageKind::Follow => same(limits((20_000, 1_000), (10, 5))),
        StorageKind::Organisation => same(limits((200, 50), (20, 5))),
        StorageKind::Invitation => same(limits((20_000, 500), (50, 5))),
        StorageKind::ApiKey => same(limits((5_000, 100), (10, 1))),
        StorageKind::Change => same(limits((500_000, 1_000), (2_000, 50))),
    }
}

/// Returns a quota that is the same for an organisation and for a person: a person may be the only
/// member who writes.
const fn same(limits: Limits) -> Quota {
    Quota {
        organisation: limits,
        unverified_buyer: Limits {
            total: limits.total / UNVERIFIED,
            hour: limits.hour / UNVERIFIED,
            total_bytes: limits.total_bytes / UNVERIFIED,
            hour_bytes: limits.hour_bytes / UNVERIFIED,
        },
        person: limits,
    }
}

const fn limits((total, hour): (i64, i64), (total_bytes, hour_bytes): (i64, i64)) -> Limits {
    Limits {
        total,
        hour,
        total_bytes: total_bytes * MEGABYTE,
        hour_bytes: hour_bytes * MEGABYTE,
    }
}
