//! Conversion of complete and odd releases.

use serde_json::{Value, json};

use super::{map, notice, read};
use crate::interop::ocds::{Notice, WarningKind};
use crate::procurement::Phase;
use crate::procurement::content::{Procedure, Reserved};
use crate::procurement::rules::check_draft;

/// Returns the notice of a release with this tender.
pub(super) fn with_tender(tender: Value) -> Notice {
    with(json!({ "tender": tender }))
}

/// Returns the notice of a release with these fields in addition to the required ones.
fn with(fields: Value) -> Notice {
    let mut release =
        json!({ "ocid": "ocds-1", "id": "1", "date": "2026-03-01T12:00:00Z", "language": "en" });
    let (Value::Object(release_fields), Value::Object(fields)) = (&mut release, fields) else {
        panic!("objects")
    };
    release_fields.extend(fields);
    notice(release)
}

pub(super) fn kinds(notice: &Notice) -> Vec<(WarningKind, &str)> {
    notice
        .warnings
        .iter()
        .map(|warning| (warning.kind, warning.field.as_str()))
        .collect()
}

/// Formats a notice for snapshots.
fn shown(notice: &Notice) -> String {
    let warnings: Vec<_> = notice
        .warnings
        .iter()
        .map(|warning| format!("{}: {warning}", warning.kind))
        .collect();
    let buyer = &notice.buyer;
    let shown = json!({
        "ocid": notice.ocid, "release": notice.release, "date": notice.date, "phase": notice.phase,
        "buyer": [buyer.name, buyer.identifier_scheme, buyer.identifier, buyer.country, buyer.nuts],
        "draft": notice.draft, "warnings": warnings,
    });
    serde_json::to_string_pretty(&shown).expect("it is JSON")
}

#[test]
fn a_full_release_is_mapped_whole() {
    let release = include_str!("full.json");
    let mut rows = read("full.json", release);
    insta::assert_snapshot!(shown(&map(rows.remove(0).expect("it can be read").release)));
}

#[test]
fn an_odd_release_is_mapped_with_warnings() {
    let release = include_str!("odd.json");
    let mut rows = read("odd.json", release);
    insta::assert_snapshot!(shown(&map(rows.remove(0).expect("it can be read").release)));
}

#[test]
fn a_release_with_only_its_identity_is_a_notice() {
    let notice = notice(json!({ "ocid": "ocds-1", "date": "2026-03-01" }));
    assert_eq!(notice.phase, Phase::Upcoming);
    assert_eq!(notice.buyer.name, "(not stated)");
    assert_eq!(notice.draft.content.title.0["en"], "ocds-1");
    assert!(check_draft(&notice.draft).is_ok());
    use WarningKind::Missing;
    let expected = [
        (Missing, "id"),
        (Missing, "language"),
        (Missing, "buyer/name"),
        (Missing, "tender/title"),
    ];
    assert_eq!(kinds(&notice), expected);
}

#[test]
fn a_derived_id_depends_on_the_content_only() {
    let id = |title: &str| {
        notice(json!({ "ocid": "a", "date": "2026-03-01", "tender": { "title": title } })).release
    };
    assert_eq!(id("one"), id("one"));
    assert_ne!(id("one"), id("two"));
    let reordered = read(
        "a.json",
        r#"{"tender": {"title":"one"},  "date":"2026-03-01", "ocid":"a"}"#,
    )
    .remove(0);
    assert_eq!(
        reordered.expect("it can be read").release.id,
        id("one"),
        "white space and order say nothing"
    );
}

#[test]
fn identity_is_required() {
    for (release, reason) in [
        (
            json!({ "id": "1", "date": "2026-03-01" }),
            "`ocid` is missing",
        ),
        (
            json!({ "ocid": " ", "date": "2026-03-01" }),
            "`ocid` is missing",
        ),
        (
            json!({ "ocid": ["a"], "date": "2026-03-01" }),
            "`ocid` is missing",
        ),
        (json!({ "ocid": "a", "id": "1" }), "`date` is missing"),
        (json!({ "ocid": "a", "date": null }), "`date` is missing"),
        (
            json!({ "ocid": "a", "date": "yesterday" }),
            "`date` is \"yesterday\", which is not a date",
        ),
        (
            json!({ "ocid": "a".repeat(501), "date": "2026-03-01" }),
            "`ocid` is 501 bytes long, more than 500",
        ),
        (
            json!({ "ocid": "a", "id": "1".repeat(501), "date": "2026-03-01" }),
            "`id` is 501 bytes long, more than 500",
        ),
    ] {
        let error = read("a.json", release.to_string())
            .remove(0)
            .expect_err("it is refused");
        assert_eq!(error.reason, reason);
    }
}

#[test]
fn the_phase_follows_status_then_tag_then_content() {
    use Phase::{Awarded, Cancelled, Complete, Tendering, Unsuccessful, Upcoming, Withdrawn};
    for (fields, phase) in [
        (json!({ "tender": { "status": "planning" } }), Upcoming),
        (json!({ "tender": { "status": "planned" } }), Upcoming),
        (
            json!({ "tender": { "status": "Active" }, "tag": ["award"] }),
            Tendering,
        ),
        (
            json!({ "tender": { "status": "complete" }, "tag": ["tender"] }),
            Awarded,
        ),
        (json!({ "tender": { "status": "cancelled" } }), Cancelled),
        (
            json!({ "tender": { "status": "unsuccessful" } }),
            Unsuccessful,
        ),
        (json!({ "tender": { "status": "withdrawn" } }), Withdrawn),
        (
            json!({ "tender": { "status": "paused" }, "tag": ["tender"] }),
            Tendering,
        ),
        (json!({ "tag": ["planning"] }), Upcoming),
        (json!({ "tag": "tender" }), Tendering),
        (json!({ "tag": ["tender", "award"] }), Awarded),
        (json!({ "tag": ["contractAmendment"] }), Awarded),
        (json!({ "tag": ["contractTermination"] }), Complete),
        (json!({ "tag": ["tenderCancellation"] }), Cancelled),
        (json!({ "tag": ["compiled"], "awards": [{}] }), Awarded),
        (
            json!({ "tag": ["compiled"], "tender": { "tenderPeriod": {} } }),
            Tendering,
        ),
        (json!({ "tag": ["compiled"] }), Upcoming),
    ] {
        assert_eq!(with(fields.clone()).phase, phase, "{fields}");
    }
}

#[test]
fn values_are_exact_ranges() {
    let shown = |tender: Value| {
        let value = with_tender(tender).draft.content.value?;
        Some(format!(
            "{:?}-{:?} {}",
            value.min, value.max, value.currency
        ))
    };
    for (tender, expected) in [
        (
            json!({ "value": { "amount": 1200.50, "currency": "SEK" } }),
            Some("Some(1200.5)-Some(1200.5) SEK"),
        ),
        (
            json!({ "value": { "amount": "1200.50", "currency": "sek" } }),
            Some("Some(1200.50)-Some(1200.50) SEK"),
        ),
        (
            json!({ "value": { "amount": 9, "currency": "EUR" }, "minValue": { "amount": 3, "currency": "EUR" } }),
            Some("Some(3)-Some(9) EUR"),
        ),
        (
            json!({ "value": { "amount": 9, "currency": "EUR" }, "minValue": { "amount": 3, "currency": "SEK" } }),
            Some("Some(9)-Some(9) EUR"),
        ),
        (
            json!({ "minValue": { "amount": 3e2, "currency": "EUR" } }),
            Some("Some(300.0)-None EUR"),
        ),
        (json!({ "value": { "amount": 0, "currency": "EUR" } }), None),
        (
            json!({ "value": { "amount": -5, "currency": "EUR" } }),
            None,
        ),
        (json!({ "value": { "amount": 5 } }), None),
        (
            json!({ "value": { "amount": 5, "currency": "euro" } }),
            Some("Some(5)-Some(5) EUR"),
        ),
        (
            json!({ "value": { "amount": 5, "currency": "kronor" } }),
            None,
        ),
        (
            json!({ "value": { "amount": "a lot", "currency": "EUR" } }),
            None,
        ),
        (
            json!({ "value": { "amount": 1e300, "currency": "EUR" } }),
            None,
        ),
        (
            json!({ "value": { "amount": [5], "currency": "EUR" } }),
            None,
        ),
        (json!({ "value": 5 }), None),
    ] {
        assert_eq!(shown(tender.clone()).as_deref(), expected, "{tender}");
    }
}

#[test]
fn cpv_codes_list_main_classifications_first() {
    let cpv = |id: &str| json!({ "scheme": "CPV", "id": id });
    let notice = with_tender(json!({
        "additionalClassifications": [cpv("85310000"), cpv("90919300-5")],
        "items": [
            { "classification": cpv("90919300"), "additionalClassifications": [cpv("90911200"), { "scheme": "GSIN", "id": "X" }] },
            { "classification": { "id": "90911200" }, "additionalClassifications": [{ "id": "12345678" }] },
            { "classification": cpv("45233130.0"), "additionalClassifications": [cpv("90919999"), cpv("9091")] },
        ],
    }));
    assert_eq!(
        notice.draft.content.cpv,
        ["90919300", "90911200", "45233130", "85310000", "90919999"]
    );
    let fields = "tender/items/2/additionalClassifications";
    let (unknown, malformed) = (format!("{fields}/0/id"), format!("{fields}/1/id"));
    assert_eq!(
        kinds(&notice)[2..],
        [
            (WarningKind::Respelled, "tender/items/2/classification/id"),
            (
                WarningKind::UnknownWord,
                "tender/items/0/additionalClassifications/1/scheme"
            ),
            (
                WarningKind::Missing,
                "tender/items/1/additionalClassifications/0/scheme"
            ),
            (WarningKind::UnknownCode, unknown.as_str()),
            (WarningKind::Unreadable, malformed.as_str())
        ]
    );
    let message = notice
        .warnings
        .iter()
        .find(|warning| warning.field == unknown)
        .map(|warning| &warning.message);
    assert!(
        message.is_some_and(|message| message.contains("90919300-5")),
        "{message:?}"
    );
}

#[test]
fn places_are_the_nuts_codes_of_delivery_addresses() {
    let to = |region: &str| json!({ "deliveryAddresses": [{ "region": region }] });
    let here = |items: Value| {
        let party = json!({ "id": "b", "roles": ["buyer"], "address": { "region": "SE110", "countryName": "Sweden" } });
        let notice = with(json!({ "parties": [party], "tender": { "items": items } }));
        (notice.draft.content.nuts, notice.buyer.country)
    };
    for (items, nuts) in [
        (
            json!([to("SE224"), to("SE224"), to("SE23")]),
            vec!["SE224", "SE23"],
        ),
        (
            json!([{ "deliveryAddress": { "region": "FI1B1" } }]),
            vec!["FI1B1"],
        ),
        (json!([to("UKM82"), to("NO031")]), vec!["UKM82", "NO083"]),
        (json!([to("QC"), to("Stockholm"), to("XX1")]), vec!["SE110"]),
        (json!([]), vec!["SE110"]),
    ] {
        let nuts: Vec<String> = nuts.into_iter().map(str::to_owned).collect();
        assert_eq!(
            here(items.clone()),
            (nuts, Some("SE".to_owned())),
            "{items}"
        );
    }
}

#[test]
fn the_procedure_follows_details_then_method() {
    for (method, details, expected) in [
        (
            "selective",
            "Competitive dialogue",
            Some(Procedure::CompDial),
        ),
        (
            "selective",
            "Restricted procedure (above threshold)",
            Some(Procedure::Restricted),
        ),
        (
            "",
            "Negotiated without a prior call for competition",
            Some(Procedure::NegWoCall),
        ),
        (
            "",
            "Negotiated procedure without prior publication (above threshold)",
            Some(Procedure::NegWoCall),
        ),
        (
            "",
            "Accelerated negotiated procedure",
            Some(Procedure::NegWCall),
        ),
        ("", "Open", Some(Procedure::Open)),
        ("open", "as agreed", Some(Procedure::Open)),
        ("limited", "", Some(Procedure::NegWoCall)),
        ("", "Not applicable", None),
        ("by lot", "", None),
    ] {
        let notice = with_tender(
            json!({ "procurementMethod": method, "procurementMethodDetails": details }),
        );
        assert_eq!(
            notice.draft.content.procedure, expected,
            "{method} / {details}"
        );
    }
}

#[test]
fn lots_get_valid_ids_and_the_codes_of_their_items() {
    let item =
        json!({ "relatedLot": "1", "classification": { "scheme": "CPV", "id": "90919300" } });
    let lots = json!([{ "id": 1 }, { "id": "1" }, { "title": "No id" }, { "id": "a/b%" }, null, { "id": "x".repeat(60) }]);
    let lots = with_tender(json!({ "lots": lots, "items": [item] }))
        .draft
        .lots;
    let ids: Vec<_> = lots.iter().map(|lot| lot.id.as_str()).collect();
    assert_eq!(ids, ["1", "LOT-0002", "LOT-0003", "a-b-", &"x".repeat(50)]);
    assert_eq!(lots[0].cpv, ["90919300"]);
    assert!(lots[2].cpv.is_empty());
    let clashing = with_tender(json!({ "lots": [{ "id": "LOT-0002" }, {}] }))
        .draft
        .lots;
    assert_eq!(clashing[1].id, "LOT-0003");
}

#[test]
fn suitability_and_reservation_are_read_from_lots_too() {
    let content = with_tender(json!({
        "lots": [
            { "suitability": { "sme": false, "vcse": "yes" }, "otherRequirements": { "reservedParticipation": "shelteredWorkshop" } },
            { "suitability": { "sme": true }, "otherRequirements": { "reservedParticipation": ["none", "friends"] } },
        ],
        "otherRequirements": { "reservedParticipation": ["publicServiceMissionOrganization", "shelteredWorkshop"] },
    }))
    .draft
    .content;
    assert_eq!(
        (content.suitability.sme, content.suitability.vcse),
        (Some(true), Some(true))
    );
    assert_eq!(
        content.reserved,
        [
            Reserved::PublicServiceMissionOrganization,
            Reserved::ShelteredWorkshop
        ]
    );
}

#[test]
fn too_long_texts_are_cut_between_characters() {
    let content =
        with_tender(json!({ "title": "å".repeat(401), "description": "ö".repeat(20_000) }))
            .draft
            .content;
    assert_eq!(content.title.0["en"].chars().count(), 400);
    assert!(content.title.0["en"].ends_with("å…"));
    assert_eq!(content.description.0["en"].chars().count(), 20_000);
}

#[test]
fn only_web_addresses_become_links() {
    let documents = [
        "https://example.org/a",
        "HTTP://example.org/b",
        "javascript:alert(1)",
        "ftp://x",
        "https://a b",
        "https://10.0.0.1/a",
        "https://user:secret@example.org/c",
        "https://EXAMPLE.org:443/a",
        "https://example.org/a",
    ];
    let documents: Vec<_> = documents.iter().map(|url| json!({ "url": url })).collect();
    let links = with_tender(json!({ "documents": documents }))
        .draft
        .content
        .documents;
    let urls: Vec<_> = links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(urls, ["https://example.org/a", "http://example.org/b"]);
}

#[test]
fn characters_that_the_database_refuses_are_removed() {
    assert_eq!(
        with_tender(json!({ "title": "a\u{0}b" }))
            .draft
            .content
            .title
            .0["en"],
        "ab"
    );
}

#[test]
fn the_buyer_is_distinguished_from_other_parties() {
    let party = |id: &str, role: &str| json!({ "id": id, "name": format!("{id} office"), "roles": [role], "identifier": { "scheme": "S", "id": format!("{id}47") } });
    let parties = json!([
        party("z", "supplier"),
        party("b", "buyer"),
        party("p", "procuringEntity")
    ]);
    let entity = json!({ "id": "p", "name": "Procurer" });
    for (fields, name, identifier) in [
        (
            json!({ "buyer": { "id": "b", "name": "Buyer" } }),
            "Buyer",
            "B47",
        ),
        (json!({ "buyer": { "name": "Buyer" } }), "Buyer", "B47"),
        (
            json!({ "buyer": { "id": "b" }, "tender": { "procuringEntity": entity } }),
            "b office",
            "B47",
        ),
        (
            json!({ "buyer": {}, "tender": { "procuringEntity": entity } }),
            "Procurer",
            "P47",
        ),
        (json!({}), "b office", "B47"),
    ] {
        let mut fields = fields;
        fields["parties"] = parties.clone();
        let buyer = with(fields.clone()).buyer;
        assert_eq!(
            (buyer.name.as_str(), buyer.identifier.as_deref()),
            (name, Some(identifier)),
            "{fields}"
        );
    }
}
