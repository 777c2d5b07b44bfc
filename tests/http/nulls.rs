//! Null propagation: an error in a non-null position makes the nearest nullable parent null.

use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{content, dialogue, published},
};

#[tokio::test]
async fn a_failed_field_nulls_the_nearest_nullable_parent() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    dialogue(&app, &id).await;
    let variables = json!({ "id": id, "yes": true, "no": false });
    for (selection, data, paths) in [
        (
            r#"procurement(id: $id) { id lots(after: "xx") { totalCount } }"#,
            json!({ "procurement": null }),
            vec![json!(["procurement", "lots"])],
        ),
        (
            r#"viewer { id } p: procurement(id: $id) { l: lots(after: "xx") { totalCount } }"#,
            json!({ "viewer": null, "p": null }),
            vec![json!(["p", "l"])],
        ),
        (
            r#"node(id: $id) { id ... on Procurement { lots(after: "xx") { totalCount } } }"#,
            json!({ "node": null }),
            vec![json!(["node", "lots"])],
        ),
        (
            r#"procurement(id: $id) { ...F } other: procurement(id: $id) { phase }"#,
            json!({ "procurement": null, "other": { "phase": "UPCOMING" } }),
            vec![json!(["procurement", "lots"])],
        ),
        // Dialogues are in a list of non-null items.
        (
            r#"procurement(id: $id) { id dialogues { id questions(after: "xx") { totalCount } } }"#,
            json!({ "procurement": null }),
            vec![json!(["procurement", "dialogues", 0, "questions"])],
        ),
        (
            r#"procurement(id: $id) {
                phase
                lots(after: "xx") @include(if: $no) { totalCount }
                notices(after: "xx") @skip(if: $yes) { nodes { id } }
            }"#,
            json!({ "procurement": { "phase": "UPCOMING" } }),
            vec![],
        ),
        (
            r#"procurement(id: $id) { lots(after: "xx") @include(if: $yes) { totalCount } notices(after: "xx") { nodes { id } } }"#,
            json!({ "procurement": null }),
            vec![
                json!(["procurement", "lots"]),
                json!(["procurement", "notices"]),
            ],
        ),
        // The root field itself is non-null.
        (
            r#"viewer { id } cpv(first: 0) { nodes { code } }"#,
            json!(null),
            vec![json!(["cpv"])],
        ),
    ] {
        let fragment = r#"fragment F on Procurement { phase lots(after: "xx") { totalCount } }"#;
        let fragment = if selection.contains("...F") {
            fragment
        } else {
            ""
        };
        let declared = ["id: ID!", "yes: Boolean!", "no: Boolean!"];
        let used = declared.iter().filter(|one| {
            let name = one.split(':').next().unwrap();
            selection.contains(&format!("${name}"))
        });
        let used: String = used.map(|one| format!("${one} ")).collect();
        let header = if used.is_empty() {
            "query".to_owned()
        } else {
            format!("query({used})")
        };
        let document = format!("{header} {{ {selection} }} {fragment}");
        let body = app.anonymous().respond(&document, variables.clone()).await;
        assert_eq!(body["data"], data, "{document}: {body}");
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<Value> = errors.iter().map(|error| error["path"].clone()).collect();
        found.sort_by_key(Value::to_string);
        assert_eq!(found, paths, "{document}: {body}");
    }
}

#[tokio::test]
async fn a_mutation_is_not_undone_by_a_failed_field_of_its_payload() {
    let app = TestApp::without_search().await;
    let document = r#"mutation($input: CreateProcurementInput!) {
        createProcurement(input: $input) {
            userErrors { code } procurement { id lots(after: "xx") { totalCount } } } }"#;
    let input = json!({ "content": content(&app) });
    let body = app
        .as_(Person::Editor)
        .respond(document, json!({ "input": input }))
        .await;
    let payload = json!({ "userErrors": [], "procurement": null });
    assert_eq!(body["data"]["createProcurement"], payload, "{body}");
    let path = json!(["createProcurement", "procurement", "lots"]);
    assert_eq!(body["errors"][0]["path"], path);
    let rows: i64 = sqlx::query_scalar("select count(*) from procurement")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test]
async fn an_event_with_a_failed_field_does_not_end_the_subscription() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let mut socket = app.anonymous().socket().await;
    let document = r#"subscription($id: ID!) { dialogueChanged(procurementId: $id) {
        kind dialogue { id questions(after: "xx") { totalCount } } } }"#;
    socket.subscribe(document, json!({ "id": id })).await;
    let listening = || (app.live().subscribers() == 1).then_some(());
    eventually("the socket listens", async || listening()).await;
    for _ in 0..2 {
        dialogue(&app, &id).await;
        let message = socket.message().await;
        assert_eq!(message["type"], "next", "{message}");
        let event = &message["payload"];
        let change = json!({ "kind": "DIALOGUE_OPENED", "dialogue": null });
        assert_eq!(event["data"]["dialogueChanged"], change, "{event}");
        let path = json!(["dialogueChanged", "dialogue", "questions"]);
        assert_eq!(event["errors"][0]["path"], path, "{event}");
    }
}

#[tokio::test]
async fn a_subscription_may_select_its_field_in_a_fragment() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let mut socket = app.anonymous().socket().await;
    let document = "subscription($id: ID!) { ...S }
        fragment S on Subscription { dialogueChanged(procurementId: $id) { ...C } }
        fragment C on DialogueChange { kind }";
    socket.subscribe(document, json!({ "id": id })).await;
    let listening = || (app.live().subscribers() == 1).then_some(());
    eventually("the socket listens", async || listening()).await;
    dialogue(&app, &id).await;
    let event = json!({ "dialogueChanged": { "kind": "DIALOGUE_OPENED" } });
    assert_eq!(socket.next().await, event);
}
