//! The size of a response: an operation ends once its response is larger than the limit, whatever
//! it repeats.

use reqwest::{StatusCode, header::ACCEPT};
use serde_json::{Value, json};
use torg::http::{OperationLimits as Limits, Settings};

use crate::support::{
    app::{AnotherServer, SOCKET_LIMITS, TestApp, unhurried},
    cast::Person,
    stage::{content_with, english, published},
};

/// Limit of the servers in these tests, in bytes.
const LIMIT: usize = 100_000;

async fn limited(app: &TestApp) -> AnotherServer {
    let settings = Settings {
        operations: Limits {
            response_bytes: LIMIT,
            ..Limits::default()
        },
        ..unhurried()
    };
    app.server_with(SOCKET_LIMITS, settings).await
}

/// Sends a request with this person's token; returns the status and the body.
async fn send(
    app: &TestApp,
    server: &AnotherServer,
    person: Person,
    request: Value,
) -> (StatusCode, Value) {
    let token = app.mint(
        &person.subject(),
        chrono::TimeDelta::hours(1),
        chrono::Utc::now(),
    );
    let response = app
        .http
        .post(format!("{}/graphql", server.address))
        .header(ACCEPT, "application/graphql-response+json")
        .bearer_auth(token)
        .json(&request)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
}

fn code(body: &Value) -> &str {
    body["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_default()
}

/// Returns a selection of `number` aliases.
fn aliases(number: usize, field: &str) -> String {
    (0..number).map(|n| format!("a{n}: {field} ")).collect()
}

#[tokio::test]
async fn a_response_that_repeats_long_texts_ends_at_the_limit() {
    let app = TestApp::without_search().await;
    let server = limited(&app).await;
    let text = "ä".repeat(5_000);
    let content = content_with(&app, json!({ "description": english(&text) }));
    let editor = app.as_(Person::Editor);
    let created = editor.mutate("createProcurement", json!({ "content": content }));
    let id = created.await.id();
    // A text has 10,000 bytes.
    for (texts, within) in [(9, true), (10, false), (20, false)] {
        let query = format!(
            "query($id: ID!) {{ procurement(id: $id) {{ description {{ {} }} }} }}",
            aliases(texts, "text(language: \"en\")")
        );
        let request = json!({ "query": query, "variables": { "id": id } });
        let (status, body) = send(&app, &server, Person::Editor, request).await;
        match within {
            true => assert_eq!(
                body["data"]["procurement"]["description"]["a8"], text,
                "{body}"
            ),
            false => {
                assert_eq!(
                    (status, code(&body)),
                    (StatusCode::BAD_REQUEST, "RESPONSE_TOO_LARGE")
                );
                assert_eq!(body.get("data"), None);
                assert_eq!(body["errors"].as_array().unwrap().len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn a_mutation_with_a_large_answer_is_carried_out() {
    let app = TestApp::without_search().await;
    let server = limited(&app).await;
    let text = "ä".repeat(5_000);
    let content = content_with(&app, json!({ "description": english(&text) }));
    let query = format!(
        "mutation($content: ProcurementContentInput!) {{ createProcurement(input: {{ content: $content }}) {{ \
         procurement {{ description {{ {} }} }} }} }}",
        aliases(20, "text")
    );
    let request = json!({ "query": query, "variables": { "content": content } });
    let (_, body) = send(&app, &server, Person::Editor, request).await;
    assert_eq!(code(&body), "RESPONSE_TOO_LARGE", "{body}");
    let message = body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("may have been carried out"), "{message}");
    let query = "{ viewer { procurements { nodes { description { text } } } } }";
    let found = app.as_(Person::Editor).ask(query, json!({})).await;
    let first = &found["viewer"]["procurements"]["nodes"][0];
    assert_eq!(first["description"]["text"], text);
}

#[tokio::test]
async fn long_texts_are_refused_by_the_form_of_an_operation() {
    let app = TestApp::without_search().await;
    let server = limited(&app).await;
    let id = published(&app, "UPCOMING").await;
    for (lots, expected) in [(50, ""), (100, "TOO_COMPLEX")] {
        let query = format!(
            "query($id: ID!) {{ procurement(id: $id) {{ lots(first: {lots}) {{ nodes {{ title {{ text }} description {{ text }} }} }} }} }}"
        );
        let request = json!({ "query": query, "variables": { "id": id } });
        let (_, body) = send(&app, &server, Person::Editor, request).await;
        assert_eq!(code(&body), expected, "{body}");
    }
}

#[tokio::test]
async fn introspection_has_a_limit_of_its_own() {
    let app = TestApp::without_search().await;
    let server = limited(&app).await;
    let query = "{ __schema { types { name description fields { name description } } } }";
    let (status, body) = send(&app, &server, Person::Editor, json!({ "query": query })).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.to_string().len() > LIMIT);
}
