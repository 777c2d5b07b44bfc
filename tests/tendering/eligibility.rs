//! `Procurement.eligibility` states what the submission would refuse.

use serde_json::{Value, json};

use super::{read, tendering};
use crate::support::{
    app::TestApp,
    cast::Person::{self, Both, Chair, Clerk, Editor, Nobody, Signatory},
    client::Client,
    stage::{LOT, OTHER_LOT, TENDERING, draft, lot_tender_input, published},
    statements::statements_of,
};

const ELIGIBILITY: &str = "eligibility { canSubmit reasons { code lotId } }";

/// Returns whether a tender may be submitted, and the codes of the reasons with their lots.
async fn eligibility(client: &Client<'_>, id: &str) -> (bool, Vec<(String, Value)>) {
    let found = read(client, id, ELIGIBILITY).await["eligibility"].clone();
    let reasons = found["reasons"].as_array().unwrap().iter();
    let reason = |one: &Value| {
        (
            one["code"].as_str().unwrap().to_owned(),
            one["lotId"].clone(),
        )
    };
    (found["canSubmit"] == true, reasons.map(reason).collect())
}

fn whole(code: &str) -> (String, Value) {
    (code.to_owned(), Value::Null)
}

#[tokio::test]
async fn each_kind_of_actor_reads_its_own_reasons() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let of = app.organisations;
    for (client, expected) in [
        (app.as_(Signatory), None),
        (app.as_(Chair), None),
        (app.acting_for(Both, of.company), None),
        (app.as_(Clerk), Some("NOT_ALLOWED")),
        (app.as_(Editor), Some("NOT_ALLOWED")),
        (app.as_(Nobody), Some("NO_ORGANISATION")),
        (app.anonymous(), Some("NOT_AUTHENTICATED")),
    ] {
        let (can, reasons) = eligibility(&client, &id).await;
        let expected: Vec<_> = expected.into_iter().map(whole).collect();
        assert_eq!((can, &reasons), (expected.is_empty(), &expected));
    }
    let signatory = app.as_(Signatory);
    let upcoming = published(&app, "UPCOMING").await;
    let early = (false, vec![whole("WRONG_PHASE")]);
    assert_eq!(eligibility(&signatory, &upcoming).await, early);
    let editor = app.as_(Editor);
    let unpublished = draft(&app).await;
    let (can, reasons) = eligibility(&editor, &unpublished).await;
    assert!(
        !can && reasons.contains(&whole("WRONG_PHASE")),
        "{reasons:?}"
    );
    app.advance(TENDERING);
    let late = (false, vec![whole("DEADLINE_PASSED")]);
    assert_eq!(eligibility(&signatory, &id).await, late);
}

#[tokio::test]
async fn reasons_of_single_lots_name_the_lot() {
    let app = TestApp::without_search().await;
    let id = tendering(&app, json!({ "maxLotsPerTenderer": 1 })).await;
    let signatory = app.as_(Signatory);
    assert_eq!(eligibility(&signatory, &id).await, (true, vec![]));
    let submit = |lot: &str| lot_tender_input(&id, lot);
    signatory.mutate("submitTender", submit(LOT)).await.id();
    let other = ("OUT_OF_RANGE".to_owned(), json!(OTHER_LOT));
    assert_eq!(eligibility(&signatory, &id).await, (true, vec![other]));
    let refused = signatory.mutate("submitTender", submit(OTHER_LOT)).await;
    assert_eq!(refused.errors[0].code, "OUT_OF_RANGE");
    // The same lot may be offered again.
    signatory.mutate("submitTender", submit(LOT)).await.id();
}

#[tokio::test]
async fn eligibility_of_many_procurements_takes_a_fixed_number_of_statements() {
    let app = TestApp::without_workers().await;
    let mut ids = Vec::new();
    for _ in 0..50 {
        ids.push(published(&app, "TENDERING").await);
    }
    let query = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Procurement {{ id {ELIGIBILITY} }} }} }}"
    );
    let mut costs = Vec::new();
    for count in [2, 50] {
        let variables = json!({ "ids": ids[..count] });
        let (cost, data) = statements_of(&app, Person::Signatory, &query, variables).await;
        let nodes = data["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), count);
        assert!(
            nodes
                .iter()
                .all(|node| node["eligibility"]["canSubmit"] == true)
        );
        costs.push(cost);
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].values().sum::<usize>() <= 6, "{:#?}", costs[0]);
}
