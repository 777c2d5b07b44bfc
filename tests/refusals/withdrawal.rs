//! Withdrawing published content.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{AnswerId, DocumentId};

use super::{check, with};
use crate::{
    contribution,
    correction::{marked_document, withdrawal},
    support::{
        app::TestApp,
        cast::Person::{self, Clerk, Editor, Stranger},
        stage::{dialogue, english, published, question, time},
    },
};

/// Answers a question of a round of its own; returns the input that withdraws the answer.
pub async fn answered(app: &TestApp) -> Value {
    answered_at(app, Value::Null).await
}

async fn answered_at(app: &TestApp, release: Value) -> Value {
    let procurement = published(app, "UPCOMING").await;
    let asked = question(app, &dialogue(app, &procurement).await).await;
    let input = json!({ "questionId": asked, "text": english("Yes."), "releaseAt": release });
    let query = "mutation($input: AnswerQuestionInput!) { answerQuestion(input: $input) {
        question { answer { id } heldAnswer { id } } } }";
    let data = app.as_(Editor).ask(query, json!({ "input": input })).await;
    let question = &data["answerQuestion"]["question"];
    let answer = question["answer"]["id"].as_str();
    let id = answer.or(question["heldAnswer"]["id"].as_str()).unwrap();
    withdrawal(id)
}

#[tokio::test]
async fn withdraw_content() {
    let app = TestApp::without_search().await;
    let input = answered(&app).await;
    let held = answered_at(&app, json!(time(app.now() + TimeDelta::hours(1)))).await;
    let done = answered(&app).await;
    app.as_(Editor)
        .mutate("withdrawContent", done.clone())
        .await
        .id();
    let asked = question(
        &app,
        &dialogue(&app, &published(&app, "UPCOMING").await).await,
    )
    .await;
    let (_, round) = contribution::round(&app).await;
    let sent = contribution::input(&round, 1, contribution::answers());
    let sent = app
        .as_(Clerk)
        .mutate("contributeToDialogue", sent)
        .await
        .id();
    let sent = contribution::as_read(&sent);
    let draft = marked_document(&app, Editor).await;
    let other = |id: &str| with(input.clone(), json!({ "id": id }));
    let cases = vec![
        (
            "no such answer",
            Some(Editor),
            other(&AnswerId::new().to_global()),
            "NOT_FOUND",
            "id",
        ),
        (
            "no such document",
            Some(Editor),
            other(&DocumentId::new().to_global()),
            "NOT_FOUND",
            "id",
        ),
        ("no ID", Some(Editor), other("x"), "NOT_FOUND", "id"),
        ("a question", Some(Editor), other(&asked), "INVALID", "id"),
        (
            "an unpublished document",
            Some(Editor),
            other(&draft),
            "NOT_FOUND",
            "id",
        ),
        ("a held answer", Some(Editor), held.clone(), "INVALID", "id"),
        (
            "a held answer, another buyer",
            Some(Stranger),
            held,
            "NOT_FOUND",
            "id",
        ),
        (
            "an unpublished contribution, another buyer",
            Some(Stranger),
            other(&sent),
            "NOT_FOUND",
            "id",
        ),
        (
            "an unpublished contribution, another supplier",
            Some(Person::Chair),
            other(&sent),
            "NOT_FOUND",
            "id",
        ),
        (
            "one's own contribution",
            Some(Clerk),
            other(&sent),
            "NOT_ALLOWED",
            "",
        ),
        (
            "withdrawn already",
            Some(Editor),
            done,
            "ALREADY_DONE",
            "id",
        ),
        (
            "no reason",
            Some(Editor),
            with(input.clone(), json!({ "reason": [] })),
            "REQUIRED",
            "reason",
        ),
        (
            "a reason with a control character",
            Some(Editor),
            with(input.clone(), json!({ "reason": english("a\u{0}b") })),
            "FORBIDDEN_CHARACTER",
            "reason",
        ),
    ];
    check(&app, "withdrawContent", cases).await;
    app.as_(Editor).mutate("withdrawContent", input).await.id();
}
