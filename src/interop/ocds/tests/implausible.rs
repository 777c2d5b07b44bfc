//! Values that have a wrong meaning if they are read without doubt.

use rust_decimal::Decimal;
use serde_json::json;

use super::{
    mapping::{kinds, with_tender},
    notice,
};
use crate::interop::ocds::{Notice, WarningKind};
use crate::procurement::content::Procedure;

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

#[test]
fn a_minimum_of_zero_is_the_lower_end() {
    for (least, most, expected) in [
        (
            json!({ "amount": 0, "currency": "SEK" }),
            json!(100),
            Some("0-100"),
        ),
        (json!({ "amount": 0 }), json!(100), Some("0-100")),
        (
            json!({ "amount": "0.00", "currency": "SEK" }),
            json!(100),
            Some("0-100"),
        ),
        (
            json!({ "amount": 0, "currency": "EUR" }),
            json!(100),
            Some("0-100"),
        ),
        (
            json!({ "amount": 5, "currency": "SEK" }),
            json!(100),
            Some("5-100"),
        ),
        (
            json!({ "amount": -5, "currency": "SEK" }),
            json!(100),
            Some("100-100"),
        ),
        (
            json!({ "amount": null, "currency": "SEK" }),
            json!(100),
            Some("100-100"),
        ),
        (json!({}), json!(100), Some("100-100")),
        (json!(0), json!(100), Some("100-100")),
        (json!({ "amount": 0, "currency": "SEK" }), json!(0), None),
        (
            json!({ "amount": 5, "currency": "SEK" }),
            json!(0),
            Some("5-"),
        ),
    ] {
        let most = json!({ "amount": most, "currency": "SEK" });
        let fields = json!({ "id": "1", "minValue": least, "value": most });
        let mut tender = fields.clone();
        tender["lots"] = json!([fields]);
        let draft = with_tender(tender).draft;
        for value in [draft.content.value, draft.lots[0].value.clone()] {
            let shown = |end: Option<Decimal>| {
                end.map_or_else(String::new, |end| end.normalize().to_string())
            };
            let found = value.map(|value| format!("{}-{}", shown(value.min), shown(value.max)));
            assert_eq!(found.as_deref(), expected, "{fields}");
        }
    }
}

#[test]
fn details_can_deny_the_method() {
    let unlimited = "Förenklat förfarande (unlimited)";
    let denied = (WarningKind::Unreadable, "tender/procurementMethod");
    for (method, details, procedure, is_denied) in [
        ("open", unlimited, Some(Procedure::Open), false),
        ("open", "Icke öppet förfarande", None, true),
        (
            "selective",
            "Icke öppet förfarande",
            Some(Procedure::Restricted),
            false,
        ),
        ("", "Icke öppet förfarande", None, false),
        ("limited", "Open procedure", Some(Procedure::Open), false),
    ] {
        let notice = with_tender(
            json!({ "procurementMethod": method, "procurementMethodDetails": details }),
        );
        assert_eq!(
            notice.draft.content.procedure, procedure,
            "{method} {details}"
        );
        assert_eq!(
            kinds(&notice).contains(&denied),
            is_denied,
            "{method} {details}"
        );
    }
}

#[test]
fn words_are_no_regions() {
    for region in [
        "ESSEX",
        "DKK",
        "SE-AB",
        "SKÅNE",
        "DEUTSCHLAND",
        "SPAIN",
        "NOK",
        "SE9",
        "UKRAI",
        "West Midlands",
    ] {
        let items = json!([{ "deliveryAddress": { "region": region } }]);
        let notice = with_tender(json!({ "items": items }));
        assert!(notice.draft.content.nuts.is_empty(), "{region}");
        let path = "tender/items/0/deliveryAddress/region";
        let expected = (WarningKind::UnknownWord, path);
        assert!(kinds(&notice).contains(&expected), "{region}");
    }
    for (region, code, warning) in [
        ("GR301", "EL301", Some(WarningKind::Respelled)),
        ("NO082", "NO082", Some(WarningKind::UnknownCode)),
        ("UKM82", "UKM82", None),
        ("UK", "UK", None),
        ("SE", "SE", None),
    ] {
        let items = json!([{ "deliveryAddress": { "region": region } }]);
        let notice = with_tender(json!({ "items": items }));
        assert_eq!(notice.draft.content.nuts, [code], "{region}");
        let found = kinds(&notice).into_iter();
        let mut found = found.filter(|(_, field)| field.ends_with("region"));
        assert_eq!(found.next().map(|(kind, _)| kind), warning, "{region}");
    }
}

/// Returns the notice of a buyer with a number.
fn with_buyer(name: &str, country: &str, scheme: &str, number: &str) -> Notice {
    let party = json!({
        "id": "b", "name": name, "roles": ["buyer"], "address": { "countryName": country },
        "identifier": { "scheme": scheme, "id": number },
    });
    notice(json!({
        "ocid": "ocds-1", "id": "1", "date": "2026-03-01T12:00:00Z", "language": "sv",
        "buyer": { "id": "b", "name": name }, "parties": [party],
    }))
}

#[test]
fn an_impossible_number_does_not_identify_a_buyer() {
    for (number, kind) in [
        ("tba 2026", WarningKind::Placeholder),
        ("1", WarningKind::Unreadable),
        ("12345", WarningKind::Unreadable),
        ("NA 123", WarningKind::Unreadable),
        ("123456-1234", WarningKind::Unreadable),
    ] {
        let keys = ["Alfa kommun", "Beta region"].map(|name| {
            let notice = with_buyer(name, "Sverige", "SE-ORGNR", number);
            let expected = (kind, "parties/0/identifier/id");
            assert!(kinds(&notice).contains(&expected), "{number}");
            assert_eq!(notice.buyer.identifier, None, "{number}");
            notice.buyer.key
        });
        assert_eq!(keys, ["name:SE:alfa kommun", "name:SE:beta region"]);
    }
}

#[test]
fn a_vat_number_identifies_the_same_buyer_as_the_national_number() {
    for (country, key, spellings) in [
        (
            "BE",
            "identifier:BE-BCE_KBO:0403170701",
            &[
                ("BE-BCE_KBO", "0403.170.701"),
                ("VAT", "BE0403170701"),
                ("VAT", "BE 403.170.701"),
            ][..],
        ),
        (
            "France",
            "identifier:FR-SIREN:303265045",
            &[
                ("FR-SIREN", "303265045"),
                ("FR-SIRET", "30326504500018"),
                ("VAT", "FR40303265045"),
            ],
        ),
        (
            "LV",
            "identifier:LV-RE:40003009497",
            &[("LV-RE", "40003009497"), ("VAT", "LV40003009497")],
        ),
    ] {
        for (scheme, number) in spellings {
            let notice = with_buyer("Ville", country, scheme, number);
            assert_eq!(notice.buyer.key, key, "{scheme} {number}");
        }
    }
}
