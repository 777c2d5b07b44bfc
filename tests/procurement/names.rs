//! Paths of changes use the field names of the API.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use torg::procurement::{
    changes,
    content::{Aims, Content, Lot},
};

use crate::support::app::TestApp;

/// Returns every field that the JSON of this value may have.
fn all_fields(of: &impl serde::Serialize) -> Value {
    let mut value = serde_json::to_value(of).unwrap();
    for (_, field) in value
        .as_object_mut()
        .unwrap()
        .iter_mut()
        .filter(|(_, field)| !field.is_object() || **field == json!({}))
    {
        *field = json!({ "something": 1 });
    }
    value
}

async fn fields(app: &TestApp, kind: &str) -> BTreeSet<String> {
    let query = "query($kind: String!) { __type(name: $kind) { fields { name } } }";
    let data = app.anonymous().ask(query, json!({ "kind": kind })).await;
    let fields = data["__type"]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn change_paths_are_fields_of_the_api() {
    let app = TestApp::without_search().await;
    let mut content = all_fields(&Content::default());
    content["suitability"] = json!({ "sme": true, "vcse": true });
    content["aims"] = all_fields(&Aims::default());
    let mut lot = all_fields(&Lot::default());
    lot["suitability"] = json!({ "sme": true, "vcse": true });
    lot["id"] = json!("A");
    let criterion = json!({ "id": "AWC-1", "kind": "price", "name": { "sv": "x" }, "description": { "sv": "x" }, "weight": 1, "lots": ["A"] });
    let requirement = json!({ "id": "REQ-1", "kind": "exclusion", "code": "x", "description": { "sv": "x" }, "minimum": { "value": 1, "unit": "SEK" }, "evidence": { "sv": "x" }, "lots": ["A"] });
    content["award_criteria"] = json!([criterion]);
    content["requirements"] = json!([requirement]);
    let document = changes::in_words(content, vec![lot]);
    for (kind, value) in [
        ("Procurement", &document),
        ("Lot", &document["lots"][0]),
        ("Aims", &document["aims"]),
        ("AwardCriterion", &document["awardCriteria"][0]),
        ("Requirement", &document["requirements"][0]),
    ] {
        let known = fields(&app, kind).await;
        let named: BTreeSet<String> = value.as_object().unwrap().keys().cloned().collect();
        assert!(named.len() >= 5, "{kind}: {named:?}");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{kind} has no {unknown:?}");
    }
}
