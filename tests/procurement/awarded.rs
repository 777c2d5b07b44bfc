//! Award decisions: corrected, annulled, upheld; frozen names; the record of each step.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::{chain::Event, database::chain, kernel::ids::ProcurementId};

use crate::support::{
    app::TestApp,
    cast::{NONPROFIT, Person},
    decisions::{complain, contract_input, rivalry},
    stage::{LOT, OTHER_LOT, as_opened, award_input, english, organisation_revision, time},
};

const DECISIONS: &str = "query($id: ID!) { procurement(id: $id) {
    phase awards { lotId number status }
    awardDecisions { nodes {
        id lotId number status winnerName price { amount } reason { text } correctionReason { text }
        standstillEndsAt standstillExemption annulment { cause reason { text } }
    } }
} }";

async fn read(app: &TestApp, procurement: &str) -> Value {
    let variables = json!({ "id": procurement });
    let data = app.anonymous().ask(DECISIONS, variables).await;
    data["procurement"].clone()
}

/// Returns the kinds of a procurement's chain.
async fn kinds(app: &TestApp, procurement: &str) -> Vec<String> {
    let id = ProcurementId::from_global(procurement).unwrap();
    let entries = chain::load(&app.database.pool, id).await.unwrap();
    let kind = |event: &Event| json!(event)["kind"].as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|signed| kind(&signed.parse().unwrap().event))
        .collect()
}

#[tokio::test]
async fn a_corrected_decision_stays_readable() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    rivalry.decide(&app).await;
    let mut corrected = award_input(&rivalry.procurement, &rivalry.company, LOT);
    corrected["reasons"] =
        json!([{ "tenderId": as_opened(&rivalry.nonprofit), "text": "A sum was wrong." }]);
    corrected["correctionReason"] = english("A sum was wrong.");
    let publisher = app.as_(Person::Publisher);
    publisher.mutate("decideAward", corrected).await.id();
    let found = read(&app, &rivalry.procurement).await;
    assert_eq!(
        found["awards"],
        json!([{ "lotId": LOT, "number": 2, "status": "STANDSTILL" }])
    );
    let all = found["awardDecisions"]["nodes"].as_array().unwrap();
    assert_eq!(
        (all[0]["number"].as_i64(), all[0]["status"].as_str()),
        (Some(1), Some("SUPERSEDED"))
    );
    assert_eq!(all[0]["winnerName"], NONPROFIT);
    assert_eq!(all[0]["price"]["amount"], "450000.00");
    assert_eq!(all[0]["correctionReason"], Value::Null);
    assert_eq!(all[1]["correctionReason"]["text"], "A sum was wrong.");
    assert_eq!(all[1]["price"]["amount"], "449000.00");
}

#[tokio::test]
async fn an_upheld_complaint_opens_the_lot_again() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let award = rivalry.decide(&app).await;
    let alone = award_input(&rivalry.procurement, &rivalry.company, OTHER_LOT);
    let publisher = app.as_(Person::Publisher);
    publisher.mutate("decideAward", alone).await.id();
    let found = read(&app, &rivalry.procurement).await;
    assert_eq!(found["phase"], "AWARDED");
    let second = &found["awardDecisions"]["nodes"][1];
    assert_eq!(second["standstillExemption"], "ONLY_TENDERER");
    assert_eq!(
        (&second["status"], &second["standstillEndsAt"]),
        (&json!("FINAL"), &Value::Null)
    );
    let complaint = complain(&app, &award).await;
    let review = json!({
        "complaintId": complaint, "outcome": "UPHELD", "text": english("The sum is wrong."),
        "decidedAt": time(app.now()),
    });
    publisher.mutate("recordReview", review).await.id();
    let found = read(&app, &rivalry.procurement).await;
    assert_eq!(found["phase"], "EVALUATION");
    let first = &found["awardDecisions"]["nodes"][0];
    assert_eq!(first["status"], "ANNULLED");
    assert_eq!(first["annulment"]["cause"], "REVIEW");
    assert_eq!(first["annulment"]["reason"]["text"], "The sum is wrong.");
    let again = rivalry.decide(&app).await;
    assert_eq!(read(&app, &rivalry.procurement).await["phase"], "AWARDED");
    app.advance(TimeDelta::days(25));
    let contract = contract_input(&app, &again);
    publisher.mutate("signContract", contract).await.id();
    let expected = [
        "AWARD_DECIDED",
        "AWARD_DECIDED",
        "COMPLAINT_FILED",
        "REVIEW_RECORDED",
        "AWARD_ANNULLED",
        "AWARD_DECIDED",
        "CONTRACT_SIGNED",
    ];
    let kinds = kinds(&app, &rivalry.procurement).await;
    assert_eq!(kinds[kinds.len() - expected.len()..], expected);
}

#[tokio::test]
async fn a_later_name_does_not_change_the_decision() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    rivalry.decide(&app).await;
    let id = app.organisations.nonprofit.to_global();
    let rename = json!({
        "organisationId": id, "revision": organisation_revision(&app, &id).await,
        "profile": { "name": "Föreningen Nya Namnet" },
    });
    let chair = app.as_(Person::Chair);
    chair.mutate("updateOrganisation", rename).await.id();
    let found = read(&app, &rivalry.procurement).await;
    assert_eq!(found["awardDecisions"]["nodes"][0]["winnerName"], NONPROFIT);
}

#[tokio::test]
async fn a_lot_that_ends_during_tendering_leaves_the_others() {
    let app = TestApp::without_search().await;
    let id = crate::support::stage::published(&app, "TENDERING").await;
    let end = |lot: &str| {
        json!({
            "procurementId": id, "lotId": lot, "outcome": "CANCELLED", "reasonCode": "INS_FUND",
            "reason": english("No money."),
        })
    };
    let publisher = app.as_(Person::Publisher);
    let query =
        "query($id: ID!) { procurement(id: $id) { phase lotEnds { lotId } end { reasonCode } } }";
    for (lot, phase, reason) in [
        (LOT, "TENDERING", Value::Null),
        (OTHER_LOT, "CANCELLED", json!({ "reasonCode": "INS_FUND" })),
    ] {
        publisher.mutate("endLot", end(lot)).await.id();
        let data = app.anonymous().ask(query, json!({ "id": id })).await;
        assert_eq!(data["procurement"]["phase"], phase);
        assert_eq!(data["procurement"]["end"], reason);
    }
}
