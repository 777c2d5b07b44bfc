//! Groups that tender together: consent, one place on each lot, who reads them.

mod alone;
mod opened;

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    client::Client,
    stage::{LOT, OTHER_LOT, tender_input},
};

/// Everything that a member reads of its groups.
const GROUPS: &str = "query($id: ID!) { procurement(id: $id) { tenderGroups {
    id version name lotIds lead { name } isComplete consentUntil submittedAt dissolvedAt
    members { organisation { name } answer answeredAt consents } } } }";

/// Returns the groups that a client reads; null if it reads no procurement.
pub async fn groups(client: &Client<'_>, procurement: &str) -> Value {
    let mut data = client.ask(GROUPS, json!({ "id": procurement })).await;
    data["procurement"]["tenderGroups"].take()
}

/// Returns the input for a group of both lots that the company leads with the nonprofit.
pub fn group_input(app: &TestApp, procurement: &str) -> Value {
    json!({
        "procurementId": procurement,
        "name": "Kvast & Grannskap",
        "lotIds": [LOT, OTHER_LOT],
        "memberIds": [app.organisations.nonprofit.to_global()],
    })
}

/// Forms a group that the company leads with the nonprofit; returns its ID.
pub async fn form(app: &TestApp, procurement: &str) -> String {
    let input = group_input(app, procurement);
    let lead = app.as_(Person::Signatory);
    lead.mutate("formTenderGroup", input).await.id()
}

/// Forms a group that the nonprofit leads with the company; returns its ID.
pub async fn form_of_nonprofit(app: &TestApp, procurement: &str) -> String {
    let mut input = group_input(app, procurement);
    input["memberIds"] = json!([app.organisations.company.to_global()]);
    let lead = app.as_(Person::Chair);
    lead.mutate("formTenderGroup", input).await.id()
}

pub fn consent(group: &str, version: i32) -> Value {
    json!({ "groupId": group, "version": version })
}

/// Returns the input for the tender of a group.
pub fn of_group(procurement: &str, group: &str) -> Value {
    let mut input = tender_input(procurement);
    input["groupId"] = json!(group);
    input
}

/// Returns the codes of the refusals; empty when the mutation is carried out.
pub async fn codes(client: &Client<'_>, mutation: &str, input: Value) -> Vec<String> {
    let answer = client.mutate(mutation, input).await;
    answer.errors.into_iter().map(|error| error.code).collect()
}
