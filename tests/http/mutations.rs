//! Several mutations in one request: their number is limited, and each counts in the rate limit.

use std::num::NonZero;

use chrono::{TimeDelta, Utc};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use torg::http::{RateLimit, Settings};

use crate::support::{
    app::{AnotherServer, SOCKET_LIMITS, TestApp, unhurried},
    cast::Person,
    stage::published,
};

/// Returns a document that follows a procurement `number` times.
fn follow(number: usize) -> String {
    let follow = |n| {
        format!(
            "a{n}: followProcurement(input: {{ procurementId: $id }}) {{ userErrors {{ code }} }} "
        )
    };
    let all: String = (0..number).map(follow).collect();
    format!("mutation($id: ID!) {{ {all} }}")
}

async fn send(app: &TestApp, address: &str, document: &str, id: &str) -> Response {
    let token = app.mint(&Person::Clerk.subject(), TimeDelta::hours(1), Utc::now());
    let request = app.http.post(format!("{address}/graphql"));
    let request = request.bearer_auth(token);
    let body = json!({ "query": document, "variables": { "id": id } });
    request.json(&body).send().await.unwrap()
}

async fn code(response: Response) -> String {
    let body: Value = response.json().await.unwrap();
    let code = &body["errors"][0]["extensions"]["code"];
    code.as_str().unwrap_or_default().to_owned()
}

async fn follows(app: &TestApp, id: &str) -> bool {
    let query = "query($id: ID!) { procurement(id: $id) { followed } }";
    let data = app.as_(Person::Clerk).ask(query, json!({ "id": id })).await;
    data["procurement"]["followed"] == true
}

#[tokio::test]
async fn a_request_has_at_most_five_mutations() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let in_fragments = "mutation($id: ID!) { ...two b: followProcurement(input: { procurementId: $id }) { userErrors { code } } \
        ... on Mutation { c: followProcurement(input: { procurementId: $id }) { userErrors { code } } ...two } ...two } \
        fragment two on Mutation { d: followProcurement(input: { procurementId: $id }) { userErrors { code } } \
        e: followProcurement(input: { procurementId: $id }) { userErrors { code } } \
        f: followProcurement(input: { procurementId: $id }) { userErrors { code } } \
        g: followProcurement(input: { procurementId: $id }) { userErrors { code } } }";
    for document in [follow(6), in_fragments.to_owned()] {
        let refused = send(&app, &app.address, &document, &id).await;
        assert_eq!(code(refused).await, "TOO_MANY_MUTATIONS", "{document}");
        assert!(!follows(&app, &id).await, "nothing ran");
    }
    let carried_out = send(&app, &app.address, &follow(5), &id).await;
    assert_eq!(code(carried_out).await, "");
    assert!(follows(&app, &id).await);
}

/// Starts a server that accepts `burst` requests at once and one more each minute.
async fn counting(app: &TestApp, burst: u32) -> AnotherServer {
    let number = |number| NonZero::new(number).unwrap();
    let rate = RateLimit {
        per_minute: number(1),
        burst: number(burst),
    };
    let settings = Settings {
        rate: Some(rate),
        ..unhurried()
    };
    app.server_with(SOCKET_LIMITS, settings).await
}

#[tokio::test]
async fn each_mutation_counts_in_the_rate_limit() {
    let app = TestApp::without_search().await;
    let server = counting(&app, 7).await;
    let (first, second) = (
        published(&app, "UPCOMING").await,
        published(&app, "UPCOMING").await,
    );
    let answered = send(&app, &server.address, &follow(4), &first).await;
    assert_eq!(answered.status(), StatusCode::OK);
    let remaining = answered.headers()["ratelimit"].to_str().unwrap();
    assert_eq!(remaining, r#""requests";r=3;t=0"#);
    assert!(follows(&app, &first).await);
    // Three are left: the request counts as one, and its other mutations exceed the rest.
    let refused = send(&app, &server.address, &follow(4), &second).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(code(refused).await, "RATE_LIMITED");
    assert!(!follows(&app, &second).await, "nothing ran");
    let answered = send(&app, &server.address, &follow(2), &second).await;
    assert_eq!(answered.status(), StatusCode::OK);
    assert!(follows(&app, &second).await);
    let refused = send(&app, &server.address, "{ __typename }", &second).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
}
