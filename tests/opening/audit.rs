//! Refused attempts and every reading of opened tenders are in the audit log.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{code, sealed};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{LOT, award_input, open, opened, tender_input},
};

async fn audit(app: &TestApp, person: Person, id: &str) -> Value {
    let query = "query($id: ID!) { procurement(id: $id) {
        audit(first: 100) { totalCount nodes { action actor detail } } } }";
    let read = app.as_(person).ask(query, json!({ "id": id })).await;
    read["procurement"]["audit"].clone()
}

/// Returns the actors and details of an action, newest first.
fn of(audit: &Value, action: &str) -> Vec<(String, Value)> {
    let nodes = audit["nodes"].as_array().unwrap().iter();
    nodes
        .filter(|node| node["action"] == action)
        .map(|node| {
            let actor = node["actor"].as_str().unwrap_or_default();
            (actor.to_owned(), node["detail"].clone())
        })
        .collect()
}

#[tokio::test]
async fn refused_attempts_are_recorded() {
    let app = TestApp::without_search().await;
    let id = sealed(&app).await;
    let input = json!({ "procurementId": id });
    let opener = app.as_(Person::Opener);
    assert_eq!(code(&opener, "openTenders", input.clone()).await, "");
    for _ in 0..2 {
        assert_eq!(
            code(&opener, "openTenders", input.clone()).await,
            "SAME_PERSON"
        );
    }
    let stranger = app.as_(Person::Stranger);
    assert_eq!(
        code(&stranger, "openTenders", input.clone()).await,
        "NOT_ALLOWED"
    );
    let late = app.as_(Person::Signatory);
    assert_eq!(
        code(&late, "submitTender", tender_input(&id)).await,
        "DEADLINE_PASSED"
    );
    let early = award_input(&id, &torg::kernel::ids::TenderId::new().to_global(), LOT);
    let publisher = app.as_(Person::Publisher);
    assert_eq!(code(&publisher, "decideAward", early).await, "NOT_OPENED");

    let log = audit(&app, Person::Auditor, &id).await;
    let codes = |code: &str| json!({ "codes": [code] });
    assert_eq!(
        of(&log, "tenders.open.refused"),
        [
            (Person::Stranger.name(), codes("NOT_ALLOWED")),
            (Person::Opener.name(), codes("SAME_PERSON")),
        ],
        "the same attempt once a minute"
    );
    assert_eq!(
        of(&log, "lot.award.refused"),
        [(Person::Publisher.name(), codes("NOT_OPENED"))]
    );
    // Before the opening the log does not say who tenders.
    assert_eq!(of(&log, "tender.submit"), []);
    assert_eq!(of(&log, "tender.submit.late"), []);
    app.advance(TimeDelta::minutes(2));
    open_by_witness(&app, &id).await;
    let log = audit(&app, Person::Mayor, &id).await;
    assert_eq!(of(&log, "tender.submit").len(), 1);
    assert_eq!(of(&log, "tender.submit.late").len(), 1);
    assert_eq!(log["totalCount"], log["nodes"].as_array().unwrap().len());
}

async fn open_by_witness(app: &TestApp, id: &str) {
    let witness = app.as_(Person::Witness);
    assert_eq!(
        code(&witness, "openTenders", json!({ "procurementId": id })).await,
        ""
    );
    crate::support::app::eventually("the tenders are opened", async || {
        super::opening(app, id).await["openedAt"]
            .is_string()
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn each_reader_of_opened_tenders_is_recorded_once_an_hour() {
    let app = TestApp::without_search().await;
    let id = sealed(&app).await;
    let query = "query($id: ID!) { procurement(id: $id) { tenders { nodes { id number } } } }";
    let read = async |person: Person| app.as_(person).ask(query, json!({ "id": id })).await;
    read(Person::Editor).await;
    open(&app, &id).await;
    let found = read(Person::Editor).await;
    read(Person::Editor).await;
    let tender = found["procurement"]["tenders"]["nodes"][0]["id"].clone();
    let node = "query($id: ID!) { node(id: $id) { ... on Tender { text } } }";
    app.as_(Person::Publisher)
        .ask(node, json!({ "id": tender }))
        .await;
    for other in [Person::Signatory, Person::Stranger, Person::Trainee] {
        read(other).await;
    }
    let readers = async || {
        let log = audit(&app, Person::Auditor, &id).await;
        let read = of(&log, "tenders.read");
        let count = |(name, detail): (String, Value)| {
            (name, detail["tenders"].as_array().map_or(0, Vec::len))
        };
        read.into_iter().map(count).collect::<Vec<_>>()
    };
    let (editor, publisher) = (Person::Editor.name(), Person::Publisher.name());
    let opened_by = [Person::Witness.name()];
    let mut first = readers().await;
    first.retain(|(name, _)| !opened_by.contains(name));
    assert_eq!(first, [(publisher.clone(), 1), (editor.clone(), 1)]);
    app.advance(TimeDelta::hours(1));
    read(Person::Editor).await;
    let mut later = readers().await;
    later.retain(|(name, _)| !opened_by.contains(name));
    assert_eq!(later, [(editor.clone(), 1), (publisher, 1), (editor, 1)]);
}

#[tokio::test]
async fn the_log_is_for_owners_and_auditors() {
    let app = TestApp::without_search().await;
    let (id, _) = opened(&app).await;
    for person in Person::ALL {
        let may = matches!(person, Person::Auditor | Person::Mayor);
        let read = audit(&app, person, &id).await;
        assert_eq!(read != Value::Null, may, "{person:?}");
    }
    let anonymous = "query($id: ID!) { procurement(id: $id) { audit { totalCount } openingRecord { sha256 } } }";
    let read = app.anonymous().ask(anonymous, json!({ "id": id })).await;
    assert_eq!(
        read["procurement"],
        json!({ "audit": null, "openingRecord": null })
    );
}
