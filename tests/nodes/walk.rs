//! Walks everything that a reader can reach, with every field of every object.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::{Value, json};

use super::schema::{Object, objects, unions};
use crate::support::client::Client;

/// Objects of one request. A request has a limit of complexity.
const BATCH: usize = 4;

/// Global IDs with the names of their types.
pub type Found = BTreeMap<String, String>;

/// Names of the union types. All their members have a global ID.
static UNIONS: LazyLock<BTreeSet<String>> = LazyLock::new(unions);

/// Selects every field of a type that needs no argument. Objects with a global ID are selected by
/// type and ID only.
pub fn selection(types: &BTreeMap<String, Object>, kind: &str, within: &[&str]) -> String {
    let mut fields = Vec::new();
    for field in &types[kind].fields {
        // Costs as much as a request may; tested in `organisation::persons`.
        if field.needs_argument || field.name == "personalData" {
            continue;
        }
        let name = &field.name;
        let Some(object) = types.get(&field.of) else {
            // An interface, a union, or a scalar or an enum.
            fields.push(if field.of == "Node" {
                format!("{name} {{ __typename id }}")
            } else if UNIONS.contains(&field.of) {
                format!("{name} {{ ... on Node {{ __typename id }} }}")
            } else {
                name.clone()
            });
            continue;
        };
        if object.is_node {
            fields.push(format!("{name} {{ __typename id }}"));
        } else if !within.contains(&field.of.as_str()) {
            let page = match field.arguments.iter().any(|argument| argument == "first") {
                true => "(first: 30)",
                false => "",
            };
            let inner = selection(types, &field.of, &[within, &[kind]].concat());
            fields.push(format!("{name}{page} {{ {inner} }}"));
        }
    }
    fields.join(" ")
}

/// Collects the objects with a global ID in an answer.
fn collect(value: &Value, found: &mut Found) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(fields) => {
            if let (Some(Value::String(kind)), Some(Value::String(id))) =
                (fields.get("__typename"), fields.get("id"))
            {
                let before = found.insert(id.clone(), kind.clone());
                assert!(
                    before.is_none_or(|before| before == *kind),
                    "{id} has two types"
                );
            }
            fields.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

/// Returns everything that the reader reaches from these IDs and from the root fields. Each object
/// is read through `nodes`, which must return it with its ID and type.
pub async fn walk(client: &Client<'_>, roots: &[String]) -> Found {
    let types = objects();
    let mut found = Found::new();
    let queries = "{ viewer { __typename id } reservationRules { __typename id }
        organisations(first: 100) { nodes { __typename id } } }";
    collect(&client.ask(queries, json!({})).await, &mut found);
    for root in roots {
        let query = "query($id: ID!) { procurement(id: $id) { __typename id } }";
        collect(&client.ask(query, json!({ "id": root })).await, &mut found);
    }
    let mut read = BTreeSet::new();
    loop {
        let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, kind) in found.iter().filter(|(id, _)| !read.contains(*id)) {
            open.entry(kind.clone()).or_default().push(id.clone());
        }
        if open.is_empty() {
            return found;
        }
        for (kind, ids) in open {
            // The lists of codes are trees with thousands of codes.
            let fields = match kind.as_str() {
                "Code" => "code".to_owned(),
                kind => selection(&types, kind, &[]),
            };
            let query = format!(
                "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename id ... on {kind} {{ {fields} }} }} }}"
            );
            for ids in ids.chunks(BATCH) {
                let data = client.ask(&query, json!({ "ids": ids })).await;
                let nodes = data["nodes"].as_array().unwrap();
                for (id, node) in ids.iter().zip(nodes) {
                    assert_eq!(
                        (&node["id"], &node["__typename"]),
                        (&json!(id), &json!(kind))
                    );
                }
                collect(&data, &mut found);
                read.extend(ids.iter().cloned());
            }
        }
    }
}

/// Returns those of these IDs that `nodes` resolves for the reader.
pub async fn resolved(client: &Client<'_>, ids: &[&String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for ids in ids.chunks(100) {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let data = client.ask(query, json!({ "ids": ids })).await;
        let nodes = data["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), ids.len());
        for (id, node) in ids.iter().zip(nodes) {
            if !node.is_null() {
                assert_eq!(node["id"], ***id);
                found.insert((*id).clone());
            }
        }
    }
    found
}
