//! Tests of openings: who approves them, what they record, and who reads it.

mod approvals;
mod audit;
mod evaluation;
mod four_eyes;
mod record;

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    client::Client,
    stage::{TENDERING, published, tender},
};

/// Creates a procurement with a tender of the company whose deadline has passed; returns its ID.
async fn sealed(app: &TestApp) -> String {
    let id = published(app, "TENDERING").await;
    tender(app, &id).await;
    app.advance(TENDERING);
    id
}

/// Returns the code of the refusal of a mutation; "" if it is not refused.
async fn code(client: &Client<'_>, mutation: &str, input: Value) -> String {
    let answer = client.mutate(mutation, input).await;
    answer
        .errors
        .first()
        .map(|error| error.code.clone())
        .unwrap_or_default()
}

/// Sets the buyer's rules.
async fn set_rules(app: &TestApp, required: i32, steps: &[&str]) {
    let is = |step: &str| steps.contains(&step);
    let input = json!({
        "organisationId": app.organisations.buyer.to_global(),
        "requiredOpeners": required,
        "fourEyes": { "publishing": is("publishing"), "opening": is("opening"), "awarding": is("awarding") },
    });
    app.as_(Person::Mayor)
        .mutate("setOpeningRules", input)
        .await
        .id();
}

/// Returns the opening of a procurement, as everyone reads it.
async fn opening(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { procurement(id: $id) {
        opening { requiredOpeners approvals confirmedAt openedAt } } }";
    let read = app.anonymous().ask(query, json!({ "id": id })).await;
    read["procurement"]["opening"].clone()
}
