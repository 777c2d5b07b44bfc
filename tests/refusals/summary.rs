//! Publishing the summary of a round.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, DocumentId};

use super::{check, with};
use crate::{
    documents::document,
    support::{
        app::TestApp,
        cast::Person::{Clerk, Editor},
        stage::{LOT, dialogue, dialogue_input, english, published, time},
    },
};

#[tokio::test]
async fn publish_dialogue_summary() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let input = json!({ "dialogueId": round, "heard": english("Much.") });
    let of_supplier = document(&app.as_(Clerk)).await;
    let missing = DocumentId::new().to_global();
    let mut cases = vec![];
    let change =
        |changes: Value| json!({ "changes": [with(json!({ "text": english("So.") }), changes)] });
    let many = vec![json!({ "text": english("So.") }); 101];
    for (what, changes, code, field) in [
        (
            "no such round",
            json!({ "dialogueId": DialogueId::new().to_global() }),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "an ID of nothing",
            json!({ "dialogueId": "x" }),
            "NOT_FOUND",
            "dialogueId",
        ),
        ("nothing heard", json!({ "heard": [] }), "REQUIRED", "heard"),
        (
            "an empty text",
            json!({ "heard": english(" ") }),
            "REQUIRED",
            "heard",
        ),
        (
            "an escape",
            json!({ "heard": english("a\u{1b}b") }),
            "FORBIDDEN_CHARACTER",
            "heard",
        ),
        (
            "too much",
            json!({ "heard": english(&"å".repeat(10_001)) }),
            "TOO_LONG",
            "heard",
        ),
        (
            "no language",
            json!({ "heard": [{ "language": "xx", "text": "x" }] }),
            "UNKNOWN_CODE",
            "heard",
        ),
        (
            "a change without words",
            change(json!({ "text": [] })),
            "REQUIRED",
            "changes.0.text",
        ),
        (
            "no such lot",
            change(json!({ "lotIds": [LOT, "LOT-9"] })),
            "NOT_FOUND",
            "changes.0.lotIds.1",
        ),
        (
            "a lot twice",
            change(json!({ "lotIds": [LOT, LOT] })),
            "INVALID",
            "changes.0.lotIds.1",
        ),
        (
            "no such criterion",
            change(json!({ "criterionIds": ["AWC-1"] })),
            "NOT_FOUND",
            "changes.0.criterionIds.0",
        ),
        (
            "no such requirement",
            change(json!({ "requirementIds": ["REQ-1"] })),
            "NOT_FOUND",
            "changes.0.requirementIds.0",
        ),
        (
            "no such attachment",
            change(json!({ "attachmentIds": ["DOC-1"] })),
            "NOT_FOUND",
            "changes.0.attachmentIds.0",
        ),
        (
            "too many changes",
            json!({ "changes": many }),
            "TOO_LONG",
            "changes",
        ),
        (
            "a document of nobody's",
            json!({ "documentIds": [missing] }),
            "NOT_FOUND",
            "documentIds.0",
        ),
        (
            "a supplier's document",
            json!({ "documentIds": [of_supplier] }),
            "NOT_FOUND",
            "documentIds.0",
        ),
        (
            "too many documents",
            json!({ "documentIds": vec![missing.clone(); 11] }),
            "TOO_LONG",
            "documentIds",
        ),
    ] {
        cases.push((
            what,
            Some(Editor),
            with(input.clone(), changes),
            code,
            field,
        ));
    }
    check(&app, "publishDialogueSummary", cases).await;
    let editor = app.as_(Editor);
    let unknown = with(input.clone(), change(json!({ "lotIds": ["lot-1"] })));
    let refused = editor
        .mutate("publishDialogueSummary", unknown)
        .await
        .errors;
    assert!(refused[0].message.contains(LOT), "the nearest: {refused:?}");

    editor
        .mutate("publishDialogueSummary", input.clone())
        .await
        .id();
    let again = with(input.clone(), json!({ "reason": [] }));
    let cases = vec![
        (
            "again without a reason",
            Some(Editor),
            input,
            "REQUIRED",
            "reason",
        ),
        ("again with none", Some(Editor), again, "REQUIRED", "reason"),
    ];
    check(&app, "publishDialogueSummary", cases).await;
}

#[tokio::test]
async fn a_summary_before_the_opening() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let opens = json!({ "opensAt": time(app.now() + TimeDelta::days(1)) });
    let planned = with(dialogue_input(&app, &id), opens);
    let round = app.as_(Editor).mutate("openDialogue", planned).await.id();
    let input = json!({ "dialogueId": round, "heard": english("Nothing yet.") });
    let early = (
        "before the opening",
        Some(Editor),
        input.clone(),
        "DIALOGUE_NOT_OPEN",
        "",
    );
    check(&app, "publishDialogueSummary", vec![early]).await;
    app.advance(TimeDelta::days(1));
    app.as_(Editor)
        .mutate("publishDialogueSummary", input)
        .await
        .id();
}

/// A repeated key returns the same version; two concurrent requests make two versions.
#[tokio::test]
async fn two_at_once() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let input = json!({ "dialogueId": round, "heard": english("Much."), "idempotencyKey": "s-1" });
    let editor = app.as_(Editor);
    let first = editor
        .mutate("publishDialogueSummary", input.clone())
        .await
        .id();
    let again = editor.mutate("publishDialogueSummary", input).await.id();
    assert_eq!(first, again);
    let input =
        json!({ "dialogueId": round, "heard": english("More."), "reason": english("More.") });
    let publish = || editor.mutate("publishDialogueSummary", input.clone());
    let (one, two) = tokio::join!(publish(), publish());
    assert_ne!(one.id(), two.id());
    let versions: Vec<i32> = sqlx::query_scalar("select version from dialogue_summary order by 1")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(versions, [1, 2, 3]);
}
