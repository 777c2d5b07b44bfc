//! Joint procurement: joint buyers read the draft, and no one else before the notice.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    documents::{attachment, document, download},
    support::{
        app::{TestApp, eventually},
        cast::Person,
        stage::{
            TENDERING, accept_joint, approve_opening, content_with, joint_draft, joint_invitation,
            redraft, tender,
        },
    },
};

const READ: &str = "query($id: ID!) { procurement(id: $id) {
    draft { title { text } jointBuyers { id } } hasDraft pendingChanges { nodes { path } }
    jointBuyers { id } jointConsents { buyer { id } consent } tenders { nodes { text } } } }";

const OWN: &str = "{ viewer { procurements { nodes { id } } } }";

async fn read(app: &TestApp, person: Person, id: &str) -> Value {
    let data = app.as_(person).ask(READ, json!({ "id": id })).await;
    let mut procurement = data["procurement"].clone();
    if procurement.is_object() {
        procurement["tenders"] = procurement["tenders"]["nodes"].clone();
    }
    procurement
}

async fn among_own(app: &TestApp, person: Person, id: &str) -> bool {
    let data = app.as_(person).ask(OWN, json!({})).await;
    let nodes = data["viewer"]["procurements"]["nodes"].as_array().unwrap();
    nodes.iter().any(|node| node["id"] == id)
}

/// An invited buyer knows who invites it, and nothing of the draft, until it accepts.
#[tokio::test]
async fn an_invited_buyer_reads_the_draft_once_it_has_accepted() {
    let app = TestApp::without_search().await;
    let id = joint_invitation(&app).await;
    let (lead, other) = (app.organisations.buyer, app.organisations.other_buyer);
    let query = "query($id: ID!) { node(id: $id) { ... on Organisation { jointInvitations { procurementId lead { id }
        acceptedAt } } } }";
    let invitations = async |person: Person| {
        let data = app
            .as_(person)
            .ask(query, json!({ "id": other.to_global() }))
            .await;
        data["node"]["jointInvitations"].clone()
    };
    let open =
        json!([{ "procurementId": id, "lead": { "id": lead.to_global() }, "acceptedAt": null }]);
    assert_eq!(invitations(Person::Stranger).await, open);
    assert_eq!(
        invitations(Person::Editor).await,
        Value::Null,
        "the lead's members"
    );
    assert_eq!(invitations(Person::Clerk).await, Value::Null, "a supplier");
    assert_eq!(read(&app, Person::Stranger, &id).await, Value::Null);
    assert!(!among_own(&app, Person::Stranger, &id).await);
    let of_lead = read(&app, Person::Editor, &id).await["jointConsents"].clone();
    assert_eq!(
        of_lead[0]["buyer"]["id"],
        other.to_global(),
        "the lead sees whom it invited"
    );
    let answer = json!({ "procurementId": id, "consent": true });
    let early = app
        .as_(Person::Stranger)
        .mutate("answerJointProcurement", answer)
        .await;
    assert_eq!(early.errors[0].code, "NOT_FOUND");
    accept_joint(&app, &id).await;
    accept_joint(&app, &id).await;
    assert!(read(&app, Person::Stranger, &id).await["draft"].is_object());
    assert!(among_own(&app, Person::Stranger, &id).await);
    assert!(invitations(Person::Stranger).await[0]["acceptedAt"].is_string());
    let audited: i64 =
        sqlx::query_scalar("select count(*) from audit where action = 'procurement.joint.accept'")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn only_joint_buyers_read_the_draft() {
    let app = TestApp::without_search().await;
    let id = joint_draft(&app).await;
    let other = app.organisations.other_buyer.to_global();
    for person in [Person::Stranger, Person::Trainee] {
        let read = read(&app, person, &id).await;
        assert_eq!(
            read["draft"]["title"]["text"], "Städning av skolor",
            "{person:?}"
        );
        assert_eq!(read["draft"]["jointBuyers"], json!([{ "id": other }]));
        assert_eq!(
            read["jointConsents"],
            json!([{ "buyer": { "id": other }, "consent": null }])
        );
        assert!(among_own(&app, person, &id).await, "{person:?}");
    }
    for person in [
        Person::Signatory,
        Person::Chair,
        Person::Nobody,
        Person::Both,
    ] {
        assert_eq!(read(&app, person, &id).await, Value::Null, "{person:?}");
        assert!(!among_own(&app, person, &id).await, "{person:?}");
    }
    // It may read but not write.
    let update =
        json!({ "procurementId": id, "revision": 1, "content": content_with(&app, json!({})) });
    let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
    for (mutation, input) in [("updateProcurement", update), ("publishNotice", publish)] {
        let refused = app.as_(Person::Stranger).mutate(mutation, input).await;
        assert_eq!(refused.errors[0].code, "NOT_ALLOWED", "{mutation}");
    }
    // Once it is left out again, it cannot see the draft.
    redraft(&app, &id, content_with(&app, json!({}))).await;
    assert_eq!(read(&app, Person::Stranger, &id).await, Value::Null);
    assert!(!among_own(&app, Person::Stranger, &id).await);
}

#[tokio::test]
async fn joint_buyer_is_searchable_and_reads_opened_tenders() {
    let app = TestApp::start().await;
    let id = joint_draft(&app).await;
    let answer = json!({ "procurementId": id, "consent": true });
    app.as_(Person::Stranger)
        .mutate("answerJointProcurement", answer)
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Person::Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    for buyer in [app.organisations.buyer, app.organisations.other_buyer] {
        let query = "query($filter: ProcurementFilter, $query: String) {
            searchProcurements(query: $query, filter: $filter, facets: [BUYER]) { nodes { id } facets { values { value count } } } }";
        let filter = json!({ "filter": { "buyerIds": [buyer.to_global()] } });
        let found = eventually("it is found by either buyer", async || {
            let data =
                app.anonymous().ask(query, filter.clone()).await["searchProcurements"].clone();
            (data["nodes"] == json!([{ "id": id }])).then_some(data)
        });
        let values = found.await["facets"][0]["values"].clone();
        assert_eq!(values.as_array().unwrap().len(), 2, "{values}");
        assert!(
            values
                .as_array()
                .unwrap()
                .iter()
                .all(|value| value["count"] == 1)
        );
    }
    tender(&app, &id).await;
    assert_eq!(
        read(&app, Person::Stranger, &id).await["tenders"],
        json!([]),
        "sealed"
    );
    app.advance(TENDERING + chrono::TimeDelta::seconds(1));
    let open = json!({ "procurementId": id });
    let refused = app.as_(Person::Stranger).mutate("openTenders", open).await;
    assert_eq!(refused.errors[0].code, "NOT_ALLOWED");
    approve_opening(&app, &id).await;
    eventually("both buyers read it", async || {
        let tenders = read(&app, Person::Stranger, &id).await["tenders"].clone();
        (tenders[0]["text"] == "We clean both schools every evening.").then_some(())
    })
    .await;
    for person in [Person::Trainee, Person::Signatory, Person::Nobody] {
        assert_eq!(
            read(&app, person, &id).await["tenders"],
            Value::Null,
            "{person:?}"
        );
    }
}

/// A buyer that only a draft names reads the draft; the opened tenders are for buyers that the
/// notice names.
#[tokio::test]
async fn buyer_named_only_in_a_draft_reads_no_tenders() {
    let app = TestApp::without_search().await;
    let id = crate::support::stage::published(&app, "TENDERING").await;
    tender(&app, &id).await;
    let other = json!([app.organisations.other_buyer.to_global()]);
    redraft(
        &app,
        &id,
        content_with(&app, json!({ "jointBuyerIds": other })),
    )
    .await;
    accept_joint(&app, &id).await;
    app.advance(TENDERING + chrono::TimeDelta::seconds(1));
    approve_opening(&app, &id).await;
    eventually("they are opened", async || {
        (read(&app, Person::Opener, &id).await["tenders"] != json!([])).then_some(())
    })
    .await;
    let seen = read(&app, Person::Stranger, &id).await;
    assert_eq!(
        (&seen["hasDraft"], &seen["tenders"]),
        (&json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn joint_buyer_reads_documents_while_named() {
    let app = TestApp::without_search().await;
    let document = document(&app.as_(Person::Editor)).await;
    let named = json!([app.organisations.other_buyer.to_global()]);
    let with = |buyers: Value, document: &str| {
        let attached = json!([attachment("DOC-1", document)]);
        content_with(
            &app,
            json!({ "jointBuyerIds": buyers, "attachments": attached }),
        )
    };
    let input = json!({ "content": with(named.clone(), &document) });
    let editor = app.as_(Person::Editor);
    let id = editor.mutate("createProcurement", input).await.id();
    let reads = async |person: Person| {
        let answer = download(&app.as_(person), &document).await;
        answer.status() == StatusCode::OK
    };
    assert!(!reads(Person::Stranger).await, "not accepted yet");
    accept_joint(&app, &id).await;
    assert!(reads(Person::Stranger).await && !reads(Person::Chair).await);
    redraft(&app, &id, with(json!([]), &document)).await;
    assert!(!reads(Person::Stranger).await && reads(Person::Trainee).await);
    redraft(&app, &id, with(named.clone(), &document)).await;
    assert!(!reads(Person::Stranger).await, "invited again");
    accept_joint(&app, &id).await;
    assert!(reads(Person::Stranger).await);
    let other = crate::documents::document(&editor).await;
    redraft(&app, &id, with(named, &other)).await;
    assert!(!reads(Person::Stranger).await);
}
