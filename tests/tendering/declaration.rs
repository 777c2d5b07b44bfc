//! The self-declaration of a supplier: versions, its readers, and the version that a tender keeps.

use serde_json::{Value, json};

use super::{read, requirements, tendering};
use crate::support::{
    app::TestApp,
    cast::Person::{Admin, Chair, Clerk, Editor, Nobody, Opener, Signatory, Volunteer},
    client::Client,
    stage::{LOT, TENDERING, approve_opening, offer},
};

const DECLARATION: &str = "selfDeclaration { revision content {
    exclusionGrounds { ground { code } applies explanation } turnover { year amount { amount } } staff registers financialStanding } }";

pub fn input(revision: i32, staff: &str) -> Value {
    json!({
        "revision": revision,
        "exclusionGrounds": [{ "ground": "exg-crim-corrpt", "applies": false }],
        "turnover": [{ "year": 2025, "amount": { "amount": "5000000", "currency": "SEK" } }],
        "staff": staff,
        "registers": ["Bolagsverket 556012-5790"],
        "financialStanding": "Sound.",
    })
}

async fn declaration(client: &Client<'_>, organisation: &str) -> Value {
    let query = format!(
        "query($id: ID!) {{ node(id: $id) {{ ... on Organisation {{ {DECLARATION} }} }} }}"
    );
    let data = client.ask(&query, json!({ "id": organisation })).await;
    data["node"]["selfDeclaration"].clone()
}

#[tokio::test]
async fn a_tender_keeps_the_declaration_of_its_submission() {
    let app = TestApp::without_search().await;
    let company = app.organisations.company.to_global();
    let signatory = app.as_(Signatory);
    let id = tendering(&app, json!({ "requirements": requirements() })).await;
    let mut content = offer(&[LOT], "1000");
    content["selfDeclaration"] = json!(true);
    // The self-declaration answers the ground for exclusion.
    content["answers"] = json!([
        { "questionId": "REQ-2", "value": { "money": { "amount": "200000", "currency": "SEK" } } },
        { "questionId": "REQ-3", "value": { "number": "4" } },
    ]);
    let submit = json!({ "procurementId": id, "offer": content });
    let refused = signatory
        .mutate("submitTender", submit.clone())
        .await
        .errors;
    assert_eq!(refused[0].code, "REQUIRED");
    assert_eq!(refused[0].field, ["offer", "selfDeclaration"]);
    signatory
        .mutate("saveSelfDeclaration", input(0, "12"))
        .await
        .id();
    let conflict = signatory
        .mutate("saveSelfDeclaration", input(0, "13"))
        .await;
    assert_eq!(conflict.errors[0].code, "CONFLICT");
    signatory.mutate("submitTender", submit).await.id();
    signatory
        .mutate("saveSelfDeclaration", input(1, "40"))
        .await
        .id();
    let found = declaration(&app.as_(Clerk), &company).await;
    assert_eq!(found["revision"], 2);
    assert_eq!(found["content"]["staff"], "40");
    assert_eq!(
        found["content"]["exclusionGrounds"][0]["ground"]["code"],
        "exg-crim-corrpt"
    );
    for other in [Chair, Volunteer, Editor, Nobody, Admin] {
        assert_eq!(
            declaration(&app.as_(other), &company).await,
            Value::Null,
            "{other:?}"
        );
    }
    assert_eq!(declaration(&app.anonymous(), &company).await, Value::Null);
    app.advance(TENDERING);
    approve_opening(&app, &id).await;
    crate::policy::staged::opened(&app, &id).await;
    let tenders = "tenders(first: 1) { nodes { selfDeclaration { staff } } }";
    let found = read(&app.as_(Opener), &id, tenders).await;
    let frozen = &found["tenders"]["nodes"][0]["selfDeclaration"]["staff"];
    assert_eq!(frozen, "12");
}
