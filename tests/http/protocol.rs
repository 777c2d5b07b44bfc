//! GraphQL over HTTP: methods, media types, statuses.

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, ALLOW, CONTENT_TYPE},
};
use serde_json::{Value, json};

use crate::support::{app::TestApp, cast::Person, stage::content};

const JSON: &str = "application/json";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

fn media(response: &Response) -> &str {
    let header = response.headers()[CONTENT_TYPE].to_str().unwrap();
    header.split(';').next().unwrap()
}

async fn code(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert_eq!(body.get("data"), None);
    error["extensions"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_query_has_the_same_response_by_get_and_post() {
    let app = TestApp::without_search().await;
    let query = "query Who($id: ID!) { node(id: $id) { id } }";
    let id = app.organisations.buyer.to_global();
    let variables = json!({ "id": id }).to_string();
    let parameters = [
        ("query", query),
        ("variables", variables.as_str()),
        ("operationName", "Who"),
    ];
    let by_get: Value = app
        .get("/graphql", &parameters)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let by_post = app.anonymous().respond(query, json!({ "id": id })).await;
    assert_eq!(by_get["data"], json!({ "node": { "id": id } }));
    assert_eq!(by_get, by_post);
}

#[tokio::test]
async fn a_mutation_by_get_is_refused_and_changes_nothing() {
    let app = TestApp::without_search().await;
    let query = "mutation M($c: ProcurementContentInput!) { createProcurement(input: { content: $c }) { userErrors { code } } }";
    let variables = json!({ "c": content(&app) }).to_string();
    let token = app.mint(
        &Person::Editor.subject(),
        chrono::TimeDelta::hours(1),
        chrono::Utc::now(),
    );
    for named in [vec![], vec![("operationName", "M")]] {
        let parameters = [
            vec![("query", query), ("variables", variables.as_str())],
            named,
        ]
        .concat();
        let response = app
            .get("/graphql", &parameters)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], "POST");
        assert_eq!(code(response).await, "METHOD_NOT_ALLOWED");
    }
    let rows: i64 = sqlx::query_scalar("select count(*) from procurement")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_body_without_a_graphql_request_is_refused() {
    let app = TestApp::without_search().await;
    let query = r#"{"query":"{ viewer { id } }"}"#;
    for (content_type, body, status, expected) in [
        (
            "text/plain",
            query,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "application/json; charset=utf-16",
            query,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (JSON, r#"{"query":"#, StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (JSON, "", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (JSON, "[]", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (JSON, "{}", StatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (
            JSON,
            r#"{"query":"{ viewer { id } }","variables":[1]}"#,
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
        ),
        (
            JSON,
            r#"{"query":"{ viewer { id } }","extensions":3}"#,
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
        ),
    ] {
        let response = app
            .post()
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{content_type} {body}");
        assert_eq!(code(response).await, expected, "{content_type} {body}");
    }
    let unreadable = [("query", "{ viewer { id } }"), ("variables", "{")];
    let response = app.get("/graphql", &unreadable).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(code(response).await, "BAD_REQUEST");
}

#[tokio::test]
async fn each_media_type_has_its_own_statuses() {
    let app = TestApp::without_search().await;
    let bad_request = StatusCode::BAD_REQUEST;
    for (document, newer, expected) in [
        ("{ viewer { id } }", StatusCode::OK, None),
        ("{ viewer { id }", bad_request, Some("PARSE_FAILED")),
        (
            "{ viewer { shoeSize } }",
            bad_request,
            Some("VALIDATION_FAILED"),
        ),
        (
            "query($id: ID!) { node(id: $id) { id } }",
            bad_request,
            Some("VALIDATION_FAILED"),
        ),
    ] {
        for (accept, media_type, status) in [
            (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE, newer),
            (
                "application/graphql-response+json;q=1, application/json",
                GRAPHQL_RESPONSE,
                newer,
            ),
            (JSON, JSON, StatusCode::OK),
            ("*/*", JSON, StatusCode::OK),
        ] {
            let body = json!({ "query": document });
            let response = app
                .post()
                .header(ACCEPT, accept)
                .json(&body)
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), status, "{document} as {accept}");
            assert_eq!(media(&response), media_type, "{document} as {accept}");
            match expected {
                Some(expected) => assert_eq!(code(response).await, expected, "{document}"),
                None => {
                    let body: Value = response.json().await.unwrap();
                    assert_eq!(body["data"], json!({ "viewer": null }));
                    assert_eq!(body.get("errors"), None);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_does_not_accept_json_receives_406() {
    let app = TestApp::without_search().await;
    let body = json!({ "query": "{ viewer { id } }" });
    let response = app
        .post()
        .header(ACCEPT, "text/html")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
    assert_eq!(code(response).await, "NOT_ACCEPTABLE");
}

#[tokio::test]
async fn every_response_carries_a_request_id() {
    let app = TestApp::without_search().await;
    let given = app
        .get("/health/live", &[])
        .header("x-request-id", "my-own")
        .send()
        .await
        .unwrap();
    assert_eq!(given.headers()["x-request-id"], "my-own");
    let made = app.get("/health/live", &[]).send().await.unwrap();
    let other = app.get("/health/live", &[]).send().await.unwrap();
    assert_eq!(made.headers()["x-request-id"].len(), 36);
    assert_ne!(
        made.headers()["x-request-id"],
        other.headers()["x-request-id"]
    );
}

#[tokio::test]
async fn an_unexpected_failure_has_the_request_id_and_no_details() {
    let app = TestApp::without_search().await;
    sqlx::query("alter table procurement rename to hidden")
        .execute(&app.database.pool)
        .await
        .unwrap();
    let id = torg::kernel::ids::ProcurementId::new().to_global();
    let body = json!({ "query": "query($id: ID!) { procurement(id: $id) { id } }", "variables": { "id": id } });
    let response = app
        .post()
        .header("x-request-id", "trace-me")
        .json(&body)
        .send()
        .await
        .unwrap();
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL");
    assert_eq!(body["errors"][0]["extensions"]["requestId"], "trace-me");
    for internal in ["relation", "sqlx", "select", "hidden"] {
        assert!(!text.to_lowercase().contains(internal), "{text}");
    }
}

#[tokio::test]
async fn an_unsupported_content_coding_is_ignored() {
    let app = TestApp::without_search().await;
    for (codings, expected) in [
        ("identity;q=0", None),
        ("br;q=1, *;q=0", None),
        ("gzip;q=0", None),
        ("deflate, GZIP;q=0.1", Some("gzip")),
    ] {
        // The response is long enough to be compressed.
        let parameters = [("query", "{ cpv(first: 50) { nodes { code label } } }")];
        let request = app.get("/graphql", &parameters);
        let response = request
            .header("accept-encoding", codings)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{codings}");
        let coding = response.headers().get("content-encoding");
        assert_eq!(
            coding.map(|coding| coding.to_str().unwrap()),
            expected,
            "{codings}"
        );
    }
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let app = TestApp::without_search().await;
    let request = app.post().json(&json!({ "query": "{ __typename }" }));
    let request = request.bearer_auth("one").bearer_auth("two");
    assert_eq!(request.send().await.unwrap().status(), 401);
}
