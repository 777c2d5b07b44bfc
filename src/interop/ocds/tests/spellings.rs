//! Codes in other spellings than those of their lists.

use serde_json::json;

use super::mapping::{kinds, with_tender};
use crate::interop::ocds::WarningKind;

#[test]
fn cpv_codes_in_other_spellings_are_read() {
    for (scheme, id, code, warned) in [
        ("CPV", json!("90919300-5"), Some("90919300"), None),
        (
            "CPV",
            json!(3000000),
            Some("03000000"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("3000000"),
            Some("03000000"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("3000000.0"),
            Some("03000000"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("3.0E6"),
            Some("03000000"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("3111000-2"),
            Some("03111000"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("3111000-5"),
            None,
            Some(WarningKind::Unreadable),
        ),
        (
            "CPV",
            json!("9000000"),
            Some("09000000"),
            Some(WarningKind::Respelled),
        ),
        ("CPV", json!("9091930"), None, Some(WarningKind::Unreadable)),
        (
            "CPV",
            json!("90 91 93 00-5"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("909193005"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("90919300 – 5"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("90919300-5 School cleaning"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("CPV:90919300"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("Städning (90919300)"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("90919300; 90911200"),
            None,
            Some(WarningKind::Unreadable),
        ),
        (
            "CPV",
            json!("90919300-4"),
            None,
            Some(WarningKind::Unreadable),
        ),
        (
            "CPV",
            json!("Städning"),
            None,
            Some(WarningKind::Unreadable),
        ),
        ("cpv", json!("90919300"), Some("90919300"), None),
        (
            "CPV2008",
            json!("90919300"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV 2008",
            json!("3000000"),
            Some("03000000"),
            Some(WarningKind::Respelled),
        ),
        (
            "http://data.europa.eu/cpv/cpv",
            json!("90919300"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "http://purl.org/cpv/2008/",
            json!("http://purl.org/cpv/2008/code-90919300"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "http://purl.org/cpv/2008",
            json!("90919300-5"),
            Some("90919300"),
            Some(WarningKind::Respelled),
        ),
        (
            "CPV",
            json!("http://data.europa.eu/cpv/cpv/90919300"),
            Some("90919300"),
            None,
        ),
        (
            "CPV",
            json!("https://data.europa.eu/cpv/cpv/99999999"),
            Some("99999999"),
            Some(WarningKind::UnknownCode),
        ),
        ("CPV", json!("９０９１９３００"), Some("90919300"), None),
        (
            "http://example.com/2008/",
            json!("90919300"),
            None,
            Some(WarningKind::UnknownWord),
        ),
        (
            "CPVS",
            json!("90919300"),
            None,
            Some(WarningKind::UnknownWord),
        ),
        (
            "UNSPSC",
            json!("90919300"),
            None,
            Some(WarningKind::UnknownWord),
        ),
    ] {
        let item = json!({ "classification": { "scheme": scheme, "id": id } });
        let notice = with_tender(json!({ "items": [item] }));
        let codes: Vec<&str> = notice
            .draft
            .content
            .cpv
            .iter()
            .map(String::as_str)
            .collect();
        assert_eq!(codes, Vec::from_iter(code), "{scheme} {id}");
        let path = "tender/items/0/classification/";
        let found = kinds(&notice)
            .into_iter()
            .filter(|(kind, field)| field.starts_with(path) && *kind != WarningKind::WrongType);
        let found: Vec<WarningKind> = found.map(|(kind, _)| kind).collect();
        assert_eq!(found.first().copied(), warned, "{scheme} {id}: {found:?}");
    }
}

#[test]
fn nuts_codes_in_other_spellings_are_read() {
    for (region, country, code) in [
        ("se110", "Sweden", Some("SE110")),
        ("SE110 Stockholms län", "", Some("SE110")),
        ("SE 110", "", Some("SE110")),
        ("SE-110", "", Some("SE110")),
        ("NO031", "", Some("NO083")),
        ("no061", "", Some("NO060")),
        ("NO082", "", Some("NO082")),
        ("Stockholms län", "SE", Some("SE110")),
        ("Stockholms län", "", None),
        ("West", "GB", None),
        ("UKM82", "", Some("UKM82")),
        ("fre", "", None),
        ("British Columbia", "CA", None),
    ] {
        let address = json!({ "region": region, "countryName": country });
        let notice = with_tender(json!({ "items": [{ "deliveryAddress": address }] }));
        let codes: Vec<&str> = notice
            .draft
            .content
            .nuts
            .iter()
            .map(String::as_str)
            .collect();
        assert_eq!(codes, Vec::from_iter(code), "{region} {country}");
        let is_respelled = code.is_some_and(|code| code != region);
        let warned = kinds(&notice)
            .iter()
            .any(|(kind, _)| *kind == WarningKind::Respelled);
        assert_eq!(warned, is_respelled, "{region}");
    }
}

#[test]
fn an_amount_as_text_has_one_warning() {
    for (amount, read, warned) in [
        ("５０００", Some("5000"), WarningKind::WrongType),
        ("1200.50", Some("1200.50"), WarningKind::WrongType),
        ("1250.000", Some("1250.000"), WarningKind::WrongType),
        ("1 250 000,50", Some("1250000.50"), WarningKind::Respelled),
        ("5.000", None, WarningKind::Unreadable),
        ("1,234", None, WarningKind::Unreadable),
        ("a lot", None, WarningKind::Unreadable),
    ] {
        let notice = with_tender(json!({ "value": { "amount": amount, "currency": "EUR" } }));
        let value = notice.draft.content.value.as_ref();
        let found = value.and_then(|value| value.max).map(|max| max.to_string());
        assert_eq!(found.as_deref(), read, "{amount}");
        let warnings = kinds(&notice).into_iter();
        let warnings: Vec<_> = warnings
            .filter(|(_, field)| field.starts_with("tender/value"))
            .collect();
        assert_eq!(warnings, [(warned, "tender/value/amount")], "{amount}");
    }
}

#[test]
fn a_script_in_a_language_tag_is_reported() {
    let notice = with_tender(json!({ "title": "Cleaning", "title_zh-Hant-TW": "清潔" }));
    assert_eq!(notice.draft.content.title.0["zh"], "清潔");
    let expected = (WarningKind::Respelled, "tender/title_zh-Hant-TW");
    assert!(kinds(&notice).contains(&expected), "{:?}", kinds(&notice));
    let notice = with_tender(json!({ "title": "Cleaning", "title_sv-SE": "Städning" }));
    let of_title = |(_, field): &(WarningKind, &str)| field.starts_with("tender/title");
    assert!(!kinds(&notice).iter().any(of_title));
}
