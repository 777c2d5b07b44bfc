//! Anchors, dispositions and the documents of rounds.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, DocumentId};

use super::{Case, check, with};
use crate::{
    documents::document,
    support::{
        app::TestApp,
        cast::Person::{Chair, Clerk, Editor},
        rounds::{comment, comment_input, review_round},
        stage::{dialogue, english, published, question},
    },
};

#[tokio::test]
async fn comments_on_a_draft() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &id).await;
    let input = comment_input(&round, &draft, "Why?");
    let anchor = |changes: Value| {
        let anchor = with(json!({ "documentId": draft }), changes);
        with(input.clone(), json!({ "anchor": anchor }))
    };
    let elsewhere = document(&app.as_(Editor)).await;
    let own = document(&app.as_(Clerk)).await;
    let missing = DocumentId::new().to_global();
    let mut cases = Vec::new();
    for (what, input, code, field) in [
        (
            "no place",
            with(input.clone(), json!({ "anchor": null })),
            "REQUIRED",
            "anchor",
        ),
        (
            "no such document",
            anchor(json!({ "documentId": missing })),
            "NOT_FOUND",
            "anchor.documentId",
        ),
        (
            "no document",
            anchor(json!({ "documentId": round })),
            "NOT_FOUND",
            "anchor.documentId",
        ),
        (
            "the buyer's own",
            anchor(json!({ "documentId": elsewhere })),
            "NOT_FOUND",
            "anchor.documentId",
        ),
        (
            "the asker's own",
            anchor(json!({ "documentId": own })),
            "NOT_FOUND",
            "anchor.documentId",
        ),
        (
            "page zero",
            anchor(json!({ "page": 0 })),
            "OUT_OF_RANGE",
            "anchor.page",
        ),
        (
            "an empty section",
            anchor(json!({ "section": " " })),
            "REQUIRED",
            "anchor.section",
        ),
        (
            "a long section",
            anchor(json!({ "section": "x".repeat(201) })),
            "TOO_LONG",
            "anchor.section",
        ),
        (
            "a long quote",
            anchor(json!({ "quote": "x".repeat(2_001) })),
            "TOO_LONG",
            "anchor.quote",
        ),
        (
            "a bell",
            anchor(json!({ "quote": "a\u{7}b" })),
            "FORBIDDEN_CHARACTER",
            "anchor.quote",
        ),
    ] {
        cases.push((what, Some(Clerk), input, code, field));
    }
    check(&app, "askQuestion", cases).await;
    // A document of another round of the same procurement is refused.
    let (other, _) = review_round(&app, &id).await;
    let crossed = with(input, json!({ "dialogueId": other }));
    let cases = vec![(
        "of another round",
        Some(Clerk),
        crossed,
        "NOT_FOUND",
        "anchor.documentId",
    )];
    check(&app, "askQuestion", cases).await;
}

#[tokio::test]
async fn dispositions() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &id).await;
    let commented = comment(&app, Clerk, comment_input(&round, &draft, "Why?")).await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let answer = |question: &str| json!({ "questionId": question, "text": english("So.") });
    let accepted = with(answer(&asked), json!({ "disposition": "ACCEPTED" }));
    let cases: Vec<Case> = vec![
        (
            "none of a comment",
            Some(Editor),
            answer(&commented),
            "REQUIRED",
            "disposition",
        ),
        (
            "of a question",
            Some(Editor),
            accepted.clone(),
            "INVALID",
            "disposition",
        ),
    ];
    check(&app, "answerQuestion", cases).await;
    let draft = with(accepted, json!({ "revision": 0 }));
    let cases: Vec<Case> = vec![(
        "of a question",
        Some(Editor),
        draft,
        "INVALID",
        "disposition",
    )];
    check(&app, "saveAnswerDraft", cases).await;
}

#[tokio::test]
async fn add_dialogue_documents() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &id).await;
    let (file, others) = (
        document(&app.as_(Editor)).await,
        document(&app.as_(Clerk)).await,
    );
    let input = json!({ "dialogueId": round, "documentIds": [file] });
    let files = |files: Value| with(input.clone(), json!({ "documentIds": files }));
    let missing = with(
        input.clone(),
        json!({ "dialogueId": DialogueId::new().to_global() }),
    );
    let long = with(
        input.clone(),
        json!({ "reason": english(&"x".repeat(10_001)) }),
    );
    let cases: Vec<Case> = vec![
        (
            "no such round",
            Some(Editor),
            missing,
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "none",
            Some(Editor),
            files(json!([])),
            "REQUIRED",
            "documentIds",
        ),
        (
            "twice the same",
            Some(Editor),
            files(json!([file, file])),
            "INVALID",
            "documentIds",
        ),
        (
            "too many",
            Some(Editor),
            files(json!(vec![&file; 11])),
            "TOO_LONG",
            "documentIds",
        ),
        (
            "a supplier's",
            Some(Editor),
            files(json!([file, others])),
            "NOT_FOUND",
            "documentIds.1",
        ),
        (
            "one it has",
            Some(Editor),
            files(json!([draft])),
            "ALREADY_DONE",
            "documentIds",
        ),
        ("a long reason", Some(Editor), long, "TOO_LONG", "reason"),
    ];
    check(&app, "addDialogueDocuments", cases).await;
    app.advance(TimeDelta::days(14));
    let ended: Vec<Case> = vec![("after its end", Some(Editor), input, "DIALOGUE_CLOSED", "")];
    check(&app, "addDialogueDocuments", ended).await;
}

#[tokio::test]
async fn opening_a_round_with_documents() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let others = document(&app.as_(Chair)).await;
    let input = crate::support::stage::dialogue_input(&app, &id);
    let files = |files: Value| with(input.clone(), json!({ "documentIds": files }));
    let cases: Vec<Case> = vec![
        (
            "a supplier's",
            Some(Editor),
            files(json!([others])),
            "NOT_FOUND",
            "documentIds.0",
        ),
        (
            "too many",
            Some(Editor),
            files(json!(vec![&others; 11])),
            "TOO_LONG",
            "documentIds",
        ),
    ];
    check(&app, "openDialogue", cases).await;
}
