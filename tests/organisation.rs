//! Tests of organisations, their members, API keys and personal data.

pub mod api_keys;
mod identity;
mod key_ends;
mod limits;
mod members;
mod nonprofit;
mod payloads;
mod persons;
mod profiles;
mod removed;
mod stale;
mod together;
mod verified;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use torg::kernel::ids::OrganisationId;

use crate::support::{app::TestApp, client::Client};

/// Returns a client of a person outside the cast, who belongs to no organisation yet.
fn guest<'a>(app: &'a TestApp, subject: &str) -> Client<'a> {
    let token = app.mint(subject, TimeDelta::hours(1), Utc::now());
    Client::new(app, Some(token), None)
}

/// Returns a client of a person outside the cast, who acts for one of their organisations.
fn guest_for<'a>(app: &'a TestApp, subject: &str, organisation: &str) -> Client<'a> {
    let token = app.mint(subject, TimeDelta::hours(1), Utc::now());
    Client::new(app, Some(token), Some(organisation_id(organisation)))
}

/// Creates an organisation of this person and returns its ID.
async fn create(client: &Client<'_>, kind: &str, profile: Value) -> String {
    let input = json!({ "kind": kind, "profile": profile });
    client.mutate("createOrganisation", input).await.id()
}

/// Creates an invitation and returns its code.
async fn invite(owner: &Client<'_>, organisation: &str, roles: Value) -> String {
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { code userErrors { code } } }";
    let input = json!({ "organisationId": organisation, "roles": roles });
    let data = owner.ask(query, json!({ "input": input })).await;
    data["inviteMember"]["code"].as_str().unwrap().to_owned()
}

/// Makes the guest a member.
async fn join(owner: &Client<'_>, organisation: &str, roles: Value, guest: &Client<'_>) {
    let code = invite(owner, organisation, roles).await;
    let input = json!({ "code": code });
    let joined = guest.mutate("acceptInvitation", input).await.id();
    assert_eq!(joined, organisation);
}

/// Returns the client's person ID.
async fn person_id(client: &Client<'_>) -> String {
    let data = client.ask("{ viewer { id } }", json!({})).await;
    data["viewer"]["id"].as_str().unwrap().to_owned()
}

/// Returns the codes of a mutation's user errors; empty on success.
async fn codes(client: &Client<'_>, mutation: &str, input: Value) -> Vec<String> {
    let answer = client.mutate(mutation, input).await;
    answer.errors.into_iter().map(|error| error.code).collect()
}

fn organisation_id(global: &str) -> OrganisationId {
    OrganisationId::from_global(global).unwrap()
}

/// Returns these fields of an organisation as the client reads them.
async fn read(client: &Client<'_>, organisation: &str, fields: &str) -> Value {
    let query =
        format!("query($id: ID!) {{ node(id: $id) {{ ... on Organisation {{ {fields} }} }} }}");
    let mut data = client.ask(&query, json!({ "id": organisation })).await;
    data["node"].take()
}
