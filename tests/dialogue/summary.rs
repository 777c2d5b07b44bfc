//! Summaries: versions, changes, and permanent links.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::client;
use crate::{
    documents::{attachment, document, download},
    support::{
        app::{TestApp, eventually},
        cast::Person,
        stage::{LOT, OTHER_LOT, amend, content_with, dialogue, english, published, redraft},
    },
};

const READ: &str = "query($id: ID!) { procurement(id: $id) {
    timeline { nodes { kind subjectId dialogue { summary { version } } } }
    dialogues {
        summary { id version heard { text } reason { text } notice { number }
            changes { text { text } lots { lotId title { text } } criteria { criterionId name { text } }
                requirements { requirementId } attachments { attachmentId title { text } document { id } } }
            attachments { id fileName } }
        summaries { id version heard { text } reason { text } notice { number } }
    }
} }";

async fn read(app: &TestApp, procurement: &str, reader: Option<Person>) -> Value {
    let client = client(app, reader);
    let data = client.ask(READ, json!({ "id": procurement })).await;
    data["procurement"].clone()
}

async fn publish(app: &TestApp, input: Value) -> String {
    let editor = app.as_(Person::Editor);
    editor.mutate("publishDialogueSummary", input).await.id()
}

/// Creates a procurement with a lot, a criterion, a requirement, an attachment and a round; returns
/// the IDs.
async fn round(app: &TestApp) -> (String, String) {
    let procurement = published(app, "UPCOMING").await;
    let file = document(&app.as_(Person::Editor)).await;
    redraft(app, &procurement, linkable(app, &file, "Gamla kriteriet")).await;
    amend(app, &procurement, "UPCOMING").await;
    let round = dialogue(app, &procurement).await;
    (procurement, round)
}

fn linkable(app: &TestApp, file: &str, criterion: &str) -> Value {
    let name = json!([{ "language": "sv", "text": criterion }]);
    let changes = json!({
        "awardCriteria": [{ "criterionId": "AWC-1", "kind": "PRICE", "name": name, "weight": "100" }],
        "requirements": [{ "requirementId": "REQ-1", "kind": "SELECTION", "code": "slc-stand-to-gen",
                           "description": english("A turnover.") }],
        "attachments": [attachment("DOC-1", file)],
    });
    content_with(app, changes)
}

fn change() -> Value {
    json!([{
        "text": english("The lots are split, and the criterion is dropped."),
        "lotIds": [OTHER_LOT, LOT],
        "criterionIds": ["AWC-1"],
        "requirementIds": ["REQ-1"],
        "attachmentIds": ["DOC-1"],
    }])
}

#[tokio::test]
async fn a_summary_links_permanently_to_what_it_changes() {
    let app = TestApp::without_search().await;
    let (procurement, round) = round(&app).await;
    let file = document(&app.as_(Person::Editor)).await;
    let input = json!({
        "dialogueId": round, "heard": english("Smaller lots are wished for."), "changes": change(),
        "documentIds": [file],
    });
    publish(&app, input).await;
    // The next notice has neither the other lot nor the criterion.
    let lots = json!([{ "lotId": LOT, "title": [{ "language": "sv", "text": "Ny titel" }] }]);
    redraft(
        &app,
        &procurement,
        content_with(&app, json!({ "lots": lots })),
    )
    .await;
    amend(&app, &procurement, "UPCOMING").await;
    for reader in [None, Some(Person::Chair), Some(Person::Editor)] {
        let summary = &read(&app, &procurement, reader).await["dialogues"][0]["summary"];
        assert_eq!(summary["version"], 1);
        assert_eq!(summary["heard"]["text"], "Smaller lots are wished for.");
        assert_eq!(
            (&summary["reason"], &summary["notice"]["number"]),
            (&json!(null), &json!(2))
        );
        let change = &summary["changes"][0];
        assert_eq!(
            change["lots"],
            json!([
                { "lotId": OTHER_LOT, "title": { "text": "Södra skolan" } },
                { "lotId": LOT, "title": { "text": "Norra skolan" } },
            ])
        );
        assert_eq!(change["criteria"][0]["name"]["text"], "Gamla kriteriet");
        assert_eq!(change["requirements"][0]["requirementId"], "REQ-1");
        assert_eq!(change["attachments"][0]["attachmentId"], "DOC-1");
        assert_eq!(summary["attachments"][0]["id"], file.as_str());
        // The attachment is public from now on.
        assert_eq!(download(&client(&app, reader), &file).await.status(), 200);
    }
}

#[tokio::test]
async fn a_revision_keeps_the_earlier_version_readable() {
    let app = TestApp::start().await;
    let (procurement, round) = round(&app).await;
    let follow = json!({ "procurementId": procurement });
    app.as_(Person::Chair)
        .mutate("followProcurement", follow)
        .await
        .id();
    let first = publish(
        &app,
        json!({ "dialogueId": round, "heard": english("Little.") }),
    )
    .await;
    let revised = json!({ "dialogueId": round, "heard": english("Much."), "reason": english("More was said.") });
    let second = publish(&app, revised).await;
    let seen = read(&app, &procurement, None).await;
    let round = &seen["dialogues"][0];
    assert_eq!(
        (&round["summary"]["id"], &round["summary"]["version"]),
        (&json!(second), &json!(2))
    );
    assert_eq!(round["summary"]["reason"]["text"], "More was said.");
    let versions = round["summaries"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(
        (&versions[1]["id"], &versions[1]["heard"]["text"]),
        (&json!(first), &json!("Little."))
    );
    let happened = &seen["timeline"]["nodes"];
    assert_eq!(happened[0]["kind"], "SUMMARY_PUBLISHED");
    assert_eq!(happened[0]["dialogue"]["summary"]["version"], 2);
    assert_eq!(
        (&happened[1]["kind"], &happened[1]["subjectId"]),
        (&json!("SUMMARY_PUBLISHED"), &json!(null))
    );
    eventually("the follower is told of both", async || {
        let told = "{ viewer { notifications { nodes { event } } } }";
        let data = app.as_(Person::Chair).ask(told, json!({})).await;
        let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
        let summaries = nodes
            .iter()
            .filter(|node| node["event"] == "DIALOGUE_SUMMARISED");
        (summaries.count() == 2).then_some(())
    })
    .await;
    for changed in [
        "update dialogue_summary set heard = '{}'",
        "delete from dialogue_summary",
        "insert into dialogue_summary select gen_random_uuid(), dialogue_id, 3, heard, changes, notice_id, '{}',
         published_by, published_at from dialogue_summary where version = 1",
    ] {
        assert!(sqlx::query(changed).execute(&app.database.pool).await.is_err(), "{changed}");
    }
}

/// A summary can be published after the end of the round and of the procurement.
#[tokio::test]
async fn what_was_heard_is_told_after_the_end_too() {
    let app = TestApp::without_search().await;
    let (procurement, round) = round(&app).await;
    app.advance(TimeDelta::days(15));
    let input = json!({ "dialogueId": round, "heard": english("Much."), "changes": change() });
    publish(&app, input).await;
    let end = json!({ "procurementId": procurement, "phase": "CANCELLED", "reasonCode": "INS_FUND",
                      "reason": english("There is no money.") });
    app.as_(Person::Publisher)
        .mutate("endProcurement", end)
        .await
        .id();
    let input =
        json!({ "dialogueId": round, "heard": english("All."), "reason": english("It ended.") });
    publish(&app, input).await;
    let seen = read(&app, &procurement, None).await;
    assert_eq!(seen["dialogues"][0]["summary"]["version"], 2);
}
