//! Publishing a questionnaire.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::DialogueId;

use super::{check, with};
use crate::{
    contribution::{asked, questions, round},
    support::{app::TestApp, cast::Person::Editor, stage::english},
};

#[tokio::test]
async fn publish_questionnaire() {
    let app = TestApp::without_search().await;
    let (_, round) = round(&app).await;
    let with_questions = |questions: Value| json!({ "dialogueId": round, "questions": questions });
    let one =
        |id: &str, kind: &str, settings: Value| with_questions(json!([asked(id, kind, settings)]));
    let input = with_questions(questions());
    let options = |options: Value| one("N-1", "CHOICE", json!({ "options": options }));
    let many: Vec<Value> = (0..101)
        .map(|n| asked(&format!("N-{n}"), "TEXT", json!({})))
        .collect();
    let too_many: Vec<Value> = (0..101)
        .map(|n| json!({ "optionId": format!("o{n}"), "text": english("A") }))
        .collect();
    let a = json!({ "optionId": "a", "text": english("A") });
    let none = DialogueId::new().to_global();
    let mut cases = vec![
        (
            "no such round",
            Some(Editor),
            with(input.clone(), json!({ "dialogueId": none })),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "a long reason",
            Some(Editor),
            with(
                input.clone(),
                json!({ "reason": english(&"x".repeat(401)) }),
            ),
            "TOO_LONG",
            "reason",
        ),
    ];
    let of_questions = [
        (
            "no question",
            with_questions(json!([])),
            "REQUIRED",
            "questions",
        ),
        (
            "too many",
            with_questions(json!(many)),
            "TOO_LONG",
            "questions",
        ),
        (
            "an odd id",
            one("Q 1", "TEXT", json!({})),
            "INVALID",
            "questions.0.questionId",
        ),
        (
            "an id twice",
            with_questions(json!([
                asked("N-1", "TEXT", json!({})),
                asked("N-1", "TEXT", json!({}))
            ])),
            "INVALID",
            "questions.1.questionId",
        ),
        (
            "another type",
            one("Q-1", "NUMBER", json!({})),
            "INVALID",
            "questions.0.type",
        ),
        (
            "no text",
            one("N-1", "TEXT", json!({ "text": [] })),
            "REQUIRED",
            "questions.0.text",
        ),
        (
            "a long help",
            one("N-1", "TEXT", json!({ "help": english(&"x".repeat(2001)) })),
            "TOO_LONG",
            "questions.0.help",
        ),
        (
            "no length",
            one("N-1", "TEXT", json!({ "maxLength": 0 })),
            "OUT_OF_RANGE",
            "questions.0.maxLength",
        ),
        (
            "no number between",
            one("N-1", "NUMBER", json!({ "min": "2", "max": "1" })),
            "OUT_OF_RANGE",
            "questions.0.max",
        ),
        (
            "an odd unit",
            one("N-1", "NUMBER", json!({ "unit": "m\u{7}" })),
            "INVALID",
            "questions.0.unit",
        ),
        (
            "a long unit",
            one("N-1", "NUMBER", json!({ "unit": "m".repeat(41) })),
            "TOO_LONG",
            "questions.0.unit",
        ),
        (
            "another type's setting",
            one("N-1", "YES_NO", json!({ "unit": "m" })),
            "INVALID",
            "questions.0.unit",
        ),
        (
            "no currency",
            one("N-1", "MONEY", json!({})),
            "INVALID",
            "questions.0.currency",
        ),
        (
            "one option",
            options(json!([a])),
            "REQUIRED",
            "questions.0.options",
        ),
        (
            "too many options",
            options(json!(too_many)),
            "TOO_LONG",
            "questions.0.options",
        ),
        (
            "an option twice",
            options(json!([a, a])),
            "INVALID",
            "questions.0.options.1.optionId",
        ),
        (
            "an option without text",
            options(json!([a, { "optionId": "b", "text": [] }])),
            "REQUIRED",
            "questions.0.options.1.text",
        ),
    ];
    cases.extend(
        of_questions.map(|(what, input, code, field)| (what, Some(Editor), input, code, field)),
    );
    check(&app, "publishQuestionnaire", cases).await;
    app.advance(TimeDelta::days(14));
    let late = ("after the end", Some(Editor), input, "DEADLINE_PASSED", "");
    check(&app, "publishQuestionnaire", vec![late]).await;
}
