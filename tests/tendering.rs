//! Preparing a tender: eligibility, drafts, offers lot by lot, self-declarations.

mod declaration;
mod drafts;
mod eligibility;
mod offer;

use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person::{Editor, Publisher},
    client::Client,
    stage::content_with,
};

/// Publishes a procurement in phase TENDERING whose content has these fields; returns its ID.
async fn tendering(app: &TestApp, changes: Value) -> String {
    let content = content_with(app, changes);
    let create = json!({ "content": content });
    let id = app.as_(Editor).mutate("createProcurement", create).await;
    let publish = json!({ "procurementId": id.id(), "phase": "TENDERING" });
    let published = app.as_(Publisher).mutate("publishNotice", publish).await;
    published.id()
}

/// Reads a selection of a procurement.
async fn read(client: &Client<'_>, id: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ procurement(id: $id) {{ {selection} }} }}");
    let data = client.ask(&query, json!({ "id": id })).await;
    data["procurement"].clone()
}

/// Requirements of each type, for a procurement's content.
fn requirements() -> Value {
    let one = |id: &str, kind: &str, code: &str, minimum: Value| {
        json!({
            "requirementId": id, "kind": kind, "code": code,
            "description": [{ "language": "sv", "text": "Krav" }], "minimum": minimum,
        })
    };
    json!([
        one("REQ-1", "EXCLUSION", "exg-crim-corrpt", Value::Null),
        one(
            "REQ-2",
            "SELECTION",
            "slc-stand-to-gen",
            json!({ "value": "100000", "unit": "SEK" })
        ),
        one(
            "REQ-3",
            "SELECTION",
            "slc-abil-staff-yrly-avg-mp",
            json!({ "value": "3", "unit": "persons" })
        ),
    ])
}
