//! Files in the answers of contributions.

use serde_json::{Value, json};

use super::check;
use crate::{
    contribution::{answer, asked, input, publish},
    documents::document,
    support::{
        app::TestApp,
        cast::Person::{Chair, Clerk},
        stage::{dialogue, published},
    },
};

#[tokio::test]
async fn files() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &procurement).await;
    let asked = json!([
        asked("Q-1", "FILE", json!({})),
        asked("Q-2", "FILE", json!({ "several": true })),
        asked("Q-3", "TEXT", json!({})),
    ]);
    publish(&app, &round, asked).await;
    let own = document(&app.as_(Clerk)).await;
    let second = document(&app.as_(Clerk)).await;
    let others = document(&app.as_(Chair)).await;
    let files = |files: Value| json!({ "documentIds": files });
    let one = |value: Value| input(&round, 1, json!([answer("Q-1", value)]));
    let several = |value: Value| input(&round, 1, json!([answer("Q-2", value)]));
    let asked = document(&app.as_(Clerk)).await;
    let question = json!({ "dialogueId": round, "text": "Like this?", "language": "en", "documentIds": [asked] });
    app.as_(Clerk).mutate("askQuestion", question).await.id();
    let both = json!([
        answer("Q-1", files(json!([own]))),
        answer("Q-2", files(json!([own])))
    ]);
    let at = "answers.0.value";
    let cases = vec![
        (
            "attached to a question",
            Some(Clerk),
            one(files(json!([asked]))),
            "INVALID",
            at,
        ),
        (
            "another's",
            Some(Clerk),
            one(files(json!([others]))),
            "NOT_FOUND",
            at,
        ),
        (
            "no document",
            Some(Clerk),
            one(files(json!(["x"]))),
            "NOT_FOUND",
            at,
        ),
        (
            "two where one is asked",
            Some(Clerk),
            one(files(json!([own, second]))),
            "INVALID",
            at,
        ),
        (
            "twice in an answer",
            Some(Clerk),
            several(files(json!([own, own]))),
            "INVALID",
            at,
        ),
        (
            "too many",
            Some(Clerk),
            several(files(json!(vec![&own; 11]))),
            "TOO_LONG",
            at,
        ),
        (
            "twice in a contribution",
            Some(Clerk),
            input(&round, 1, both),
            "INVALID",
            "answers.1.value",
        ),
        (
            "no file",
            Some(Clerk),
            one(files(json!([]))),
            "REQUIRED",
            at,
        ),
        (
            "a text",
            Some(Clerk),
            one(json!({ "text": "attached" })),
            "INVALID",
            at,
        ),
        (
            "a file for a text",
            Some(Clerk),
            input(&round, 1, json!([answer("Q-3", files(json!([own])))])),
            "INVALID",
            at,
        ),
    ];
    check(&app, "contributeToDialogue", cases).await;
    let draft = vec![(
        "another's",
        Some(Clerk),
        one(files(json!([others]))),
        "NOT_FOUND",
        at,
    )];
    check(&app, "saveContributionDraft", draft).await;
}
