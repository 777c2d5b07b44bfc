//! Two different persons of the buyer open tenders, unless buyer and procedure allow one.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{code, opening, sealed, set_rules};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    client::Client,
    stage::{TENDERING, content_with, tender, time},
};

async fn chain(app: &TestApp, id: &str) -> Vec<Value> {
    let id = torg::kernel::ids::ProcurementId::from_global(id).unwrap();
    let chain = torg::database::chain::load(&app.database.pool, id).await;
    let parse = |entry: &torg::chain::Signed| serde_json::from_str(&entry.entry).unwrap();
    chain.unwrap().iter().map(parse).collect()
}

#[tokio::test]
async fn the_second_person_completes_the_opening() {
    let app = TestApp::without_search().await;
    let id = sealed(&app).await;
    let input = json!({ "procurementId": id });
    app.as_(Person::Opener)
        .mutate("openTenders", input.clone())
        .await
        .id();
    let requested = opening(&app, &id).await;
    let expected =
        json!({ "requiredOpeners": 2, "approvals": 1, "confirmedAt": null, "openedAt": null });
    assert_eq!(requested, expected);
    app.as_(Person::Witness)
        .mutate("openTenders", input)
        .await
        .id();
    eventually("the tenders are opened", async || {
        let read = opening(&app, &id).await;
        (read["approvals"] == 2 && read["openedAt"].is_string()).then_some(())
    })
    .await;
    let chain = chain(&app, &id).await;
    let kinds: Vec<&str> = chain
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds[kinds.len() - 3..],
        ["OPENING_REQUESTED", "OPENING_CONFIRMED", "TENDERS_OPENED"]
    );
    let [.., requested, confirmed, _] = chain.as_slice() else {
        panic!("{chain:?}")
    };
    assert_ne!(requested["person"], confirmed["person"]);
}

/// Returns a client with a new API key of the buyer that opens tenders, created by the owner.
async fn key(app: &TestApp, owner: &Client<'_>, name: &str) -> String {
    let query = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code message } } }";
    let input = json!({
        "organisationId": app.organisations.buyer.to_global(),
        "name": name,
        "roles": ["OPENER"],
        "scopes": ["TENDER"],
        "expiresAt": time(app.now() + TimeDelta::days(90)),
    });
    let created = owner.ask(query, json!({ "input": input })).await;
    let secret = &created["createApiKey"]["secret"];
    secret
        .as_str()
        .unwrap_or_else(|| panic!("{created}"))
        .to_owned()
}

#[tokio::test]
async fn keys_count_as_the_person_who_created_them() {
    let app = TestApp::without_search().await;
    let id = sealed(&app).await;
    let input = json!({ "procurementId": id });
    let mayor = app.as_(Person::Mayor);
    let (first, second) = (
        key(&app, &mayor, "One").await,
        key(&app, &mayor, "Two").await,
    );
    let first = Client::new(&app, Some(first), None);
    let second = Client::new(&app, Some(second), None);
    assert_eq!(code(&first, "openTenders", input.clone()).await, "");
    for same in [&first, &second] {
        assert_eq!(
            code(same, "openTenders", input.clone()).await,
            "SAME_PERSON"
        );
    }
    let witness = app.as_(Person::Witness);
    assert_eq!(code(&witness, "openTenders", input).await, "");
    eventually("the tenders are opened", async || {
        opening(&app, &id).await["openedAt"]
            .is_string()
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_opening_can_be_requested_again() {
    let app = TestApp::without_search().await;
    let id = sealed(&app).await;
    let input = json!({ "procurementId": id });
    let (opener, witness) = (app.as_(Person::Opener), app.as_(Person::Witness));
    assert_eq!(code(&opener, "openTenders", input.clone()).await, "");
    assert_eq!(code(&witness, "cancelOpening", input.clone()).await, "");
    assert_eq!(opening(&app, &id).await, Value::Null);
    // The approval of the cancelled request does not count.
    assert_eq!(code(&witness, "openTenders", input.clone()).await, "");
    assert_eq!(opening(&app, &id).await["approvals"], 1);
    assert_eq!(code(&opener, "openTenders", input).await, "");
    assert_eq!(opening(&app, &id).await["approvals"], 2);
}

#[tokio::test]
async fn one_opens_where_buyer_and_procedure_allow_it() {
    let app = TestApp::without_search().await;
    let mut procurements = Vec::new();
    for value in ["900000", "90000000"] {
        let changes = json!({ "value": { "min": "1", "max": value, "currency": "SEK" } });
        let input = json!({ "content": content_with(&app, changes) });
        let editor = app.as_(Person::Editor);
        let id = editor.mutate("createProcurement", input).await.id();
        let publish = json!({ "procurementId": id, "phase": "TENDERING" });
        let publisher = app.as_(Person::Publisher);
        publisher.mutate("publishNotice", publish).await.id();
        tender(&app, &id).await;
        procurements.push(id);
    }
    app.advance(TENDERING);
    let opener = app.as_(Person::Opener);
    // A pending opening keeps the number that it began with.
    let [below, above] = procurements.as_slice() else {
        panic!("two procurements")
    };
    let input = json!({ "procurementId": below });
    assert_eq!(code(&opener, "openTenders", input.clone()).await, "");
    set_rules(&app, 1, &[]).await;
    assert_eq!(
        code(&opener, "openTenders", input.clone()).await,
        "SAME_PERSON"
    );
    assert_eq!(code(&opener, "cancelOpening", input.clone()).await, "");
    assert_eq!(code(&opener, "openTenders", input).await, "");
    let read = opening(&app, below).await;
    assert_eq!(read["requiredOpeners"], 1);
    assert!(read["confirmedAt"].is_string(), "{read}");
    let input = json!({ "procurementId": above });
    assert_eq!(code(&opener, "openTenders", input.clone()).await, "");
    assert_eq!(code(&opener, "openTenders", input).await, "SAME_PERSON");
    assert_eq!(opening(&app, above).await["requiredOpeners"], 2);
}
