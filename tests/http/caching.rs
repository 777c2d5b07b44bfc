//! Caching headers, CORS, and protection from cross-site request forgery.

use reqwest::{
    Method, Response, StatusCode,
    header::{
        ACCEPT_LANGUAGE, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_TYPE,
        ETAG, HeaderName, IF_NONE_MATCH, ORIGIN, VARY,
    },
};
use torg::http::Settings;

use crate::support::{
    app::{SOCKET_LIMITS, TestApp, unhurried},
    cast::Person,
};

const QUERY: [(&str, &str); 1] = [(
    "query",
    "{ cpv(search: \"school\", first: 2) { nodes { code label } } }",
)];

fn header(response: &Response, name: HeaderName) -> String {
    let values = response.headers().get_all(name).iter();
    let values: Vec<&str> = values.map(|value| value.to_str().unwrap()).collect();
    values.join(", ")
}

#[tokio::test]
async fn public_responses_to_get_are_cached_and_revalidated() {
    let app = TestApp::without_search().await;
    let first = app.get("/graphql", &QUERY).send().await.unwrap();
    assert_eq!(header(&first, CACHE_CONTROL), "public, max-age=10");
    let vary = header(&first, VARY).to_ascii_lowercase();
    for name in [
        "accept",
        "accept-language",
        "authorization",
        "torg-acting-for",
        "accept-encoding",
    ] {
        assert!(vary.split(", ").any(|one| one == name), "{vary}");
    }
    let etag = header(&first, ETAG);
    assert!(etag.starts_with("W/\""), "{etag}");
    assert!(!first.bytes().await.unwrap().is_empty());

    let again = app.get("/graphql", &QUERY).header(IF_NONE_MATCH, &etag);
    let again = again.send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(header(&again, ETAG), etag);
    assert!(again.bytes().await.unwrap().is_empty());

    // The response in another language has another tag.
    let other = app.get("/graphql", &QUERY).header(IF_NONE_MATCH, &etag);
    let other = other.header(ACCEPT_LANGUAGE, "sv").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    assert_ne!(header(&other, ETAG), etag);
}

#[tokio::test]
async fn private_responses_and_errors_are_not_stored() {
    let app = TestApp::without_search().await;
    let token = app.mint(
        &Person::Clerk.subject(),
        chrono::TimeDelta::hours(1),
        chrono::Utc::now(),
    );
    let post = app
        .post()
        .header(CONTENT_TYPE, "application/json")
        .body(r#"{"query":"{ __typename }"}"#);
    let wrong = [("query", "{ nothing }")];
    let refused = [("query", "{ cpv(first: 101) { nodes { code } } }")];
    for request in [
        app.get("/graphql", &QUERY).bearer_auth(token),
        app.get("/graphql", &QUERY).bearer_auth("no token"),
        app.get("/graphql", &wrong),
        app.get("/graphql", &refused),
        app.get("/graphql", &[("query", "")]),
        post,
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(header(&response, CACHE_CONTROL), "private, no-store");
        assert_eq!(header(&response, ETAG), "");
    }
}

#[tokio::test]
async fn cors_allows_the_configured_origins() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        origins: "https://a.example,https://b.example".parse().unwrap(),
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    for (address, origin, allowed) in [
        (&app.address, "https://c.example", "*"),
        (&server.address, "https://a.example", "https://a.example"),
        (&server.address, "https://b.example", "https://b.example"),
        (&server.address, "https://c.example", ""),
    ] {
        let asked = app.http.get(format!("{address}/graphql"));
        let asked = asked.query(&QUERY).header(ORIGIN, origin);
        let preflight = app
            .http
            .request(Method::OPTIONS, format!("{address}/graphql"));
        let preflight = preflight
            .header(ORIGIN, origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(ACCESS_CONTROL_REQUEST_HEADERS, "content-type,authorization");
        for request in [asked, preflight] {
            let response = request.send().await.unwrap();
            assert_eq!(
                header(&response, ACCESS_CONTROL_ALLOW_ORIGIN),
                allowed,
                "{origin}"
            );
        }
        let documents = app.http.get(format!("{address}/documents/none"));
        let response = documents.header(ORIGIN, origin).send().await.unwrap();
        assert_eq!(
            header(&response, ACCESS_CONTROL_ALLOW_ORIGIN),
            allowed,
            "{origin}"
        );
    }
    let asked = app
        .get("/graphql", &QUERY)
        .header(ORIGIN, "https://c.example");
    let exposed = header(&asked.send().await.unwrap(), ACCESS_CONTROL_EXPOSE_HEADERS);
    for name in ["ratelimit", "retry-after", "etag", "x-request-id"] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let app = TestApp::without_search().await;
    let body = r#"{"query":"{ __typename }"}"#;
    // The media types that a browser sends without a preflight (Fetch standard, CORS-safelisted).
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let response = app.post().header(CONTENT_TYPE, media).body(body);
        let response = response.send().await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{media}"
        );
    }
}
