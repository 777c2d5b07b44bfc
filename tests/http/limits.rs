//! What one request may cost.

use std::time::{Duration, Instant};

use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use torg::http::BODY_LIMIT;

use crate::support::app::TestApp;

fn first_code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = TestApp::without_search().await;
    let of_length = |length: usize| {
        let begin = r#"{"query":"{ viewer { id } }"}"#;
        format!("{begin}{}", " ".repeat(length - begin.len()))
    };
    for (length, status) in [
        (BODY_LIMIT, StatusCode::OK),
        (BODY_LIMIT + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let request = app
            .post()
            .header(CONTENT_TYPE, "application/json")
            .body(of_length(length));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{length}");
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            assert_eq!(
                first_code(&response.json().await.unwrap()),
                "BODY_TOO_LARGE"
            );
        }
    }
}

#[tokio::test]
async fn a_fragment_bomb_is_refused_before_it_costs_anything() {
    let app = TestApp::without_search().await;
    let mut bomb = String::from("{ ...f0 }");
    for n in 0..40 {
        bomb += &format!(" fragment f{n} on Query {{ ...f{m} ...f{m} }}", m = n + 1);
    }
    bomb += " fragment f40 on Query { viewer { id } }";
    let begun = Instant::now();
    let body = app.anonymous().respond(&bomb, json!({})).await;
    // Spread out it has 2^41 fields: a server that walks them does not answer at all.
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(first_code(&body), "DOCUMENT_TOO_LARGE");
}

#[tokio::test]
async fn a_document_with_too_many_fields_is_refused() {
    let app = TestApp::without_search().await;
    let fields = |count: usize| {
        let aliased: Vec<String> = (0..count)
            .map(|n| format!("v{n}: viewer {{ id }}"))
            .collect();
        format!("{{ {} }}", aliased.join(" "))
    };
    // Each alias selects two fields; the limit is 2,000.
    assert_eq!(
        app.anonymous().ask(&fields(1_000), json!({})).await["v999"],
        Value::Null
    );
    let body = app.anonymous().respond(&fields(1_001), json!({})).await;
    assert_eq!(first_code(&body), "DOCUMENT_TOO_LARGE");
}

#[tokio::test]
async fn a_document_that_nests_too_deep_or_asks_for_too_much_is_refused() {
    let app = TestApp::without_search().await;
    let deep = format!(
        "{{ __schema {{ types {{ {} name {} }} }} }}",
        "ofType { ".repeat(20),
        "} ".repeat(20)
    );
    let wide = "{ searchProcurements(first: 100) { nodes { title { text } description { text } summary { text }
        lots(first: 100) { nodes { lotId title { text } description { text } cpv { label } nuts { label } } }
        dialogues { questions(first: 100) { nodes { text answer { text { text } } answers { text { text } } } } } } } }";
    for (document, expected) in [
        (deep.as_str(), "VALIDATION_FAILED"),
        (wide, "VALIDATION_FAILED"),
    ] {
        let body = app.anonymous().respond(document, json!({})).await;
        assert_eq!(first_code(&body), expected, "{body}");
        assert_eq!(body["data"], Value::Null);
    }
}

#[tokio::test]
async fn a_page_has_1_to_100_items() {
    let app = TestApp::without_search().await;
    for first in [-1, 0, 101] {
        let query = "query($first: Int!) { searchProcurements(first: $first) { totalCount } }";
        let body = app
            .anonymous()
            .respond(query, json!({ "first": first }))
            .await;
        assert_eq!(first_code(&body), "OUT_OF_RANGE", "{first}: {body}");
        assert_eq!(body["errors"][0]["extensions"]["field"], json!(["first"]));
    }
}
