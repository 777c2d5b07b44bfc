//! Messages in the reader's language, with their values for programs.

use chrono::TimeDelta;
use reqwest::header::ACCEPT_LANGUAGE;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, published},
};

/// Sends a document as a person with an `Accept-Language` header.
async fn ask(
    app: &TestApp,
    person: Person,
    languages: &str,
    query: &str,
    variables: Value,
) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let request = app.as_(person).post().header(ACCEPT_LANGUAGE, languages);
    request
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

const ASK: &str = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) {
    userErrors { code field message parameters { name value values } } } }";

#[tokio::test]
async fn refusals_are_in_the_reader_s_language() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let input = json!({ "dialogueId": round, "text": "x".repeat(10_001), "language": "en" });
    for (languages, message) in [
        (
            "en",
            "the text is longer than 10000 characters; shorten it or split it",
        ),
        (
            "sv",
            "texten är längre än 10000 tecken; korta den eller dela upp den",
        ),
        (
            "sv-FI, fi;q=0.5",
            "texten är längre än 10000 tecken; korta den eller dela upp den",
        ),
        (
            "fi",
            "teksti on pidempi kuin 10000 merkkiä; lyhennä tai jaa se",
        ),
        (
            "nb",
            "teksten er lengre enn 10000 tegn; forkort den eller del den opp",
        ),
        (
            "nn",
            "teksten er lengre enn 10000 tegn; forkort den eller del den opp",
        ),
        (
            "no",
            "teksten er lengre enn 10000 tegn; forkort den eller del den opp",
        ),
        (
            "da",
            "teksten er længere end 10000 tegn; forkort den eller del den op",
        ),
        (
            "de, da;q=0.5",
            "teksten er længere end 10000 tegn; forkort den eller del den op",
        ),
        (
            "pl",
            "the text is longer than 10000 characters; shorten it or split it",
        ),
    ] {
        let answer = ask(
            &app,
            Person::Clerk,
            languages,
            ASK,
            json!({ "input": input }),
        )
        .await;
        let expected = json!([{
            "code": "TOO_LONG",
            "field": ["text"],
            "message": message,
            "parameters": [{ "name": "limit", "value": "10000", "values": ["10000"] }],
        }]);
        assert_eq!(
            answer["data"]["askQuestion"]["userErrors"], expected,
            "{languages}"
        );
    }
}

#[tokio::test]
async fn times_in_messages_are_in_the_zone_of_the_round() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let opens = app.now() + TimeDelta::days(2);
    let input = json!({
        "procurementId": id,
        "kind": "OPEN_QA",
        "title": [{ "language": "en", "text": "Dialogue" }],
        "opensAt": opens.to_rfc3339(),
        "questionsUntil": (opens + TimeDelta::days(3)).to_rfc3339(),
        "closesAt": (opens + TimeDelta::days(5)).to_rfc3339(),
        "timeZone": "Europe/Helsinki",
    });
    let round = app
        .as_(Person::Editor)
        .mutate("openDialogue", input)
        .await
        .id();
    let input = json!({ "dialogueId": round, "text": "Why?", "language": "en" });
    let answer = ask(&app, Person::Clerk, "fi", ASK, json!({ "input": input })).await;
    let error = &answer["data"]["askQuestion"]["userErrors"][0];
    assert_eq!(error["code"], "DIALOGUE_NOT_OPEN");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("kysymyksiä otetaan vastaan alkaen "),
        "{message}"
    );
    assert!(
        message.contains(" klo ") && message.contains("(EE"),
        "{message}"
    );
    let value = error["parameters"][0]["value"].as_str().unwrap();
    let value = chrono::DateTime::parse_from_rfc3339(value).unwrap();
    assert_eq!(value.timestamp(), opens.timestamp());
    assert_ne!(value.offset().local_minus_utc(), 0);
}

#[tokio::test]
async fn refused_arguments_are_in_the_reader_s_language() {
    let app = TestApp::without_search().await;
    let query = "{ viewer { notifications(first: 1000) { nodes { id } } } }";
    for (languages, message) in [
        ("en", "`first` is 1000; request 1 to 100 items"),
        ("sv", "`first` är 1000; begär 1 till 100 poster"),
        ("fi", "`first` on 1000; pyydä 1–100 kohdetta"),
        ("no", "`first` er 1000; be om 1 til 100 oppføringer"),
        ("da", "`first` er 1000; anmod om 1 til 100 poster"),
    ] {
        let answer = ask(&app, Person::Clerk, languages, query, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["message"], message, "{answer}");
        assert_eq!(error["extensions"]["code"], "OUT_OF_RANGE");
        let parameters = json!([
            { "name": "argument", "value": "first", "values": ["first"] },
            { "name": "number", "value": "1000", "values": ["1000"] },
            { "name": "limit", "value": "100", "values": ["100"] },
        ]);
        assert_eq!(error["extensions"]["parameters"], parameters);
    }
}

#[tokio::test]
async fn a_repeated_refusal_is_in_the_language_of_the_repetition() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let key = "a-key-that-is-used-twice";
    let first =
        json!({ "dialogueId": round, "text": "Why?", "language": "en", "idempotencyKey": key });
    let asked = ask(&app, Person::Clerk, "sv", ASK, json!({ "input": first })).await;
    assert_eq!(asked["data"]["askQuestion"]["userErrors"], json!([]));
    let other =
        json!({ "dialogueId": round, "text": "How?", "language": "en", "idempotencyKey": key });
    for (languages, begin) in [
        ("sv", "denna `idempotencyKey`"),
        ("da", "denne `idempotencyKey` er brugt"),
    ] {
        let answer = ask(
            &app,
            Person::Clerk,
            languages,
            ASK,
            json!({ "input": other }),
        )
        .await;
        let message = &answer["data"]["askQuestion"]["userErrors"][0]["message"];
        assert!(message.as_str().unwrap().starts_with(begin), "{message}");
    }
}

#[tokio::test]
async fn uploads_are_refused_in_the_reader_s_language() {
    let app = TestApp::without_search().await;
    let request = app
        .as_(Person::Clerk)
        .upload()
        .header(ACCEPT_LANGUAGE, "nn");
    let request = request
        .header("content-type", "text/plain")
        .query(&[("fileName", "")]);
    let answer: Value = request
        .body("x")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert_eq!(message, "filnavnet kreves; send det som `?fileName=`");
}
