//! Payloads have the objects that a change of memberships changes, so that a client needs no second
//! request.

use serde_json::{Value, json};

use super::{create, guest, invite};
use crate::support::{app::TestApp, cast::Person, client::Client, stage::joint_invitation};

/// Runs a mutation; returns the IDs of the organisations that the payload's viewer belongs to.
async fn memberships(client: &Client<'_>, mutation: &str, kind: &str, input: Value) -> Vec<String> {
    let document = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }}
            viewer {{ memberships {{ organisation {{ id }} }} }} }} }}"
    );
    let data = client.ask(&document, json!({ "input": input })).await;
    let found = data[mutation]["viewer"]["memberships"].as_array();
    let found = found.unwrap_or_else(|| panic!("{data}")).clone();
    let id = |one: &Value| one["organisation"]["id"].as_str().unwrap().to_owned();
    found.iter().map(id).collect()
}

#[tokio::test]
async fn joining_and_leaving_return_the_viewer() {
    let app = TestApp::without_search().await;
    let owner = guest(&app, "owner");
    let profile = json!({ "kind": "COMPANY", "profile": { "name": "Firma" } });
    let kind = "CreateOrganisationInput";
    let own = memberships(&owner, "createOrganisation", kind, profile).await;
    let [own] = own.as_slice() else {
        panic!("{own:?}");
    };
    let colleague = guest(&app, "colleague");
    let other = create(&colleague, "COMPANY", json!({ "name": "Annan" })).await;
    let code = invite(&owner, own, json!(["CONTRIBUTOR"])).await;
    let accept = json!({ "code": code });
    let kind = "AcceptInvitationInput";
    let mut both = memberships(&colleague, "acceptInvitation", kind, accept).await;
    both.sort();
    let mut expected = vec![own.clone(), other.clone()];
    expected.sort();
    assert_eq!(both, expected);
    let leave = json!({ "organisationId": own });
    let kind = "LeaveOrganisationInput";
    let left = memberships(&colleague, "leaveOrganisation", kind, leave).await;
    assert_eq!(left, [other]);
}

#[tokio::test]
async fn accepting_a_joint_invitation_returns_the_invited_buyer() {
    let app = TestApp::without_search().await;
    let id = joint_invitation(&app).await;
    let document = "mutation($id: ID!) { acceptJointInvitation(input: { procurementId: $id }) {
        procurement { id } organisation { name jointInvitations { procurementId acceptedAt } } } }";
    let stranger = app.as_(Person::Stranger);
    let data = stranger.ask(document, json!({ "id": id })).await;
    let payload = &data["acceptJointInvitation"];
    assert_eq!(payload["procurement"]["id"], id.as_str());
    assert_eq!(payload["organisation"]["name"], "Region Annan");
    let invitation = &payload["organisation"]["jointInvitations"][0];
    assert_eq!(invitation["procurementId"], id.as_str());
    assert!(invitation["acceptedAt"].is_string(), "{data}");
}
