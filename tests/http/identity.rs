//! Who asks: tokens and the organisation one acts for.

use chrono::{TimeDelta, Utc};
use reqwest::{
    Response, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};
use torg::{
    auth::{
        devkey::DevKey,
        token::{SigningAlgorithm, TokenSettings},
    },
    http::ACTING_FOR,
};

use crate::support::{app::TestApp, cast::Person, folder::folder};

const WHO: &str = "{ viewer { name actingFor { id } memberships { organisation { id } } } }";

async fn ask_with(app: &TestApp, authorization: &str) -> Response {
    let request = app.post().header(AUTHORIZATION, authorization);
    request.json(&json!({ "query": WHO })).send().await.unwrap()
}

/// A token of the right issuer, audience and subject, signed by another key.
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
async fn a_token_that_is_not_good_is_never_taken_for_nobody() {
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
async fn one_acts_only_for_an_organisation_one_belongs_to() {
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
        let response = request.json(&json!({ "query": WHO })).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{header}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_A_MEMBER");
    }
}

#[tokio::test]
async fn who_belongs_to_one_organisation_acts_for_it_and_who_belongs_to_two_says_for_which() {
    let app = TestApp::without_search().await;
    let of = app.organisations;
    let acting = |data: Value| {
        data["viewer"]["actingFor"]["id"]
            .as_str()
            .map(str::to_owned)
    };
    let one = app.as_(Person::Signatory).ask(WHO, json!({})).await;
    assert_eq!(acting(one), Some(of.company.to_global()));
    let both = app.as_(Person::Both).ask(WHO, json!({})).await;
    assert_eq!(both["viewer"]["memberships"].as_array().unwrap().len(), 2);
    assert_eq!(acting(both), None);
    let said = app
        .acting_for(Person::Both, of.nonprofit)
        .ask(WHO, json!({}))
        .await;
    assert_eq!(acting(said), Some(of.nonprofit.to_global()));
    let nobody = app.as_(Person::Nobody).ask(WHO, json!({})).await;
    assert_eq!(acting(nobody), None);
}

#[tokio::test]
async fn a_new_subject_becomes_a_person_once() {
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
