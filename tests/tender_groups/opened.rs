//! A group from its invitation to the award.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{codes, consent, form, group_input, groups, of_group};
use crate::{
    organisation::api_keys,
    policy::staged::opened,
    support::{
        app::{TestApp, eventually},
        cast::{
            COMPANY, NONPROFIT,
            Person::{self, Chair, Editor, Opener, Publisher, Signatory, Stranger, Volunteer},
        },
        client::Client,
        stage::{LOT, TENDERING, approve_opening, as_opened, award_input, published, time},
    },
};

const TENDERS: &str = "query($id: ID!) { procurement(id: $id) {
    tenders { nodes { supplier { name } group { name members { name organisation { name } } } } }
    awards { supplier { name } group { members { name } } } } }";

#[tokio::test]
async fn a_group_tenders_once_every_member_consents() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let group = form(&app, &id).await;
    let (lead, member) = (app.as_(Signatory), app.as_(Chair));
    let read = groups(&member, &id).await;
    assert_eq!(read[0]["lead"]["name"], COMPANY);
    assert_eq!(read[0]["isComplete"], false);
    let names: Vec<&Value> = [0, 1]
        .map(|place| &read[0]["members"][place]["organisation"]["name"])
        .into();
    assert_eq!(names, [COMPANY, NONPROFIT]);
    assert_eq!(groups(&app.as_(Volunteer), &id).await, read);
    nobody_else_reads(&app, &id, &group).await;
    let refused = codes(&lead, "submitTender", of_group(&id, &group)).await;
    assert_eq!(refused, ["CONSENT_MISSING"]);
    member
        .mutate("consentToTenderGroup", consent(&group, 1))
        .await
        .id();
    assert_eq!(groups(&lead, &id).await[0]["isComplete"], true);
    let refused = codes(&member, "submitTender", of_group(&id, &group)).await;
    assert_eq!(refused, ["NOT_ALLOWED"]);
    let tender = lead
        .mutate("submitTender", of_group(&id, &group))
        .await
        .id();
    assert!(groups(&member, &id).await[0]["submittedAt"].is_string());
    nobody_else_reads(&app, &id, &group).await;
    the_chain_names_the_members(&app).await;
    // A later name does not change the submitted tender.
    sqlx::query("update organisation set name = 'Another name' where id = $1")
        .bind(app.organisations.nonprofit.0)
        .execute(&app.database.pool)
        .await
        .unwrap();
    app.advance(TENDERING + TimeDelta::seconds(1));
    approve_opening(&app, &id).await;
    opened(&app, &id).await;
    let data = app.as_(Editor).ask(TENDERS, json!({ "id": id })).await;
    let node = &data["procurement"]["tenders"]["nodes"][0];
    assert_eq!(node["supplier"]["name"], COMPANY);
    let expected = json!({ "name": "Kvast & Grannskap", "members": [
        { "name": COMPANY, "organisation": { "name": COMPANY } },
        { "name": NONPROFIT, "organisation": { "name": "Another name" } },
    ] });
    assert_eq!(node["group"], expected);
    let award = award_input(&id, &as_opened(&tender), LOT);
    app.as_(Publisher).mutate("decideAward", award).await.id();
    let data = app.anonymous().ask(TENDERS, json!({ "id": id })).await;
    let members = &data["procurement"]["awards"][0]["group"]["members"];
    assert_eq!(
        *members,
        json!([{ "name": COMPANY }, { "name": NONPROFIT }])
    );
}

/// Checks that only members of the organisations in the group know of it.
async fn nobody_else_reads(app: &TestApp, procurement: &str, group: &str) {
    let node = "query($id: ID!) { node(id: $id) { id } }";
    let others = [
        Editor,
        Publisher,
        Opener,
        Stranger,
        Person::Nobody,
        Person::Admin,
    ];
    let others = others.map(|person| app.as_(person));
    for client in others.iter().chain([&app.anonymous()]) {
        assert_eq!(groups(client, procurement).await, json!([]));
        let found = client.ask(node, json!({ "id": group })).await;
        assert_eq!(found["node"], Value::Null);
    }
    let guest = Client::new(
        app,
        Some(app.mint("rival", TimeDelta::hours(1), chrono::Utc::now())),
        None,
    );
    let rival = json!({ "kind": "COMPANY", "profile": { "name": format!("Rival {}", uuid::Uuid::now_v7()) } });
    if groups(&guest, procurement).await == json!([]) {
        guest.mutate("createOrganisation", rival).await;
    }
    assert_eq!(groups(&guest, procurement).await, json!([]));
    let refused = codes(&guest, "declineTenderGroup", json!({ "groupId": group })).await;
    assert!(
        refused == ["NOT_FOUND"] || refused == ["NOT_ALLOWED"],
        "{refused:?}"
    );
}

async fn the_chain_names_the_members(app: &TestApp) {
    let entry: String =
        sqlx::query_scalar("select entry from chain_entry order by number desc limit 1")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    let entry: Value = serde_json::from_str(&entry).unwrap();
    let of = app.organisations;
    assert_eq!(entry["members"], json!([of.company.0, of.nonprofit.0]));
}

#[tokio::test]
async fn consents_expire_at_the_time_that_the_lead_chose() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let (lead, member) = (app.as_(Signatory), app.as_(Chair));
    let mut input = group_input(&app, &id);
    input["consentUntil"] = json!(time(app.now() + TimeDelta::days(2)));
    let group = lead.mutate("formTenderGroup", input).await.id();
    member
        .mutate("consentToTenderGroup", consent(&group, 1))
        .await
        .id();
    app.advance(TimeDelta::days(2));
    assert_eq!(groups(&lead, &id).await[0]["isComplete"], false);
    let refused = codes(&lead, "submitTender", of_group(&id, &group)).await;
    assert_eq!(refused, ["EXPIRED"]);
    let refused = codes(&member, "consentToTenderGroup", consent(&group, 1)).await;
    assert_eq!(refused, ["EXPIRED"]);
    // The member is free.
    let alone = crate::support::stage::tender_input(&id);
    assert!(codes(&member, "submitTender", alone).await.is_empty());
}

#[tokio::test]
async fn a_key_with_the_scope_tender_acts_for_a_member() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let group = form(&app, &id).await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let roles = ["SIGNATORY"];
    for (scope, expected) in [("DIALOGUE", vec!["NOT_ALLOWED"]), ("TENDER", vec![])] {
        let input = api_keys::input(&app, &nonprofit, &roles, &[scope]);
        let (_, secret) = api_keys::make(&app.as_(Chair), input).await;
        let system = Client::new(&app, Some(secret), None);
        let answer = codes(&system, "consentToTenderGroup", consent(&group, 1)).await;
        assert_eq!(answer, expected, "{scope}");
    }
}

#[tokio::test]
async fn invited_organisations_and_the_lead_are_notified() {
    let app = TestApp::start().await;
    let id = published(&app, "TENDERING").await;
    let follow = json!({ "procurementId": id });
    for person in [Editor, Stranger] {
        app.as_(person)
            .mutate("followProcurement", follow.clone())
            .await
            .id();
    }
    let group = form(&app, &id).await;
    let query = "{ viewer { notifications(first: 50) { nodes { event text subject { ... on TenderGroup { id } } } } } }";
    let of_groups = async |person: Person| {
        let data = app.as_(person).ask(query, json!({})).await;
        let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
        let event = |node: &Value| node["event"].as_str().unwrap().to_owned();
        let own = nodes
            .iter()
            .filter(|node| event(node).starts_with("TENDER_GROUP"));
        own.cloned().collect::<Vec<Value>>()
    };
    let invited = eventually("the invited are notified", async || {
        of_groups(Chair).await.pop()
    })
    .await;
    assert_eq!(invited["event"], "TENDER_GROUP_INVITED");
    assert_eq!(invited["subject"]["id"], group.as_str());
    app.as_(Chair)
        .mutate("declineTenderGroup", json!({ "groupId": group }))
        .await
        .id();
    let answered = eventually("the lead is notified", async || {
        of_groups(Signatory).await.pop()
    });
    assert_eq!(answered.await["event"], "TENDER_GROUP_ANSWERED");
    for person in [Editor, Stranger, Opener] {
        assert_eq!(of_groups(person).await, Vec::<Value>::new(), "{person:?}");
    }
    assert_eq!(of_groups(Signatory).await.len(), 1);
}
