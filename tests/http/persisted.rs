//! Persisted documents, trusted documents, and introspection.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use torg::http::Settings;

use crate::support::{
    app::{SOCKET_LIMITS, TestApp, unhurried},
    folder::folder,
};

const QUERY: &str = "query Me { viewer { id } }";

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn post(app: &TestApp, address: &str, body: Value) -> Response {
    let request = app.http.post(format!("{address}/graphql")).json(&body);
    request.send().await.unwrap()
}

async fn ask(app: &TestApp, address: &str, body: Value) -> Value {
    post(app, address, body).await.json().await.unwrap()
}

fn code(body: &Value) -> &str {
    assert_eq!(body.get("data"), None, "{body}");
    body["errors"][0]["extensions"]["code"].as_str().unwrap()
}

#[tokio::test]
async fn a_document_is_sent_once_and_then_by_its_hash() {
    let app = TestApp::without_search().await;
    let named = json!({ "extensions": persisted(&hash(QUERY)) });
    let unknown = ask(&app, &app.address, named.clone()).await;
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
    // Apollo's clients recognise this message.
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");
    let sent = json!({ "query": QUERY, "extensions": persisted(&hash(QUERY)) });
    for body in [sent, named] {
        let answer = ask(&app, &app.address, body).await;
        assert_eq!(answer["data"], json!({ "viewer": null }));
    }
    let parameters = [("extensions", &*persisted(&hash(QUERY)).to_string())];
    let by_get = app.get("/graphql", &parameters).send().await.unwrap();
    let by_get: Value = by_get.json().await.unwrap();
    assert_eq!(by_get["data"], json!({ "viewer": null }));
}

#[tokio::test]
async fn the_operations_of_the_schema_folder_are_persisted() {
    let app = TestApp::without_search().await;
    let mut known = 0;
    for file in crate::support::client::operation_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        // An operation with variables is refused here, but its document is found.
        let body = json!({ "documentId": format!("sha256:{}", hash(&text)) });
        let answer = ask(&app, &app.address, body).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_ne!(code, "PERSISTED_QUERY_NOT_FOUND", "{}", file.display());
        known += 1;
    }
    assert!(known > 40);
}

#[tokio::test]
async fn an_invalid_or_unknown_hash_is_refused() {
    let app = TestApp::without_search().await;
    let other = hash("{ other }");
    for (body, expected) in [
        (
            json!({ "query": QUERY, "extensions": persisted(&other) }),
            "BAD_REQUEST",
        ),
        (
            json!({ "query": QUERY, "documentId": format!("sha256:{other}") }),
            "BAD_REQUEST",
        ),
        (json!({ "documentId": other }), "BAD_REQUEST"),
        (json!({ "documentId": "" }), "BAD_REQUEST"),
        (
            json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": other } } }),
            "BAD_REQUEST",
        ),
        (
            json!({ "extensions": { "persistedQuery": { "version": 1 } } }),
            "BAD_REQUEST",
        ),
        (
            json!({ "extensions": { "persistedQuery": other } }),
            "BAD_REQUEST",
        ),
        (
            json!({ "documentId": "sha256:../../etc/passwd" }),
            "PERSISTED_QUERY_NOT_FOUND",
        ),
        (
            json!({ "documentId": format!("sha256:{other}") }),
            "PERSISTED_QUERY_NOT_FOUND",
        ),
    ] {
        let answer = ask(&app, &app.address, body.clone()).await;
        assert_eq!(code(&answer), expected, "{body}");
    }
}

#[tokio::test]
async fn a_persisted_mutation_is_not_executed_by_get() {
    let app = TestApp::without_search().await;
    let text = "mutation M { createProcurement(input: {}) { userErrors { code } } }";
    let sent = json!({ "query": text, "extensions": persisted(&hash(text)) });
    ask(&app, &app.address, sent).await;
    let id = format!("sha256:{}", hash(text));
    let parameters = [("documentId", id.as_str())];
    let response = app.get("/graphql", &parameters).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn untrusted_documents_are_refused_when_configured() {
    let app = TestApp::without_search().await;
    let own = folder();
    std::fs::write(own.path().join("me.graphql"), QUERY).unwrap();
    let settings = Settings {
        trusted_documents: Some(own.path().to_owned()),
        only_trusted_documents: true,
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    // A trusted document is executed by its text and by its hash.
    for body in [
        json!({ "query": QUERY }),
        json!({ "documentId": format!("sha256:{}", hash(QUERY)) }),
    ] {
        let answer = ask(&app, &server.address, body).await;
        assert_eq!(answer["data"], json!({ "viewer": null }));
    }
    let other = "query Me { viewer { name } }";
    for body in [
        json!({ "query": other }),
        json!({ "query": other, "extensions": persisted(&hash(other)) }),
        json!({ "query": "{ __schema { types { name } } }" }),
    ] {
        let answer = ask(&app, &server.address, body).await;
        assert_eq!(code(&answer), "DOCUMENT_NOT_TRUSTED");
    }
    let named = json!({ "extensions": persisted(&hash(other)) });
    let answer = ask(&app, &server.address, named).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn introspection_can_be_switched_off() {
    let app = TestApp::without_search().await;
    let settings = Settings {
        introspection: false,
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    for query in [
        "{ __schema { types { name } } }",
        "{ t: __type(name: \"Viewer\") { name } }",
        "{ ...f } fragment f on Query { ... { __schema { types { name } } } }",
    ] {
        let answer = ask(&app, &server.address, json!({ "query": query })).await;
        assert_eq!(code(&answer), "INTROSPECTION_DISABLED", "{query}");
    }
    // Errors suggest no names of the schema either.
    let misspelt = json!({ "query": "{ viewr { id } }" });
    let message = |answer: Value| answer["errors"][0]["message"].to_string();
    let guarded = message(ask(&app, &server.address, misspelt.clone()).await);
    let open = message(ask(&app, &app.address, misspelt).await);
    assert!(
        open.contains("viewer") && !guarded.contains("viewer"),
        "{guarded}"
    );
    let typename = json!({ "query": "{ __typename }" });
    let answer = ask(&app, &server.address, typename).await;
    assert_eq!(answer["data"]["__typename"], "Query");
}
