//! Similar questions are offered before asking; only public ones.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::search;

use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{dialogue, english, moderated_dialogue, published, time},
};

const SIMILAR: &str = "query($text: String!, $id: ID, $first: Int = 5) {
    similarQuestions(text: $text, procurementId: $id, first: $first) {
        question { id text answer { text { text } } } procurement { id } dialogue { id } }
}";

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

async fn ask(app: &TestApp, round: &str, text: &str) -> String {
    let input = json!({ "dialogueId": round, "text": text, "language": "en" });
    act(app, Person::Clerk, "askQuestion", input).await
}

/// Returns the IDs of the questions found without a token, in order.
async fn found(app: &TestApp, text: &str, procurement: Option<&str>) -> Vec<String> {
    let variables = json!({ "text": text, "id": procurement, "first": 20 });
    let data = app.anonymous().ask(SIMILAR, variables).await;
    let found = data["similarQuestions"].as_array().unwrap().iter();
    found
        .map(|one| one["question"]["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn until_found(app: &TestApp, text: &str, wanted: &[&String]) {
    eventually(&format!("`{text}` finds {wanted:?}"), async || {
        let found = found(app, text, None).await;
        wanted.iter().all(|id| found.contains(id)).then_some(())
    })
    .await;
}

async fn until_gone(app: &TestApp, text: &str, id: &String) {
    eventually(&format!("`{text}` finds it no longer"), async || {
        (!found(app, text, None).await.contains(id)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_was_asked_anywhere_is_found_by_a_typo_and_by_its_answer() {
    let app = TestApp::start().await;
    let (here, there) = (
        published(&app, "UPCOMING").await,
        published(&app, "UPCOMING").await,
    );
    let asked = ask(
        &app,
        &dialogue(&app, &here).await,
        "May detergents smell of perfume?",
    )
    .await;
    let round = dialogue(&app, &there).await;
    let other = ask(&app, &round, "Is perfume in detergents allowed?").await;
    ask(&app, &round, "How many windows are there?").await;
    until_found(&app, "parfume detergants", &[&asked, &other]).await;
    // Questions of the same procurement come first.
    let text = "We would like to know whether our detergents may smell of perfume";
    assert_eq!(found(&app, text, Some(&here)).await, [&*asked, &*other]);
    assert_eq!(found(&app, text, Some(&there)).await, [&*other, &*asked]);
    let answer =
        json!({ "questionId": asked, "text": english("Only where allergies are excluded.") });
    act(&app, Person::Editor, "answerQuestion", answer).await;
    until_found(&app, "allergies", &[&asked]).await;
    let data = app
        .anonymous()
        .ask(SIMILAR, json!({ "text": "allergies", "first": 1 }))
        .await;
    let one = &data["similarQuestions"][0];
    assert_eq!(one["procurement"]["id"], json!(here));
    assert!(one["question"]["answer"]["text"]["text"].is_string());

    // A merged question has the answer of the question it was merged into.
    let duplicate = json!({ "dialogueId": data["similarQuestions"][0]["dialogue"]["id"], "text": "Fragrances?", "language": "en" });
    let duplicate = act(&app, Person::Chair, "askQuestion", duplicate).await;
    let merge = json!({ "questionIds": [duplicate], "intoId": asked });
    act(&app, Person::Editor, "mergeQuestions", merge).await;
    until_found(&app, "allergies", &[&asked, &duplicate]).await;

    let before = found(&app, text, None).await;
    let count = search::questions::rebuild(&app.search, &app.database.pool, |_| {}).await;
    assert_eq!(count.unwrap(), 4);
    assert_eq!(found(&app, text, None).await, before);
}

#[tokio::test]
async fn similar_questions_are_public_ones() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let hidden = ask(
        &app,
        &moderated_dialogue(&app, &id).await,
        "Unreleased xylophones?",
    )
    .await;
    let round = dialogue(&app, &id).await;
    let withdrawn = ask(&app, &round, "Withdrawn accordions?").await;
    let redacted = ask(&app, &round, "Redacted trombones by Testsson?").await;
    let held = ask(&app, &round, "When is the tuning?").await;
    let hold = app.now() + TimeDelta::seconds(3);
    let answer = json!({ "questionId": held, "text": english("Before harpsichords."), "releaseAt": time(hold) });
    act(&app, Person::Editor, "answerQuestion", answer).await;
    until_found(&app, "accordions", &[&withdrawn]).await;
    until_found(&app, "trombones", &[&redacted]).await;
    until_found(&app, "tuning", &[&held]).await;
    let input = json!({ "questionId": withdrawn });
    act(&app, Person::Clerk, "withdrawQuestion", input).await;
    let input = json!({ "questionId": redacted, "text": "Which instruments?", "reason": english("A name.") });
    act(&app, Person::Editor, "redactQuestion", input).await;
    until_gone(&app, "accordions", &withdrawn).await;
    until_gone(&app, "trombones", &redacted).await;
    until_found(&app, "instruments", &[&redacted]).await;
    for text in ["xylophones", "accordions", "trombones"] {
        assert_eq!(found(&app, text, None).await, [""; 0], "{text}");
    }
    // The same for people who may read it: the index does not contain it.
    let client = app.as_(Person::Editor);
    let data = client.ask(SIMILAR, json!({ "text": "xylophones" })).await;
    assert_eq!(data["similarQuestions"], json!([]));
    if app.now() < hold - TimeDelta::seconds(1) {
        assert_eq!(found(&app, "harpsichords", None).await, [""; 0]);
    }
    until_found(&app, "harpsichords", &[&held]).await;
    let input = json!({ "questionId": hidden });
    act(&app, Person::Editor, "releaseQuestion", input).await;
    until_found(&app, "xylophones", &[&hidden]).await;
    let rebuilt = search::questions::rebuild(&app.search, &app.database.pool, |_| {}).await;
    assert_eq!(rebuilt.unwrap(), 3);
    assert_eq!(found(&app, "accordions", None).await, [""; 0]);
}

#[tokio::test]
async fn invalid_search_texts_are_refused() {
    let app = TestApp::without_workers().await;
    for (text, first, code) in [
        ("x".repeat(10_001), 5, "TOO_LONG"),
        ("x".to_owned(), 0, "OUT_OF_RANGE"),
        ("x".to_owned(), 21, "OUT_OF_RANGE"),
        ("x".to_owned(), -1, "OUT_OF_RANGE"),
    ] {
        let variables = json!({ "text": text, "first": first });
        let response = app.anonymous().respond(SIMILAR, variables).await;
        assert_eq!(response["errors"][0]["extensions"]["code"], code);
    }
    let variables = json!({ "text": "x", "id": "nonsense" });
    let response = app.anonymous().respond(SIMILAR, variables).await;
    assert_eq!(response["errors"][0]["extensions"]["code"], "NOT_FOUND");
    for text in ["", " ?!", &"ord ".repeat(2_500)] {
        assert_eq!(found(&app, text, None).await, [""; 0]);
    }
}

#[tokio::test]
async fn asking_works_while_search_is_down() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    ask(&app, &dialogue(&app, &id).await, "How many windows?").await;
    let response = app
        .anonymous()
        .respond(SIMILAR, json!({ "text": "windows" }))
        .await;
    let extensions = &response["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "SEARCH_UNAVAILABLE");
    assert_eq!(extensions["retryable"], true);
}
