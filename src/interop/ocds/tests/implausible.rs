//! Values that have a wrong meaning if they are read without doubt.

use serde_json::json;

use super::mapping::{kinds, with_tender};
use crate::interop::ocds::WarningKind;

#[test]
fn a_deadline_long_before_its_release_is_reported() {
    // The release is of 2026-03-01.
    for (status, deadline, is_reported) in [
        ("active", "2026-02-01T12:00:00Z", false),
        ("active", "2025-03-02T12:00:00Z", false),
        ("active", "2025-02-01T12:00:00Z", true),
        ("active", "1998-05-01T12:00:00Z", true),
        ("complete", "2020-02-01T12:00:00Z", false),
        ("complete", "2015-02-01T12:00:00Z", true),
    ] {
        let period = json!({ "endDate": deadline });
        let notice = with_tender(json!({ "status": status, "tenderPeriod": period }));
        let kept = notice.draft.content.tender_deadline;
        assert_eq!(kept, Some(deadline.parse().unwrap()), "{status} {deadline}");
        let expected = (WarningKind::Suspicious, "tender/tenderPeriod/endDate");
        let found = kinds(&notice).contains(&expected);
        assert_eq!(found, is_reported, "{status} {deadline}");
    }
    let words = json!({ "tenderPeriodEndText": "2014-04-22 14:00 EST" });
    let expected = (WarningKind::Suspicious, "tender/tenderPeriodEndText");
    assert!(kinds(&with_tender(words)).contains(&expected));
}

#[test]
fn a_placeholder_is_no_deadline() {
    for end in [
        "2038-01-18T22:14:07-05:00",
        "2000-01-01T00:00:00Z",
        "2001-01-01",
        "1999-12-31",
        "2036-02-07T06:28:16Z",
    ] {
        let notice = with_tender(json!({ "tenderPeriod": { "endDate": end } }));
        assert_eq!(notice.draft.content.tender_deadline, None, "{end}");
        let expected = (WarningKind::Placeholder, "tender/tenderPeriod/endDate");
        assert!(kinds(&notice).contains(&expected), "{end}");
    }
}
