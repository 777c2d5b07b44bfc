//! Labels of the values of enums.

use std::collections::BTreeMap;

use reqwest::header::ACCEPT_LANGUAGE;
use serde_json::{Value, json};

use crate::support::app::TestApp;

/// Enums that only programs read: a user sees the message of an error, not its code.
const TECHNICAL: [&str; 1] = ["UserErrorCode"];

async fn ask(app: &TestApp, languages: &str, query: &str) -> Value {
    let request = app.anonymous().post().header(ACCEPT_LANGUAGE, languages);
    let request = request.json(&json!({ "query": query }));
    let mut body: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(body.get("errors"), None, "{query}");
    body["data"].take()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_value_of_every_enum_has_a_label() {
    let app = TestApp::without_search().await;
    let query = "{ __schema { types { name kind enumValues(includeDeprecated: true) { name } } }
        enumTypes { name labels { value label } } }";
    let data = ask(&app, "en", query).await;
    let enums = data["__schema"]["types"].as_array().unwrap().iter();
    let enums = enums.filter(|one| one["kind"] == "ENUM" && !text(&one["name"]).starts_with("__"));
    let mut expected: BTreeMap<String, Vec<String>> = enums
        .map(|one| {
            let values = one["enumValues"].as_array().unwrap().iter();
            let mut values: Vec<String> = values.map(|value| text(&value["name"])).collect();
            values.sort();
            (text(&one["name"]), values)
        })
        .collect();
    for technical in TECHNICAL {
        assert!(
            expected.remove(technical).is_some(),
            "{technical} is no enum"
        );
    }
    let labelled = data["enumTypes"].as_array().unwrap().iter();
    let labelled: BTreeMap<String, Vec<String>> = labelled
        .map(|one| {
            let labels = one["labels"].as_array().unwrap().iter();
            (
                text(&one["name"]),
                labels.map(|label| text(&label["value"])).collect(),
            )
        })
        .collect();
    assert_eq!(labelled, expected, "src/graphql/enum_labels/labels.tsv");
}

#[tokio::test]
async fn labels_are_in_the_wanted_language_else_in_the_reader_s() {
    let app = TestApp::without_search().await;
    for (header, language, label, shown) in [
        ("en", None, "Restricted", "en"),
        ("sv", None, "Selektivt", "sv"),
        ("fi-FI", None, "Rajoitettu", "fi"),
        ("nn", None, "Begrenset anbudskonkurranse", "nb"),
        ("da", None, "Begrænset", "da"),
        ("de", None, "Nichtoffenes Verfahren", "de"),
        ("pl", None, "Restricted", "en"),
        ("sv", Some("fi"), "Rajoitettu", "fi"),
        ("sv", Some("pl"), "Selektivt", "sv"),
    ] {
        let language = language.map_or(String::new(), |tag| format!(", language: {tag:?}"));
        let query = format!(
            "{{ enumLabels(type: \"Procedure\"{language}) {{ value label language translations {{ language }} }} }}"
        );
        let data = ask(&app, header, &query).await;
        let labels = data["enumLabels"].as_array().unwrap();
        let found = labels
            .iter()
            .find(|one| one["value"] == "RESTRICTED")
            .unwrap();
        assert_eq!(
            (&found["label"], &found["language"]),
            (&json!(label), &json!(shown))
        );
        assert_eq!(found["translations"].as_array().unwrap().len(), 6);
    }
}

#[tokio::test]
async fn an_unknown_enum_is_refused() {
    let app = TestApp::without_search().await;
    let query = "{ enumLabels(type: \"Colour\") { value } }";
    let body = app.anonymous().respond(query, json!({})).await;
    assert_eq!(body["errors"][0]["extensions"]["code"], "UNKNOWN_CODE");
    assert_eq!(body["errors"][0]["extensions"]["field"], json!(["type"]));
}

#[tokio::test]
async fn labels_are_cacheable_without_a_token() {
    let app = TestApp::without_search().await;
    let query = [("query", "{ enumLabels(type: \"Phase\") { value label } }")];
    let response = app.get("/graphql", &query).send().await.unwrap();
    let cache = response.headers()["cache-control"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(cache.contains("public"), "{cache}");
    let vary = response.headers().get_all("vary").iter();
    let vary: Vec<&str> = vary.map(|value| value.to_str().unwrap()).collect();
    assert!(
        vary.join(",").to_lowercase().contains("accept-language"),
        "{vary:?}"
    );
}
