//! The record of an opening has every tender that was received, and its hash is in the chain.

use serde_json::{Value, json};
use torg::{
    chain::{Hash, verify},
    kernel::ids::ProcurementId,
};

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{TENDERING, open, published, tender, tender_input},
};

const READ: &str = "query($id: ID!) { procurement(id: $id) { openingRecord {
    openedAt document sha256 approvals { name }
    entries { number status organisationName lotIds sha256 } } } }";

async fn record(app: &TestApp, person: Person, id: &str) -> Value {
    let read = app.as_(person).ask(READ, json!({ "id": id })).await;
    read["procurement"]["openingRecord"].clone()
}

#[tokio::test]
async fn each_received_tender_is_in_the_record() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    tender(&app, &id).await;
    tender(&app, &id).await;
    let both = app.acting_for(Person::Both, app.organisations.nonprofit);
    let withdrawn = both.mutate("submitTender", tender_input(&id)).await.id();
    let withdrawal = json!({ "tenderId": withdrawn });
    both.mutate("withdrawTender", withdrawal).await;
    // A row that no supplier sent.
    sqlx::query(
        "insert into tender (id, procurement_id, organisation_id, number, sealed, sha256, submitted_by, submitted_at, lots, version)
         select gen_random_uuid(), procurement_id, $2, 4, 'forged', sha256('forged'), submitted_by, submitted_at,
                array['LOT-0002'], 1
         from tender where procurement_id = $1 and number = 1",
    )
    .bind(ProcurementId::from_global(&id).unwrap().0)
    .bind(app.organisations.nonprofit.0)
    .execute(&app.database.pool)
    .await
    .unwrap();
    app.advance(TENDERING);
    assert_eq!(record(&app, Person::Opener, &id).await, Value::Null);
    open(&app, &id).await;

    let read = record(&app, Person::Opener, &id).await;
    let found: Vec<_> = read["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["number"].as_i64().unwrap(),
                entry["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (1, "REPLACED"),
            (2, "VALID"),
            (3, "WITHDRAWN"),
            (4, "UNAUTHENTIC")
        ]
    );
    let document = read["document"].as_str().unwrap();
    let hash = Hash::of(document.as_bytes());
    assert_eq!(read["sha256"], hash.to_string());
    let chain =
        torg::database::chain::load(&app.database.pool, ProcurementId::from_global(&id).unwrap())
            .await
            .unwrap();
    let entries = verify(
        ProcurementId::from_global(&id).unwrap(),
        &chain,
        &app.chain_keys()
            .with(&app.opening_key().chain_key().public()),
    )
    .unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        last.event,
        torg::chain::Event::TendersOpened { record: hash }
    );

    // A later name of the tenderer does not change the record.
    sqlx::query("update organisation set name = 'Renamed AB' where id = $1")
        .bind(app.organisations.company.0)
        .execute(&app.database.pool)
        .await
        .unwrap();
    let later = record(&app, Person::Opener, &id).await;
    assert_eq!(later["document"], document);
    assert!(
        later["entries"]
            .to_string()
            .contains(crate::support::cast::COMPANY)
    );
}

#[tokio::test]
async fn the_record_is_for_owners_openers_and_auditors() {
    let app = TestApp::without_search().await;
    let (id, _) = crate::support::stage::opened(&app).await;
    for person in Person::ALL {
        let may = matches!(
            person,
            Person::Opener | Person::Witness | Person::Auditor | Person::Mayor
        );
        let read = record(&app, person, &id).await;
        assert_eq!(read != Value::Null, may, "{person:?}");
    }
}
