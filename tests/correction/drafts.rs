//! Drafts that are discarded, and clerical corrections close to the deadline.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::act;
use crate::{
    documents::{attachment, document, download},
    support::{
        app::TestApp,
        cast::Person,
        stage::{
            TENDERING, content, content_with, draft, english, joint_draft, published, redraft,
            revision,
        },
    },
};

async fn discard(app: &TestApp, person: Person, id: &str) -> Value {
    let input = json!({ "procurementId": id, "revision": revision(app, id).await });
    let query = "mutation($input: DiscardDraftInput!) { discardDraft(input: $input) {
        procurement { id hasDraft } procurementId userErrors { code } } }";
    let data = app.as_(person).ask(query, json!({ "input": input })).await;
    data["discardDraft"].clone()
}

#[tokio::test]
async fn a_draft_that_was_never_published_is_deleted() {
    let app = TestApp::without_search().await;
    for id in [draft(&app).await, joint_draft(&app).await] {
        let file = document(&app.as_(Person::Editor)).await;
        let mut changed = content(&app);
        changed["attachments"] = json!([attachment("DOC-1", &file)]);
        redraft(&app, &id, changed).await;
        let payload = discard(&app, Person::Editor, &id).await;
        assert_eq!(
            payload,
            json!({ "procurement": null, "procurementId": id, "userErrors": [] })
        );
        let query = "query($id: ID!) { procurement(id: $id) { id } }";
        let found = app
            .as_(Person::Editor)
            .ask(query, json!({ "id": id }))
            .await;
        assert_eq!(found["procurement"], Value::Null);
        app.advance(TimeDelta::hours(25));
        torg::document::sweep(&app.database, &app.files)
            .await
            .unwrap();
        assert_eq!(
            download(&app.as_(Person::Editor), &file).await.status(),
            404
        );
    }
    let audited: i64 =
        sqlx::query_scalar("select count(*) from audit where action = 'procurement.discard'")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(audited, 2);
}

#[tokio::test]
async fn the_draft_of_a_published_procurement_is_discarded() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    redraft(
        &app,
        &id,
        content_with(
            &app,
            json!({ "title": [{ "language": "sv", "text": "Nytt" }] }),
        ),
    )
    .await;
    let payload = discard(&app, Person::Editor, &id).await;
    assert_eq!(
        payload["procurement"],
        json!({ "id": id, "hasDraft": false })
    );
    let query = "query($id: ID!) { procurement(id: $id) { title { text } } }";
    let found = app.anonymous().ask(query, json!({ "id": id })).await;
    assert_ne!(found["procurement"]["title"]["text"], "Nytt");
}

#[tokio::test]
async fn two_discards_at_once_discard_once() {
    let app = TestApp::without_search().await;
    let id = draft(&app).await;
    let input = json!({ "procurementId": id, "revision": revision(&app, &id).await });
    let (one, two) = (app.as_(Person::Editor), app.as_(Person::Publisher));
    let (one, two) = tokio::join!(
        one.mutate("discardDraft", input.clone()),
        two.mutate("discardDraft", input),
    );
    let codes: Vec<String> = [one, two]
        .into_iter()
        .flat_map(|answer| answer.errors)
        .map(|error| error.code)
        .collect();
    assert!(
        codes.len() == 1 && ["NOT_FOUND", "NOT_ALLOWED"].contains(&codes[0].as_str()),
        "{codes:?}"
    );
}

#[tokio::test]
async fn a_typing_error_is_corrected_close_to_the_deadline() {
    let app = TestApp::without_search().await;
    let written = |title: &str| {
        content_with(
            &app,
            json!({ "title": [{ "language": "sv", "text": title }] }),
        )
    };
    let before = written("Städing av 2 skolor");
    let input = json!({ "content": before });
    let id = act(&app, Person::Editor, "createProcurement", input).await;
    act(
        &app,
        Person::Publisher,
        "publishNotice",
        json!({ "procurementId": id, "phase": "TENDERING" }),
    )
    .await;
    let deadline = "query($id: ID!) { procurement(id: $id) { tenderDeadline title { text }
        notices(first: 5) { nodes { number reason { text } } } } }";
    let first = app.anonymous().ask(deadline, json!({ "id": id })).await;
    app.advance(TENDERING - TimeDelta::hours(1));
    let mut corrected = before.clone();
    corrected["title"][0]["text"] = json!("Städning av 2 skolor");
    redraft(&app, &id, corrected.clone()).await;
    let amend = json!({ "procurementId": id, "phase": "TENDERING" });
    let refused = app
        .as_(Person::Publisher)
        .mutate("publishNotice", amend.clone())
        .await;
    assert_eq!(
        (refused.errors[0].code.as_str(), &refused.errors[0].field),
        ("REQUIRED", &vec!["reason".to_owned()])
    );
    let mut with_reason = amend.clone();
    with_reason["reason"] = english("A typing error in the title.");
    act(
        &app,
        Person::Publisher,
        "publishNotice",
        with_reason.clone(),
    )
    .await;
    let found = app.anonymous().ask(deadline, json!({ "id": id })).await["procurement"].take();
    assert_eq!(
        found["tenderDeadline"],
        first["procurement"]["tenderDeadline"]
    );
    assert_eq!(found["title"]["text"], "Städning av 2 skolor");
    assert_eq!(
        found["notices"]["nodes"][1]["reason"]["text"],
        "A typing error in the title."
    );
    // Another typing error, and one that with it makes another word of the text of six days ago.
    corrected["title"][0]["text"] = json!("Städning av 2 skoler");
    redraft(&app, &id, corrected.clone()).await;
    act(
        &app,
        Person::Publisher,
        "publishNotice",
        with_reason.clone(),
    )
    .await;
    corrected["title"][0]["text"] = json!("Städning av 2 skaler");
    redraft(&app, &id, corrected.clone()).await;
    let refused = app
        .as_(Person::Publisher)
        .mutate("publishNotice", with_reason.clone())
        .await;
    assert_eq!(refused.errors[0].code, "OUT_OF_RANGE");
    // A number is no typing error.
    corrected["title"][0]["text"] = json!("Städning av 3 skolor");
    redraft(&app, &id, corrected).await;
    let refused = app
        .as_(Person::Publisher)
        .mutate("publishNotice", with_reason)
        .await;
    assert_eq!(refused.errors[0].code, "OUT_OF_RANGE");
}
