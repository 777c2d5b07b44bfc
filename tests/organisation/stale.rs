//! A token identifies a person until it expires. Memberships, roles and administration are checked
//! on each request.

use reqwest::StatusCode;
use serde_json::{Value, json};
use torg::auth;

use super::{codes, person_id};
use crate::{
    documents::uploading,
    support::{
        app::TestApp,
        cast::Person,
        client::Client,
        stage::{content, draft, opened},
    },
};

/// Returns the status of the answer and the code of its first error.
async fn refusal(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    (status, body["errors"][0]["extensions"]["code"].clone())
}

/// Asserts that a request for an organisation that the person has left is refused as a whole.
async fn assert_refused_whole(app: &TestApp, client: &Client<'_>) {
    let refused = (StatusCode::FORBIDDEN, json!("NOT_A_MEMBER"));
    let read = json!({ "query": "{ reservationRules { id } }" });
    assert_eq!(refusal(client.post().json(&read)).await, refused);
    let write = json!({
        "query": "mutation($content: ProcurementContentInput!) {
            createProcurement(input: { content: $content }) { userErrors { code } } }",
        "variables": { "content": content(app) },
    });
    assert_eq!(refusal(client.post().json(&write)).await, refused);
    let upload = uploading(client, "plan.txt", "text/plain").body("A plan.");
    let response = upload.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn former_member_cannot_act_for_the_organisation() {
    let app = TestApp::without_search().await;
    let draft = draft(&app).await;
    let buyer = app.organisations.buyer;
    let acting = app.acting_for(Person::Editor, buyer);
    let read = "query($id: ID!) { procurement(id: $id) { id } viewer { actingFor { id } memberships { roles } } }";
    let before = acting.ask(read, json!({ "id": draft })).await;
    assert_eq!(before["procurement"]["id"], draft.as_str());
    let leave = json!({ "organisationId": buyer.to_global() });
    assert_eq!(codes(&acting, "leaveOrganisation", leave).await, [""; 0]);
    assert_refused_whole(&app, &acting).await;
    // The person cannot act for it without the header either.
    let data = app
        .as_(Person::Editor)
        .ask(read, json!({ "id": draft }))
        .await;
    let nothing =
        json!({ "procurement": null, "viewer": { "actingFor": null, "memberships": [] } });
    assert_eq!(data, nothing);
}

#[tokio::test]
async fn token_of_an_erased_person_is_refused() {
    let app = TestApp::without_search().await;
    let acting = app.acting_for(Person::Clerk, app.organisations.company);
    let erase = json!({ "confirm": "ERASE" });
    assert_eq!(codes(&acting, "erasePerson", erase).await, [""; 0]);
    assert_refused_whole(&app, &acting).await;
    let read = "{ viewer { admin memberships { roles } } }";
    let data = app.as_(Person::Clerk).ask(read, json!({})).await;
    assert_eq!(data["viewer"], json!({ "admin": false, "memberships": [] }));
}

#[tokio::test]
async fn removed_role_no_longer_reads() {
    let app = TestApp::without_search().await;
    let (procurement, _) = opened(&app).await;
    let opener = app.as_(Person::Opener);
    let read =
        "query($id: ID!) { procurement(id: $id) { tenders { nodes { price { amount } } } } }";
    let tenders = async || opener.ask(read, json!({ "id": procurement })).await;
    assert_eq!(
        tenders().await["procurement"]["tenders"]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let roles = json!({
        "organisationId": app.organisations.buyer.to_global(),
        "personId": person_id(&opener).await,
        "roles": ["OWNER"],
    });
    let mayor = app.as_(Person::Mayor);
    assert_eq!(codes(&mayor, "setMemberRoles", roles).await, [""; 0]);
    assert_eq!(
        tenders().await,
        json!({ "procurement": { "tenders": null } })
    );
}

#[tokio::test]
async fn former_administrator_loses_all_rights() {
    let app = TestApp::without_search().await;
    let admin = app.as_(Person::Admin);
    let read =
        "query($id: ID!) { node(id: $id) { ... on Organisation { revision } } viewer { admin } }";
    let company = json!({ "id": app.organisations.company.to_global() });
    let before = admin.ask(read, company.clone()).await;
    assert_eq!(
        before,
        json!({ "node": { "revision": 1 }, "viewer": { "admin": true } })
    );
    let mut connection = app.database.pool.acquire().await.unwrap();
    let subject = Person::Admin.subject();
    let taken = auth::store::set_admin(&mut connection, app.issuer(), &subject, false).await;
    assert!(taken.unwrap());
    let after = admin.ask(read, company).await;
    assert_eq!(
        after,
        json!({ "node": { "revision": null }, "viewer": { "admin": false } })
    );
    let buyer = app.organisations.buyer.to_global();
    let of_buyer = json!({ "organisationId": buyer, "expectedRevision": 1 });
    assert_eq!(
        codes(&admin, "verifyOrganisation", of_buyer).await,
        ["NOT_ALLOWED"]
    );
    let someone = person_id(&app.as_(Person::Nobody)).await;
    let erase = json!({ "confirm": "ERASE", "personId": someone });
    assert_eq!(codes(&admin, "erasePerson", erase).await, ["NOT_ALLOWED"]);
}
