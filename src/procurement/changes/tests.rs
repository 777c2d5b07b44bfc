//! Tests of the comparison: examples, and the property that applying the changes to one document
//! gives the other.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Returns the changes, one line each.
fn lines(before: &Value, after: &Value) -> Vec<String> {
    let side = |value: Option<Value>| value.map_or("nothing".into(), |value| value.to_string());
    let line = |change: Change| {
        let path = change.path.join(".");
        format!("{path}: {} -> {}", side(change.before), side(change.after))
    };
    changes(before, after).into_iter().map(line).collect()
}

#[test]
fn items_are_compared_by_id_and_value_lists_as_a_whole() {
    let before = json!({
        "title": { "sv": "Städning" }, "cpv": ["1", "2"], "value": null, "jointBidsWelcome": true,
        "lots": [{ "lotId": "A", "title": { "sv": "Norra" } }, { "lotId": "B" }],
    });
    let after = json!({
        "title": { "sv": "Städning", "en": "Cleaning" }, "cpv": ["2"], "value": { "max": "1" },
        "lots": [{ "lotId": "A", "title": { "sv": "Södra" } }, { "lotId": "C" }],
    });
    assert_eq!(
        lines(&before, &after),
        [
            r#"cpv: ["1","2"] -> ["2"]"#,
            "jointBidsWelcome: true -> nothing",
            r#"lots.A.title.sv: "Norra" -> "Södra""#,
            r#"lots.C: nothing -> {"lotId":"C"}"#,
            r#"lots.B: {"lotId":"B"} -> nothing"#,
            r#"title.en: nothing -> "Cleaning""#,
            r#"value: nothing -> {"max":"1"}"#,
        ]
    );
}

#[test]
fn new_order_is_a_change_of_the_list_only() {
    let list = |names: &[&str]| json!({ "lots": names.iter().map(|n| json!({ "id": n })).collect::<Vec<_>>() });
    assert_eq!(
        lines(&list(&["a", "b"]), &list(&["b", "a"])),
        [r#"lots: ["a","b"] -> ["b","a"]"#]
    );
    // An item added at the end or removed changes no order; one added in front does.
    assert_eq!(lines(&list(&["a", "b"]), &list(&["b", "c"])).len(), 2);
    assert_eq!(lines(&list(&["a"]), &list(&["c", "a"])).len(), 2);
}

#[test]
fn lists_without_distinct_ids_are_compared_as_a_whole() {
    for (before, after) in [
        (
            json!([{ "id": "a" }, { "id": "a" }]),
            json!([{ "id": "a" }]),
        ),
        (json!([{ "id": "a" }, { "x": 1 }]), json!([{ "id": "a" }])),
    ] {
        let found = changes(&json!({ "l": before }), &json!({ "l": after }));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, ["l"]);
    }
}

#[test]
fn empty_values_are_equal() {
    let ways = [
        json!({}),
        json!({ "a": null }),
        json!({ "a": [] }),
        json!({ "a": {} }),
    ];
    for before in &ways {
        for after in &ways {
            assert_eq!(changes(before, after), [], "{before} {after}");
        }
    }
}

/// Does to a document what the changes say.
fn apply(mut document: Value, changes: Vec<Change>) -> Value {
    for change in changes {
        match change.path.clone().split_last() {
            None => document = change.after.unwrap_or_default(),
            Some((last, parents)) => {
                let parent = parents
                    .iter()
                    .fold(&mut document, |at, name| child(at, name));
                set(parent, last, change);
            }
        }
    }
    document
}

fn position(things: &[Value], name: &str) -> Option<usize> {
    let named = |thing: &Value| {
        ID_FIELDS
            .iter()
            .any(|field| thing.get(field) == Some(&name.into()))
    };
    things.iter().position(named)
}

fn child<'a>(at: &'a mut Value, name: &str) -> &'a mut Value {
    match at {
        Value::Array(things) => {
            let position = position(things, name).unwrap();
            &mut things[position]
        }
        other => &mut other[name],
    }
}

fn set(parent: &mut Value, name: &str, change: Change) {
    if parent.is_null() {
        // Only things are named where there was nothing: what else was added is a whole.
        *parent = json!([]);
    }
    if let Value::Array(things) = parent {
        match (position(things, name), change.after) {
            (Some(at), Some(after)) => things[at] = after,
            (Some(at), None) => drop(things.remove(at)),
            (None, after) => things.extend(after),
        }
        return;
    }
    let old = &mut parent[name];
    match (&mut *old, &change.before, change.after) {
        // A list's order.
        (Value::Array(things), before, Some(Value::Array(names)))
            if Some(json!(things)) != *before && names.iter().all(Value::is_string) =>
        {
            things.sort_by_key(|thing| {
                names.iter().position(|name| {
                    position(std::slice::from_ref(thing), name.as_str().unwrap()).is_some()
                })
            });
        }
        (_, _, after) => *old = after.unwrap_or_default(),
    }
}

/// Without what says nothing, to any depth.
fn stripped(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(stripped).collect(),
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(key, value)| (key, stripped(value)));
            Value::Object(fields.filter(|(_, value)| has_value(value)).collect())
        }
        other => other,
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..5).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ]
}

/// Documents over few names and values, so that two of them have much in common.
fn document() -> impl Strategy<Value = Value> {
    let inner = scalar().prop_recursive(4, 40, 4, |inner| {
        let fields = prop::collection::btree_map("[abc]", inner.clone(), 0..4);
        let thing = ("[xyz]", fields.clone());
        let things = prop::collection::vec(thing, 0..4).prop_map(|things| {
            let mut seen = HashSet::new();
            let things = things.into_iter().filter(|(id, _)| seen.insert(id.clone()));
            let thing = |(id, fields): (String, _)| {
                let mut thing = Map::from_iter::<BTreeMap<_, _>>(fields);
                thing.insert("id".into(), id.into());
                Value::Object(thing)
            };
            things.map(thing).collect::<Value>()
        });
        prop_oneof![
            fields.prop_map(|fields| Value::Object(Map::from_iter(fields))),
            prop::collection::vec(inner, 0..3).prop_map(Value::Array),
            things.clone(),
            things,
        ]
    });
    prop::collection::btree_map("[abc]", inner, 1..4)
        .prop_map(|fields| stripped(Value::Object(Map::from_iter(fields))))
}

proptest! {
    #[test]
    fn document_has_no_changes_against_itself(document in document()) {
        prop_assert_eq!(changes(&document, &document), []);
    }

    #[test]
    fn applying_the_changes_gives_the_other_document(before in document(), after in document()) {
        let found = changes(&before, &after);
        prop_assert_eq!(found.is_empty(), before == after);
        prop_assert_eq!(stripped(apply(before, found)), after);
    }

    #[test]
    fn every_change_differs(before in document(), after in document()) {
        for change in changes(&before, &after) {
            prop_assert_ne!(change.before, change.after);
        }
    }
}
