//! Authentication by access tokens, and the organisation that a person acts for.

use chrono::{TimeDelta, Utc};
use reqwest::{
    Response, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use torg::{
    auth::{algorithm::SigningAlgorithm, devkey::DevKey, token::TokenSettings},
    http::ACTING_FOR,
};

use crate::support::{app::TestApp, cast::Person, folder::folder};

const VIEWER: &str = "{ viewer { name actingFor { id } memberships { organisation { id } } } }";

async fn ask_with(app: &TestApp, authorization: &str) -> Response {
    let request = app.post().header(AUTHORIZATION, authorization);
    let body = json!({ "query": VIEWER });
    request.json(&body).send().await.unwrap()
}

/// Returns a token with the right issuer, audience and subject, signed with another key.
fn forged() -> String {
    let settings = TokenSettings {
        issuer: "https://issuer.example".into(),
        audience: "torg".into(),
        algorithm: SigningAlgorithm::EdDsa,
    };
    let key = DevKey::load_or_create(folder().path(), settings).unwrap();
    key.mint(
        &Person::Publisher.subject(),
        None,
        TimeDelta::hours(1),
        Utc::now(),
    )
    .unwrap()
}

#[tokio::test]
async fn an_invalid_token_is_refused_and_not_anonymous() {
    let app = TestApp::without_search().await;
    let subject = Person::Publisher.subject();
    let hour = TimeDelta::hours(1);
    let expired = app.mint(&subject, hour, Utc::now() - TimeDelta::days(1));
    let good = app.mint(&subject, hour, Utc::now());
    for (authorization, expected) in [
        (format!("Bearer {expired}"), "TOKEN_EXPIRED"),
        (format!("Bearer {}", forged()), "TOKEN_BAD_SIGNATURE"),
        ("Bearer nonsense".to_owned(), "TOKEN_MALFORMED"),
        (format!("Basic {good}"), "TOKEN_MALFORMED"),
        (good.clone(), "TOKEN_MALFORMED"),
    ] {
        let response = ask_with(&app, &authorization).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{expected}");
        let challenge = response.headers()[WWW_AUTHENTICATE]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            challenge.starts_with("Bearer realm=\"torg\""),
            "{challenge}"
        );
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], expected);
        assert_eq!(body.get("data"), None);
    }
    let response = ask_with(&app, &format!("bearer {good}")).await;
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["data"]["viewer"]["name"], Person::Publisher.name());
}

#[tokio::test]
async fn a_person_acts_only_for_their_organisations() {
    let app = TestApp::without_search().await;
    let token = app.mint(
        &Person::Publisher.subject(),
        TimeDelta::hours(1),
        Utc::now(),
    );
    for header in [
        app.organisations.company.to_global(),
        "nonsense".into(),
        String::new(),
    ] {
        let request = app.post().bearer_auth(&token).header(ACTING_FOR, &header);
        let request = request.json(&json!({ "query": VIEWER }));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{header}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_A_MEMBER");
    }
}

#[tokio::test]
async fn a_member_of_several_organisations_selects_one() {
    let app = TestApp::without_search().await;
    let of = app.organisations;
    let acting = |data: Value| {
        data["viewer"]["actingFor"]["id"]
            .as_str()
            .map(str::to_owned)
    };
    let one = app.as_(Person::Signatory).ask(VIEWER, json!({})).await;
    assert_eq!(acting(one), Some(of.company.to_global()));
    let both = app.as_(Person::Both).ask(VIEWER, json!({})).await;
    assert_eq!(both["viewer"]["memberships"].as_array().unwrap().len(), 2);
    assert_eq!(acting(both), None);
    let selected = app
        .acting_for(Person::Both, of.nonprofit)
        .ask(VIEWER, json!({}))
        .await;
    assert_eq!(acting(selected), Some(of.nonprofit.to_global()));
    let without = app.as_(Person::Nobody).ask(VIEWER, json!({})).await;
    assert_eq!(acting(without), None);
}

#[tokio::test]
async fn concurrent_first_requests_create_one_person() {
    let app = TestApp::without_search().await;
    let token = app.mint("newcomer", TimeDelta::hours(1), Utc::now());
    let ask = || async {
        let request = app
            .post()
            .bearer_auth(&token)
            .json(&json!({ "query": "{ viewer { id name } }" }));
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let (first, second) = tokio::join!(ask(), ask());
    assert!(first["data"]["viewer"]["id"].is_string(), "{first}");
    assert_eq!(first, second);
    let rows: i64 = sqlx::query_scalar("select count(*) from person where subject = 'newcomer'")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}
