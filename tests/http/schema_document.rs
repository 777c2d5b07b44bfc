//! The schema document at `GET /schema.graphql`.

use std::path::Path;

use reqwest::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};
use serde_json::Value;
use torg::http::{RateLimit, Settings};

use crate::support::app::{SOCKET_LIMITS, TestApp, unhurried};

const PATH: &str = "/schema.graphql";

fn committed() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/schema.graphql");
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test]
async fn it_equals_the_committed_schema() {
    let app = TestApp::without_search().await;
    let response = app.get(PATH, &[]).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()[CONTENT_TYPE],
        "text/plain; charset=utf-8"
    );
    assert_eq!(response.text().await.unwrap(), committed());
}

#[tokio::test]
async fn head_has_the_headers_without_the_body() {
    let app = TestApp::without_search().await;
    let head = app.http.head(format!("{}{PATH}", app.address));
    let head = head.send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    let get = app.get(PATH, &[]).send().await.unwrap();
    for name in [CONTENT_TYPE, CACHE_CONTROL, ETAG] {
        assert_eq!(head.headers()[&name], get.headers()[&name], "{name}");
    }
    assert_eq!(head.text().await.unwrap(), "");
}

#[tokio::test]
async fn it_is_revalidated_by_its_etag() {
    let app = TestApp::without_search().await;
    let response = app.get(PATH, &[]).send().await.unwrap();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
    let etag = response.headers()[ETAG].clone();
    for (known, status) in [
        (etag.to_str().unwrap(), StatusCode::NOT_MODIFIED),
        ("\"another\"", StatusCode::OK),
    ] {
        let request = app.get(PATH, &[]).header(IF_NONE_MATCH, known);
        assert_eq!(request.send().await.unwrap().status(), status, "{known}");
    }
}

#[tokio::test]
async fn its_requests_count_towards_the_rate_limit() {
    let app = TestApp::without_search().await;
    let one = std::num::NonZero::<u32>::MIN;
    let settings = Settings {
        rate: Some(RateLimit {
            per_minute: one,
            burst: one,
        }),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    for status in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let request = app.http.get(format!("{}{PATH}", server.address));
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn it_is_not_found_where_introspection_is_off() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        introspection: false,
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let request = app.http.get(format!("{}{PATH}", server.address));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_FOUND");
}
