//! Amendments: changes are listed, followers and tenderers are notified, and the identity of
//! tenderers stays secret.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, eventually},
    cast::{COMPANY, Person},
    stage::{
        LOT, OTHER_LOT, amend, content_with, draft, english, published, redraft, tender,
        tender_input, time,
    },
};

const CHANGES: &str = "query($id: ID!) { procurement(id: $id) {
    pendingChanges { totalCount nodes { path lotId before after } }
    notices { nodes { number changes { totalCount nodes { path lotId before after } } } } } }";

async fn read(app: &TestApp, person: Person, id: &str) -> Value {
    let data = app.as_(person).ask(CHANGES, json!({ "id": id })).await;
    data["procurement"].clone()
}

#[tokio::test]
async fn changes_are_listed_before_and_after_publication() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let first = read(&app, Person::Editor, &id).await;
    assert_eq!(first["pendingChanges"]["nodes"], json!([]));
    assert_eq!(first["notices"]["nodes"][0]["changes"]["nodes"], json!([]));
    let deadline = app.now() + TimeDelta::days(40);
    let changes = json!({
        "tenderDeadline": time(deadline),
        "suitsVcse": null,
        "lots": [{ "lotId": LOT, "title": [{ "language": "sv", "text": "Nya skolan" }] }],
    });
    redraft(&app, &id, content_with(&app, changes)).await;
    let pending = read(&app, Person::Trainee, &id).await["pendingChanges"]["nodes"].clone();
    let brief: Vec<_> = pending
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        brief,
        [
            "lots.LOT-0001.title.sv",
            "lots.LOT-0002",
            "suitsVcse",
            "tenderDeadline"
        ]
    );
    assert_eq!(
        pending[0],
        json!({ "path": "lots.LOT-0001.title.sv", "lotId": LOT, "before": "Norra skolan", "after": "Nya skolan" })
    );
    assert_eq!(pending[1]["after"], Value::Null);
    assert_eq!(pending[1]["before"]["lotId"], OTHER_LOT);
    assert_eq!(
        (&pending[2]["before"], &pending[2]["after"]),
        (&json!(true), &Value::Null)
    );
    for outside in [Person::Stranger, Person::Signatory, Person::Nobody] {
        assert_eq!(
            read(&app, outside, &id).await["pendingChanges"],
            Value::Null
        );
    }
    amend(&app, &id, "UPCOMING").await;
    let second = read(&app, Person::Nobody, &id).await["notices"]["nodes"][1].clone();
    assert_eq!(
        (
            &second["changes"]["nodes"],
            &second["changes"]["totalCount"]
        ),
        (&pending, &json!(4))
    );
    assert_eq!(
        read(&app, Person::Editor, &id).await["pendingChanges"]["nodes"],
        json!([])
    );
    let query =
        "query($id: ID!, $after: String) { procurement(id: $id) { notices(last: 1) { nodes {
        changes(first: 1, after: $after) { nodes { path } pageInfo { endCursor hasNextPage } } } } } }";
    let mut after = Value::Null;
    for (number, path) in brief.iter().enumerate() {
        let variables = json!({ "id": id, "after": after });
        let data = app.anonymous().ask(query, variables).await;
        let changes = &data["procurement"]["notices"]["nodes"][0]["changes"];
        assert_eq!(changes["nodes"], json!([{ "path": path }]));
        let more = number + 1 < brief.len();
        assert_eq!(changes["pageInfo"]["hasNextPage"], more);
        after = changes["pageInfo"]["endCursor"].clone();
    }
}

const TOLD: &str =
    "{ viewer { notifications(first: 100) { nodes { event procurement { id followed } } } } }";

async fn notified(app: &TestApp, person: Person) -> Vec<String> {
    let data = app.as_(person).ask(TOLD, json!({})).await;
    let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["event"].as_str().unwrap().to_owned())
        .collect()
}

/// The company submits a tender, a volunteer of the nonprofit follows, and the nonprofit has
/// withdrawn its tender.
#[tokio::test]
async fn tenderers_are_notified_and_stay_secret() {
    let app = TestApp::start().await;
    let id = published(&app, "TENDERING").await;
    let before = app
        .as_(Person::Publisher)
        .run("read", json!({ "id": id }))
        .await;
    let follow = json!({ "procurementId": id });
    for follower in [Person::Volunteer, Person::Clerk] {
        app.as_(follower)
            .mutate("followProcurement", follow.clone())
            .await
            .id();
    }
    tender(&app, &id).await;
    let withdrawn = app
        .as_(Person::Chair)
        .mutate("submitTender", tender_input(&id))
        .await
        .id();
    app.as_(Person::Chair)
        .mutate("withdrawTender", json!({ "tenderId": withdrawn }))
        .await
        .id();
    let unchanged = app
        .as_(Person::Publisher)
        .run("read", json!({ "id": id }))
        .await;
    assert_eq!(before, unchanged, "the buyer sees that somebody tendered");

    let later = time(app.now() + TimeDelta::days(40));
    redraft(
        &app,
        &id,
        content_with(&app, json!({ "tenderDeadline": later })),
    )
    .await;
    amend(&app, &id, "TENDERING").await;
    // The clerk follows and belongs to a tenderer, and is notified once.
    for person in [
        Person::Signatory,
        Person::Clerk,
        Person::Both,
        Person::Volunteer,
    ] {
        eventually("they are told", async || {
            (!notified(&app, person).await.is_empty()).then_some(())
        })
        .await;
        assert_eq!(
            notified(&app, person).await,
            ["NOTICE_PUBLISHED"],
            "{person:?}"
        );
    }
    for person in [
        Person::Publisher,
        Person::Editor,
        Person::Opener,
        Person::Stranger,
        Person::Chair,
        Person::Nobody,
    ] {
        assert_eq!(notified(&app, person).await, [""; 0], "{person:?}");
        let seen = app
            .as_(person)
            .run("read", json!({ "id": id }))
            .await
            .to_string();
        let company = app.organisations.company;
        for trace in [
            COMPANY.to_owned(),
            company.to_global(),
            company.0.to_string(),
        ] {
            assert!(!seen.contains(&trace), "{person:?} reads {trace}");
        }
    }
    // The notification does not reveal its reason.
    let data = app.as_(Person::Signatory).ask(TOLD, json!({})).await;
    let node = &data["viewer"]["notifications"]["nodes"][0];
    assert_eq!(
        *node,
        json!({ "event": "NOTICE_PUBLISHED", "procurement": { "id": id, "followed": false } })
    );
}

const OWN: &str = "query($id: ID!) { procurement(id: $id) { ownTenders { noticeNumber amendedSince replaced } } }";

#[tokio::test]
async fn tender_shows_the_amendment_and_can_be_replaced() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    tender(&app, &id).await;
    let own = async || {
        app.as_(Person::Clerk).ask(OWN, json!({ "id": id })).await["procurement"]["ownTenders"]
            .clone()
    };
    let of = |number: i32, amended: bool, replaced: bool| json!({ "noticeNumber": number, "amendedSince": amended, "replaced": replaced });
    assert_eq!(own().await, json!([of(1, false, false)]));
    let later = app.now() + TimeDelta::days(40);
    redraft(
        &app,
        &id,
        content_with(&app, json!({ "tenderDeadline": time(later) })),
    )
    .await;
    assert_eq!(
        own().await,
        json!([of(1, false, false)]),
        "a draft is no notice"
    );
    amend(&app, &id, "TENDERING").await;
    assert_eq!(own().await, json!([of(1, true, false)]));
    // Between the first and the second deadline.
    app.advance(TimeDelta::days(35));
    tender(&app, &id).await;
    assert_eq!(own().await, json!([of(1, true, true), of(2, false, false)]));
    app.advance(TimeDelta::days(6));
    let late = app
        .as_(Person::Signatory)
        .mutate("submitTender", tender_input(&id))
        .await;
    assert_eq!(late.errors[0].code, "DEADLINE_PASSED");
}

/// Publishes a framework whose lots all change in the second notice; returns that notice and the
/// time to read it.
async fn changed_lots(app: &TestApp, count: i32) -> (Value, Duration) {
    let id = draft(app).await;
    for (number, word) in [(1, "Städning"), (2, "Fönsterputs")] {
        let lot = |n: i32| json!({ "lotId": format!("LOT-{n:04}"), "title": [{ "language": "sv", "text": format!("{word} {n}") }] });
        let lots: Vec<Value> = (1..=count).map(lot).collect();
        redraft(app, &id, content_with(app, json!({ "lots": lots }))).await;
        let mut publish = json!({ "procurementId": id, "phase": "UPCOMING" });
        if number == 2 {
            publish["reason"] = english("Windows instead.");
        }
        app.as_(Person::Publisher)
            .mutate("publishNotice", publish)
            .await
            .id();
    }
    let query = "query($id: ID!) { procurement(id: $id) { notices { nodes { changes(first: 100) { totalCount nodes { path } } } } } }";
    let begun = Instant::now();
    let mut data = app.anonymous().ask(query, json!({ "id": id })).await;
    let took = begun.elapsed();
    (data["procurement"]["notices"]["nodes"][1].take(), took)
}

#[tokio::test]
async fn the_time_to_compare_lots_is_linear() {
    let app = TestApp::without_search().await;
    let (few, small) = changed_lots(&app, 290).await;
    let (many, large) = changed_lots(&app, 2_900).await;
    // The lots and the deadline, which the second draft sets a moment later.
    assert_eq!(few["changes"]["totalCount"], 291);
    assert_eq!(many["changes"]["totalCount"], 2_901);
    // A comparison of each lot with each other lot would take 100 times as long.
    assert!(large < 40 * small, "290 lots: {small:?}, 2,900: {large:?}");
}
