//! Merging of releases into a compiled release.

use serde_json::{Value, json};

use super::read;
use crate::interop::ocds::{CompiledRelease, Release, WarningKind, map};

fn parsed(release: &Value) -> Release {
    let mut rows = read("a.json", release.to_string());
    rows.remove(0).expect("the release can be read").release
}

/// Merges releases with these fields in their order.
fn merged(releases: &[Value]) -> CompiledRelease {
    let mut compiled = CompiledRelease::default();
    for (number, fields) in releases.iter().enumerate() {
        let mut release = json!({ "ocid": "a", "id": number.to_string(), "date": format!("2026-03-{:02}", number + 1) });
        if let (Value::Object(release), Value::Object(fields)) = (&mut release, fields) {
            release.extend(fields.clone());
        }
        compiled.merge(&parsed(&release));
    }
    compiled
}

fn state(releases: &[Value]) -> Value {
    let mut state: Value = serde_json::from_str(&merged(releases).to_string()).expect("it is JSON");
    if let Value::Object(members) = &mut state {
        members.remove("ocid");
    }
    state
}

type Case = (&'static str, Vec<Value>, Value);

fn check(cases: Vec<Case>) {
    for (what, releases, expected) in cases {
        assert_eq!(state(&releases), expected, "{what}");
    }
}

#[test]
fn values_and_objects_are_merged_by_the_rules_of_ocds() {
    let lots = |lots: Value| json!({ "tender": { "lots": lots } });
    check(vec![
        (
            "absent keeps, a value replaces",
            vec![
                json!({ "tender": { "title": "A", "status": "active" } }),
                json!({ "tender": { "status": "cancelled" } }),
            ],
            json!({ "tender": { "title": "A", "status": "cancelled" } }),
        ),
        (
            "null removes a value, an object and a list",
            vec![
                json!({ "language": "en", "buyer": { "name": "B" }, "awards": [{ "id": "1" }] }),
                json!({ "language": null, "buyer": null, "awards": null }),
            ],
            json!({}),
        ),
        (
            "null and then a value",
            vec![
                json!({ "buyer": { "name": "B" } }),
                json!({ "buyer": null }),
                json!({ "buyer": { "id": "1" } }),
            ],
            json!({ "buyer": { "id": "1" } }),
        ),
        (
            "null in the first release",
            vec![json!({ "language": null, "tender": { "title": null, "id": "1" } })],
            json!({ "tender": { "id": "1" } }),
        ),
        (
            "empty objects and lists change nothing",
            vec![
                json!({ "tender": { "title": "A", "lots": [{ "id": "1" }] } }),
                json!({ "tender": {} }),
                lots(json!([])),
            ],
            json!({ "tender": { "title": "A", "lots": [{ "id": "1" }] } }),
        ),
        (
            "objects are merged by id, in the order of their first appearance",
            vec![
                lots(
                    json!([{ "id": "1", "title": "A", "status": "active" }, { "id": "2", "title": "B" }]),
                ),
                lots(
                    json!([{ "id": "3" }, { "id": "2", "value": { "amount": 5 } }, { "id": "1", "status": null }]),
                ),
            ],
            lots(
                json!([{ "id": "1", "title": "A" }, { "id": "2", "title": "B", "value": { "amount": 5 } }, { "id": "3" }]),
            ),
        ),
        (
            "a number and a text are one id",
            vec![
                lots(json!([{ "id": 1, "title": "A" }])),
                lots(json!([{ "id": "1", "title": "B" }])),
            ],
            lots(json!([{ "id": "1", "title": "B" }])),
        ),
    ]);
}

#[test]
fn lists_and_compiled_releases_are_merged_by_the_rules_of_ocds() {
    let lots = |lots: Value| json!({ "tender": { "lots": lots } });
    let classes = |classes: Value| json!({ "tender": { "items": [{ "id": "1", "additionalClassifications": classes }] } });
    check(vec![
        (
            "objects without id are added",
            vec![
                lots(json!([{ "title": "A" }, { "id": null }])),
                lots(json!([{ "title": "A" }])),
            ],
            lots(json!([{ "title": "A" }, {}, { "title": "A" }])),
        ),
        (
            "the same id twice in one release",
            vec![lots(
                json!([{ "id": "1", "title": "A", "status": "active" }, { "id": "1", "title": "B" }]),
            )],
            lots(json!([{ "id": "1", "title": "B", "status": "active" }])),
        ),
        (
            "lists of other values are replaced, but not by an empty one",
            vec![
                json!({ "x": ["a", "b"], "y": ["a"], "z": [{ "id": "1" }, 1] }),
                json!({ "x": ["c"], "y": [], "z": [{ "id": "2" }, 2] }),
            ],
            json!({ "x": ["c"], "y": ["a"], "z": [{ "id": "2" }, 2] }),
        ),
        (
            "whole lists are replaced",
            vec![
                classes(json!([{ "id": "1" }, { "id": "2" }])),
                classes(json!([{ "id": "2", "scheme": "CPV" }])),
            ],
            classes(json!([{ "id": "2", "scheme": "CPV" }])),
        ),
        (
            "whole lists are emptied",
            vec![
                classes(json!([{ "id": "1" }])),
                classes(json!([])),
                json!({ "parties": [{ "id": "1", "roles": ["buyer"] }] }),
                json!({ "parties": [{ "id": "1", "roles": [] }] }),
            ],
            json!({ "tender": { "items": [{ "id": "1", "additionalClassifications": [] }] }, "parties": [{ "id": "1", "roles": [] }] }),
        ),
        (
            "a value of another type replaces",
            vec![
                json!({ "a": 1, "b": { "c": 1 }, "d": { "e": 1 } }),
                json!({ "a": { "x": 1 }, "b": 2, "d": [{ "id": "1" }] }),
            ],
            json!({ "a": { "x": 1 }, "b": 2, "d": [{ "id": "1" }] }),
        ),
        (
            "tags are collected",
            vec![
                json!({ "tag": ["tender"] }),
                json!({ "tag": ["award", "tender"] }),
                json!({ "tag": "contract" }),
            ],
            json!({ "tag": ["tender", "award", "contract"] }),
        ),
        (
            "a compiled release replaces everything",
            vec![
                json!({ "tag": ["tender"], "tender": { "title": "A", "id": "1" } }),
                json!({ "tag": ["compiled"], "tender": { "title": "B" } }),
                json!({ "tag": ["award"], "tender": { "status": "active" } }),
            ],
            json!({ "tag": ["compiled", "award"], "tender": { "title": "B", "status": "active" } }),
        ),
    ]);
}

#[test]
fn the_state_is_written_and_read_without_loss() {
    let text = r#"{"ocid": "a", "id": "1", "date": "2026-03-01", "tender": {"title": "Ö \"\u0000\\", "value": {"amount": 12345678901234567.890, "currency": "SEK"}, "x": 1E400}}"#;
    let release = read("a.json", text)
        .remove(0)
        .expect("it can be read")
        .release;
    let mut compiled = CompiledRelease::default();
    compiled.merge(&release);
    let written = compiled.to_string();
    assert!(
        written.contains("12345678901234567.890") && written.contains("1E400"),
        "{written}"
    );
    assert_eq!(CompiledRelease::parse(&written), Some(compiled));
}

#[test]
fn amounts_are_exact_and_absurd_ones_are_left_out() {
    let mapped = |amount: &str| {
        let text = format!(
            r#"{{"ocid": "a", "id": "1", "date": "2026-03-01", "language": "sv", "tender": {{"title": "T", "value": {{"amount": {amount}, "currency": "SEK"}}}}}}"#
        );
        let notice = map(read("a.json", text)
            .remove(0)
            .expect("it can be read")
            .release);
        let amount = notice.draft.content.value.and_then(|value| value.max);
        // A huge amount is kept with a warning of another kind.
        let left_out = notice.warnings.iter().any(|warning| {
            warning.field == "tender/value/amount" && warning.kind == WarningKind::Unreadable
        });
        (
            amount.map(|amount| amount.normalize().to_string()),
            left_out,
        )
    };
    for (amount, expected) in [
        ("12345678901234567.89", Some("12345678901234567.89")),
        ("1.5E+6", Some("1500000")),
        ("1e-7", Some("0.0000001")),
        ("0.1", Some("0.1")),
        ("9007199254740993", Some("9007199254740993")),
        (
            "79228162514264337593543950335",
            Some("79228162514264337593543950335"),
        ),
        ("99999999999999999999999999999", None),
        ("0.12345678901234567890123456789", None),
        ("1E400", None),
        ("1e-400", None),
    ] {
        let expected = (expected.map(str::to_owned), expected.is_none());
        assert_eq!(mapped(amount), expected, "{amount}");
    }
}

#[test]
fn a_versioned_release_has_its_newest_values() {
    let versions = |values: &[&str]| -> Value {
        values
            .iter()
            .enumerate()
            .map(|(number, value)| json!({ "releaseID": number.to_string(), "releaseDate": format!("2026-03-0{}", number + 1), "releaseTag": ["tender"], "value": value }))
            .collect()
    };
    let versioned = json!({
        "ocid": "a",
        "tender": { "title": versions(&["A", "B"]), "lots": [{ "id": "1", "title": versions(&["L"]) }] }
    });
    let record = json!({ "ocid": "a", "versionedRelease": versioned });
    let release = parsed(&record);
    assert_eq!((release.id.as_str(), release.is_compiled), ("1", true));
    let mut compiled = CompiledRelease::default();
    compiled.merge(&release);
    let expected =
        json!({ "ocid": "a", "tender": { "title": "B", "lots": [{ "id": "1", "title": "L" }] } });
    assert_eq!(
        serde_json::from_str::<Value>(&compiled.to_string()).ok(),
        Some(expected)
    );
}
