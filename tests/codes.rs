//! Code lists over HTTP: trees that a picker walks and searches, and unknown codes.

mod enum_labels;

use serde_json::{Value, json};

use crate::support::{app::TestApp, cast::Person, stage::content_with};

const CODES: &str =
    "query($search: String, $under: String, $codes: [String!], $first: Int! = 50, $after: String) {
    found: cpv(search: $search, under: $under, codes: $codes, first: $first, after: $after) {
        totalCount nodes { code label } pageInfo { hasNextPage hasPreviousPage endCursor } } }";

fn codes(found: &Value) -> Vec<&str> {
    let nodes = found["nodes"].as_array().unwrap();
    let codes = nodes.iter().map(|node| node["code"].as_str().unwrap());
    codes.collect()
}

/// Returns the response of the query `cpv` or `nuts`.
async fn find(app: &TestApp, list: &str, variables: Value) -> Value {
    let query = CODES.replace("found: cpv", &format!("found: {list}"));
    let data = app.anonymous().ask(&query, variables).await;
    data["found"].clone()
}

/// Returns code, field and message of the refusal.
async fn refusal(app: &TestApp, query: &str, variables: Value) -> (String, Value, String) {
    let body = app.anonymous().respond(query, variables).await;
    let error = &body["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let extensions = &error["extensions"];
    (
        text(&extensions["code"]),
        extensions["field"].clone(),
        text(&error["message"]),
    )
}

#[tokio::test]
async fn a_picker_starts_at_the_roots_and_walks_down() {
    let app = TestApp::without_search().await;
    for (list, roots, first, last) in [
        ("cpv", 45, "03000000", "98000000"),
        ("nuts", 38, "AL", "XK"),
    ] {
        for variables in [json!({}), json!({ "search": " " })] {
            let found = find(&app, list, variables).await;
            let codes = codes(&found);
            assert_eq!(
                (found["totalCount"].clone(), codes.len()),
                (json!(roots), roots)
            );
            assert!(codes.contains(&first) && codes.contains(&last), "{codes:?}");
        }
    }
    let below = find(&app, "cpv", json!({ "under": "90919000-2" })).await;
    assert_eq!(codes(&below), ["90919100", "90919200", "90919300"]);
    let below = find(&app, "nuts", json!({ "under": "SE110" })).await;
    assert_eq!(codes(&below), [""; 0]);
    let these = json!({ "codes": ["90919300-5", "03000000", "90919300"] });
    let these = find(&app, "cpv", these).await;
    assert_eq!(codes(&these), ["90919300", "03000000"]);
}

#[tokio::test]
async fn a_code_has_its_position_and_all_names() {
    let app = TestApp::without_search().await;
    let query = r#"{
        cpv(codes: ["90919300"]) { nodes { id scheme code printedCode level hasChildren localName
            label swedish: label(language: "sv-FI") other: label(language: "fr") filipino: label(language: "fil") nynorsk: label(language: "nn") labels { language text }
            parent { code hasChildren children { code } } children { code } } }
        nuts(codes: ["SE110"]) { nodes { scheme printedCode level localName label(language: "fi") parent { parent { parent { code level parent { code } } } } } }
    }"#;
    let data = app.anonymous().ask(query, json!({})).await;
    let school = &data["cpv"]["nodes"][0];
    assert_eq!(school["printedCode"], "90919300-5");
    assert_eq!(school["swedish"], "Städning av skolor");
    assert_eq!(school["other"], "School cleaning services");
    assert_eq!(school["filipino"], "School cleaning services");
    assert_eq!(school["nynorsk"], "Rengjøring av skoler");
    assert_eq!(
        (&school["level"], &school["hasChildren"]),
        (&json!(4), &json!(false))
    );
    assert_eq!(school["localName"], Value::Null);
    let languages: Vec<_> = school["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| label["language"].clone())
        .collect();
    assert_eq!(languages, ["en", "sv", "fi", "nb", "da", "de"]);
    let parent = &school["parent"];
    assert_eq!(
        (&parent["code"], &parent["hasChildren"]),
        (&json!("90919000"), &json!(true))
    );
    assert_eq!(parent["children"][2]["code"], "90919300");
    assert_eq!(school["children"], json!([]));
    let stockholm = &data["nuts"]["nodes"][0];
    assert_eq!(stockholm["localName"], "Stockholms län");
    let country = &stockholm["parent"]["parent"]["parent"];
    assert_eq!(
        *country,
        json!({ "code": "SE", "level": 0, "parent": null })
    );

    let again = "query($id: ID!) { node(id: $id) { id __typename ... on Code { code label } } }";
    let node = app
        .anonymous()
        .ask(again, json!({ "id": school["id"] }))
        .await;
    assert_eq!(node["node"]["id"], school["id"]);
    assert_eq!(
        (&node["node"]["__typename"], &node["node"]["code"]),
        (&json!("Code"), &json!("90919300"))
    );
}

#[tokio::test]
async fn a_code_of_an_older_list_is_still_found() {
    let app = TestApp::without_search().await;
    let fields = "id code printedCode label labels { text } localName level parent { code } children { code } hasChildren";
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Code {{ {fields} }} }} }}");
    let of = |key: &str| torg::kernel::ids::encode_global("Code", key);
    for (key, code) in [("NUTS:NO031", "NO031"), ("CPV:50832100", "50832100")] {
        let id = of(key);
        let data = app.anonymous().ask(&query, json!({ "id": id })).await;
        assert_eq!(
            data["node"],
            json!({
                "id": id, "code": code, "printedCode": null, "label": null, "labels": [], "localName": null,
                "level": null, "parent": null, "children": [], "hasChildren": false,
            })
        );
    }
    for key in ["NUTS:<b>", "CPV:9091930", "CPV", "ISO:SE", "", "NUTS:se110"] {
        let data = app.anonymous().ask(&query, json!({ "id": of(key) })).await;
        assert_eq!(data["node"], Value::Null, "{key}");
    }
}

#[tokio::test]
async fn a_search_prefers_the_readers_language_and_pages() {
    let app = TestApp::without_search().await;
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({ "search": "städ", "first": 10, "after": after }).to_string();
        let request = app.get("/graphql", &[("query", CODES), ("variables", &variables)]);
        let body: Value = request
            .header("Accept-Language", "sv")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let found = &body["data"]["found"];
        assert_eq!(found["pageInfo"]["hasPreviousPage"], !seen.is_empty());
        seen.extend(
            found["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["label"].as_str().unwrap().to_owned()),
        );
        after = found["pageInfo"]["endCursor"].clone();
        if found["pageInfo"]["hasNextPage"] == false {
            assert_eq!(found["totalCount"], seen.len());
            break;
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
    assert!(seen[0].starts_with("Städ"), "{seen:?}");
    assert!(
        seen.iter().any(|label| label == "Kontorsstädning"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn an_invalid_lookup_is_refused() {
    let app = TestApp::without_search().await;
    let many = vec!["90919300"; 101];
    for (variables, code, field, part) in [
        (
            json!({ "search": "å".repeat(101) }),
            "TOO_LONG",
            json!(["search"]),
            "100 characters",
        ),
        (
            json!({ "under": "90919301" }),
            "UNKNOWN_CODE",
            json!(["under"]),
            "90919300",
        ),
        (
            json!({ "codes": ["03000000", "90919300-6"] }),
            "UNKNOWN_CODE",
            json!(["codes", "1"]),
            "90919300",
        ),
        (
            json!({ "codes": many }),
            "TOO_LONG",
            json!(["codes"]),
            "100 codes",
        ),
        (
            json!({ "search": "a", "under": "90000000" }),
            "INVALID",
            json!([]),
            "one of",
        ),
        (
            json!({ "under": "90000000", "codes": [] }),
            "INVALID",
            json!([]),
            "one of",
        ),
        (
            json!({ "first": 101 }),
            "OUT_OF_RANGE",
            json!(["first"]),
            "1 to 100",
        ),
        (
            json!({ "after": "?" }),
            "INVALID",
            json!(["after"]),
            "cursor",
        ),
    ] {
        let (refused, at, message) = refusal(&app, CODES, variables.clone()).await;
        assert_eq!((refused.as_str(), &at), (code, &field), "{variables}");
        assert!(message.contains(part), "{message}");
    }
    let longest = find(&app, "nuts", json!({ "search": "å".repeat(100) })).await;
    assert_eq!(longest["totalCount"], 0);
}

#[tokio::test]
async fn a_filter_by_an_unknown_code_is_refused() {
    let app = TestApp::without_search().await;
    let query = "query($f: ProcurementFilter) { searchProcurements(filter: $f) { totalCount } }";
    for (filter, code, field, nearest) in [
        (
            json!({ "cpv": ["90919301"] }),
            "UNKNOWN_CODE",
            "cpv",
            "90919300",
        ),
        (
            json!({ "nuts": ["Stockholm"] }),
            "UNKNOWN_CODE",
            "nuts",
            "not a NUTS code",
        ),
        (
            json!({ "languages": ["xx"] }),
            "UNKNOWN_CODE",
            "languages",
            "xh",
        ),
        (
            json!({ "languages": ["sv--SE"] }),
            "INVALID",
            "languages",
            "the nearest is sv",
        ),
        (
            json!({ "currency": "SEX" }),
            "UNKNOWN_CODE",
            "currency",
            "SEK",
        ),
        (
            json!({ "buyerIds": ["nonsense"] }),
            "NOT_FOUND",
            "buyerIds",
            "no buyer",
        ),
    ] {
        let (refused, at, message) = refusal(&app, query, json!({ "f": filter })).await;
        assert_eq!(
            (refused.as_str(), at),
            (code, json!(["filter", field])),
            "{filter}"
        );
        assert!(message.contains(nearest), "{message}");
    }
    // The engine is unavailable in this test: a valid filter reaches it.
    for filter in [
        json!({ "nuts": ["NO031", "FI185", "UK"] }),
        json!({ "cpv": ["90919300-5"], "languages": ["sv", "swe", "nn-NO"], "currency": "SEK" }),
    ] {
        let (refused, ..) = refusal(&app, query, json!({ "f": filter })).await;
        assert_eq!(refused, "SEARCH_UNAVAILABLE", "{filter}");
    }
}

#[tokio::test]
async fn a_draft_with_an_unknown_code_is_refused() {
    let app = TestApp::without_search().await;
    for (changes, field, nearest) in [
        (
            json!({ "language": "xx", "title": [{ "language": "xx", "text": "?" }] }),
            "language",
            "xh",
        ),
        (
            json!({ "value": { "min": "1", "currency": "SEX" } }),
            "value",
            "SEK",
        ),
        (json!({ "cpv": ["9091"] }), "cpv", "90911000"),
    ] {
        let input = json!({ "content": content_with(&app, changes) });
        let answer = app
            .as_(Person::Editor)
            .mutate("createProcurement", input)
            .await;
        let refused = answer
            .errors
            .iter()
            .find(|error| error.field == ["content", field]);
        let refused = refused.unwrap_or_else(|| panic!("{:?}", answer.errors));
        assert_eq!(refused.code, "UNKNOWN_CODE");
        assert!(refused.message.contains(nearest), "{}", refused.message);
    }
}
