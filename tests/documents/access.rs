//! Who may download a document, before and after it is published.

use reqwest::header::{AUTHORIZATION, CACHE_CONTROL};
use serde_json::json;

use super::{CONTENT, attachment, document, download, downloading, header, refusal};
use crate::support::{app::TestApp, cast::Person, client::Client, stage::content_with};

/// Returns each kind of actor with a name, and whether they act for the buyer.
fn everyone(app: &TestApp) -> Vec<(String, Client<'_>, bool)> {
    let mut actors = vec![("anonymous".to_owned(), app.anonymous(), false)];
    for person in Person::ALL {
        let own = matches!(
            person,
            Person::Publisher
                | Person::Editor
                | Person::Opener
                | Person::Witness
                | Person::Auditor
                | Person::Trainee
                | Person::Mayor
        );
        actors.push((format!("{person:?}"), app.as_(person), own));
    }
    actors
}

const NODE: &str = "query($id: ID!) { node(id: $id) { id ... on Document { url } } }";

#[tokio::test]
async fn a_document_is_private_until_published() {
    let app = TestApp::without_search().await;
    let id = document(&app.as_(Person::Editor)).await;
    let content = content_with(
        &app,
        json!({ "attachments": [attachment("DOC-0001", &id)] }),
    );
    let procurement = app
        .as_(Person::Editor)
        .mutate("createProcurement", json!({ "content": content }))
        .await
        .id();
    for (who, client, own) in everyone(&app) {
        let response = download(&client, &id).await;
        let node = client.ask(NODE, json!({ "id": id })).await;
        if own {
            assert_eq!(response.status(), 200, "{who}");
            assert_eq!(header(&response, CACHE_CONTROL), "private, no-store");
            assert_eq!(node["node"]["url"], format!("/documents/{id}"), "{who}");
        } else {
            assert_eq!(header(&response, CACHE_CONTROL), "no-store");
            assert_eq!(refusal(response).await, (404, "NOT_FOUND".into()), "{who}");
            assert!(node["node"].is_null(), "{who}");
        }
    }
    let publish = json!({ "procurementId": procurement, "phase": "UPCOMING" });
    app.as_(Person::Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    for (who, client, _) in everyone(&app) {
        let response = download(&client, &id).await;
        assert_eq!(response.status(), 200, "{who}");
        assert_eq!(header(&response, CACHE_CONTROL), "public, no-cache");
        assert_eq!(response.bytes().await.unwrap(), CONTENT, "{who}");
        let node = client.ask(NODE, json!({ "id": id })).await;
        assert_eq!(node["node"]["id"], id, "{who}");
    }
}

#[tokio::test]
async fn a_suppliers_document_is_the_suppliers() {
    let app = TestApp::without_search().await;
    let id = document(&app.as_(Person::Clerk)).await;
    for (who, client, _) in everyone(&app) {
        let own = ["Clerk", "Signatory"].contains(&who.as_str());
        let status = download(&client, &id).await.status();
        assert_eq!(status, if own { 200 } else { 404 }, "{who}");
    }
    // A person of two organisations acts for one at a time.
    let organisations = app.organisations;
    for (organisation, status) in [(organisations.company, 200), (organisations.nonprofit, 404)] {
        let client = app.acting_for(Person::Both, organisation);
        assert_eq!(download(&client, &id).await.status(), status);
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_as_such() {
    let app = TestApp::without_search().await;
    let id = document(&app.as_(Person::Editor)).await;
    let request = downloading(&app.anonymous(), &id).header(AUTHORIZATION, "Bearer nonsense");
    assert_eq!(refusal(request.send().await.unwrap()).await.0, 401);
}
