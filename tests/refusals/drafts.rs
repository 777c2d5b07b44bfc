//! Writing drafts: creating and updating procurements.

use serde_json::{Value, json};
use torg::kernel::ids::ProcurementId;

use super::{Case, check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Editor, Stranger},
    stage::{content, content_with, draft, english, opened},
};

/// Returns invalid contents, each with the code and the field inside `content`.
fn bad_contents() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let long = "å".repeat(401);
    let codes = vec!["90919300"; 101];
    let lots: Vec<Value> = (0..5_001)
        .map(|number| json!({ "lotId": format!("L{number}") }))
        .collect();
    vec![
        (
            "an odd language",
            json!({ "summary": [{ "language": "swedish", "text": "x" }] }),
            "INVALID",
            "summary",
        ),
        (
            "no title in its language",
            json!({ "language": "da" }),
            "REQUIRED",
            "title",
        ),
        (
            "an empty text",
            json!({ "summary": [{ "language": "sv", "text": " " }] }),
            "REQUIRED",
            "summary",
        ),
        (
            "a long title",
            json!({ "title": [{ "language": "sv", "text": long }] }),
            "TOO_LONG",
            "title",
        ),
        (
            "a long description",
            json!({ "description": english(&"x".repeat(20_001)) }),
            "TOO_LONG",
            "description",
        ),
        (
            "an unknown CPV code",
            json!({ "cpv": ["90919301"] }),
            "UNKNOWN_CODE",
            "cpv",
        ),
        (
            "an unknown NUTS code",
            json!({ "nuts": ["SE119"] }),
            "UNKNOWN_CODE",
            "nuts",
        ),
        ("too many codes", json!({ "cpv": codes }), "TOO_LONG", "cpv"),
        (
            "no currency",
            json!({ "value": { "min": "1", "currency": "kr" } }),
            "INVALID",
            "value",
        ),
        (
            "a value without figures",
            json!({ "value": { "currency": "SEK" } }),
            "REQUIRED",
            "value",
        ),
        (
            "a negative value",
            json!({ "value": { "min": "-1", "currency": "SEK" } }),
            "OUT_OF_RANGE",
            "value",
        ),
        (
            "a range upside down",
            json!({ "value": { "min": "2", "max": "1", "currency": "SEK" } }),
            "OUT_OF_RANGE",
            "value",
        ),
        ("too many lots", json!({ "lots": lots }), "TOO_LONG", "lots"),
        (
            "a lot twice",
            json!({ "lots": [{ "lotId": "A" }, { "lotId": "A" }] }),
            "INVALID",
            "lots.1.lotId",
        ),
        (
            "a lot's odd ID",
            json!({ "lots": [{ "lotId": "A B" }] }),
            "INVALID",
            "lots.0.lotId",
        ),
        (
            "a lot's unknown code",
            json!({ "lots": [{ "lotId": "A", "cpv": ["1"] }] }),
            "UNKNOWN_CODE",
            "lots.0.cpv",
        ),
        (
            "a lot's empty title",
            json!({ "lots": [{ "lotId": "A", "title": english("") }] }),
            "REQUIRED",
            "lots.0.title",
        ),
    ]
}

/// Returns the invalid contents as cases of a mutation with a `content`.
fn content_cases(app: &TestApp, input: Value) -> Vec<Case> {
    let cases = bad_contents()
        .into_iter()
        .map(|(what, changes, code, field)| {
            let input = with(
                input.clone(),
                json!({ "content": content_with(app, changes) }),
            );
            // Leaked once per run, because cases are static.
            let field: &'static str = format!("content.{field}").leak();
            (what, Some(Editor), input, code, field)
        });
    cases.collect()
}

#[tokio::test]
async fn create_procurement() {
    let app = TestApp::without_search().await;
    let input = json!({ "content": content(&app) });
    let bad_key = with(input.clone(), json!({ "idempotencyKey": "with space" }));
    let mut cases = content_cases(&app, input.clone());
    cases.extend([(
        "a malformed key",
        Some(Editor),
        bad_key,
        "INVALID",
        "idempotencyKey",
    )]);
    check(&app, "createProcurement", cases).await;
    let rows: i64 = sqlx::query_scalar("select count(*) from procurement")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn an_unknown_code_is_answered_with_the_nearest() {
    let app = TestApp::without_search().await;
    for (changes, near) in [
        (json!({ "cpv": ["90919301"] }), "90919300"),
        (json!({ "nuts": ["SE119"] }), "SE110"),
    ] {
        let input = json!({ "content": content_with(&app, changes) });
        let answer = app.as_(Editor).mutate("createProcurement", input).await;
        let message = &answer.errors[0].message;
        assert!(message.contains(near), "{message}");
    }
}

#[tokio::test]
async fn update_procurement() {
    let app = TestApp::without_search().await;
    let id = draft(&app).await;
    let input = json!({ "procurementId": id, "revision": 1, "content": content(&app) });
    let mut cases = content_cases(&app, input.clone());
    let to = |id: String| with(input.clone(), json!({ "procurementId": id }));
    let conflict = with(input.clone(), json!({ "revision": 7 }));
    cases.extend([
        (
            "a draft of another buyer",
            Some(Stranger),
            input.clone(),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "no such procurement",
            Some(Editor),
            to(ProcurementId::new().to_global()),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "an ID of another kind",
            Some(Editor),
            to(app.organisations.buyer.to_global()),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "an older revision",
            Some(Editor),
            conflict,
            "CONFLICT",
            "revision",
        ),
    ]);
    check(&app, "updateProcurement", cases).await;
    let (awaiting, _) = opened(&app).await;
    let late = with(to(awaiting), json!({ "revision": 2 }));
    check(
        &app,
        "updateProcurement",
        vec![("after the deadline", Some(Editor), late, "WRONG_PHASE", "")],
    )
    .await;
}

/// One answer has every error of the input.
#[tokio::test]
async fn a_language_that_is_none_is_named_wherever_it_stands() {
    let app = TestApp::without_search().await;
    let title = json!([{ "language": "swedish", "text": "x" }]);
    let content = content_with(&app, json!({ "language": "swedish", "title": title }));
    let answer = app
        .as_(Editor)
        .mutate("createProcurement", json!({ "content": content }))
        .await;
    let refusals = answer
        .errors
        .iter()
        .map(|error| (error.code.as_str(), error.field.join(".")));
    let expected = [
        ("INVALID", "content.language".to_owned()),
        ("INVALID", "content.title".to_owned()),
    ];
    assert_eq!(refusals.collect::<Vec<_>>(), expected);
}
