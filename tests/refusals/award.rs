//! Award decisions, and the scenes of all their steps.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{AwardId, TenderId};

use super::{
    check,
    contract::{end_input, review_input},
    with,
};
use crate::{
    policy::Scenes,
    support::{
        app::{TestApp, eventually},
        cast::Person::{Chair, Publisher, Signatory, Stranger},
        decisions::{complain, complaint_input, contract_input, rivalry},
        stage::{
            LOT, OTHER_LOT, TENDERING, approve_opening, award_input, draft, english,
            lot_tender_input, opened, published,
        },
    },
};

/// Time after which every standstill of the tests is over.
pub const STANDSTILL: TimeDelta = TimeDelta::days(25);

pub fn long() -> Value {
    english(&"x".repeat(20_001))
}

#[tokio::test]
async fn decide_award() {
    let app = TestApp::without_search().await;
    let (id, sent) = opened(&app).await;
    let input = award_input(&id, &sent, LOT);
    let change = |changes: Value| with(input.clone(), changes);
    let none = TenderId::new().to_global();
    let early = award_input(&published(&app, "TENDERING").await, &sent, LOT);
    let hidden = award_input(&draft(&app).await, &sent, LOT);
    let cases = vec![
        (
            "before the deadline",
            Some(Publisher),
            early,
            "WRONG_PHASE",
            "",
        ),
        (
            "a draft of another buyer",
            Some(Stranger),
            hidden,
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "no such tender",
            Some(Publisher),
            change(json!({ "tenderId": none })),
            "NOT_FOUND",
            "tenderId",
        ),
        (
            "no reason",
            Some(Publisher),
            change(json!({ "reason": [] })),
            "REQUIRED",
            "reason",
        ),
        (
            "a long reason",
            Some(Publisher),
            change(json!({ "reason": long() })),
            "TOO_LONG",
            "reason",
        ),
        (
            "a reason to no tenderer",
            Some(Publisher),
            change(json!({ "reasons": [{ "tenderId": none, "text": "Why?" }] })),
            "NOT_FOUND",
            "reasons.0.tenderId",
        ),
        (
            "a malformed tender",
            Some(Publisher),
            change(json!({ "reasons": [{ "tenderId": "x", "text": "Why?" }] })),
            "NOT_FOUND",
            "reasons.0.tenderId",
        ),
    ];
    check(&app, "decideAward", cases).await;
    app.as_(Publisher)
        .mutate("decideAward", input.clone())
        .await
        .id();
    let again = change(json!({ "correctionReason": long() }));
    let cases = vec![
        (
            "twice",
            Some(Publisher),
            input.clone(),
            "ALREADY_DONE",
            "correctionReason",
        ),
        (
            "a long correction",
            Some(Publisher),
            again,
            "TOO_LONG",
            "correctionReason",
        ),
    ];
    check(&app, "decideAward", cases).await;
    let corrected = change(json!({ "correctionReason": english("A wrong sum.") }));
    let award = app
        .as_(Publisher)
        .mutate("decideAward", corrected.clone())
        .await
        .id();
    let contract = contract_input(&app, &award);
    app.as_(Publisher)
        .mutate("signContract", contract)
        .await
        .id();
    let case = (
        "after the contract",
        Some(Publisher),
        corrected,
        "ALREADY_DONE",
        "lotId",
    );
    check(&app, "decideAward", vec![case]).await;
}

/// A tender can win only the lots it is for, and only after the opening.
#[tokio::test]
async fn decision_knows_what_was_offered() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let input = lot_tender_input(&id, LOT);
    let sent = app.as_(Signatory).mutate("submitTender", input).await.id();
    app.advance(TENDERING);
    let unopened = (
        "not opened",
        Some(Publisher),
        award_input(&id, &sent, LOT),
        "NOT_OPENED",
        "",
    );
    check(&app, "decideAward", vec![unopened]).await;
    approve_opening(&app, &id).await;
    let answer = eventually("the tenders are opened", async || {
        let answer = app
            .as_(Publisher)
            .mutate("decideAward", award_input(&id, &sent, OTHER_LOT))
            .await;
        (answer.errors[0].code != "NOT_OPENED").then_some(answer)
    });
    let errors = answer.await.errors;
    assert_eq!(
        (errors[0].code.as_str(), &errors[0].field),
        ("INVALID", &vec!["tenderId".to_owned()])
    );
    let unknown = with(award_input(&id, &sent, LOT), json!({ "lotId": "LOT-9999" }));
    let end = end_input(&id, OTHER_LOT);
    app.as_(Publisher).mutate("endLot", end).await.id();
    let ended = award_input(&id, &sent, OTHER_LOT);
    let answer = app.as_(Publisher).mutate("decideAward", ended).await;
    let codes: Vec<&str> = answer.errors.iter().map(|error| &*error.code).collect();
    assert_eq!(codes, ["ALREADY_DONE", "INVALID"]);
    let cases = vec![(
        "no such lot",
        Some(Publisher),
        unknown,
        "NOT_FOUND",
        "lotId",
    )];
    check(&app, "decideAward", cases).await;
}

#[tokio::test]
async fn decision_needs_a_reason_to_each_tenderer() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let input = rivalry.decision();
    let reason = |changes: Value| {
        let reason = with(input["reasons"][0].clone(), changes);
        with(input.clone(), json!({ "reasons": [reason] }))
    };
    let score = |points: &str| json!({ "ownScores": [{ "criterionId": "AWC-9", "points": points, "motive": "Fine." }] });
    let twice = json!([input["reasons"][0], input["reasons"][0]]);
    let cases = vec![
        (
            "no reason to a tenderer",
            Some(Publisher),
            with(input.clone(), json!({ "reasons": null })),
            "REQUIRED",
            "reasons",
        ),
        (
            "two reasons to one",
            Some(Publisher),
            with(input.clone(), json!({ "reasons": twice })),
            "INVALID",
            "reasons.1.tenderId",
        ),
        (
            "an empty reason",
            Some(Publisher),
            reason(json!({ "text": " " })),
            "REQUIRED",
            "reasons.0.text",
        ),
        (
            "rank 0",
            Some(Publisher),
            reason(json!({ "rank": 0 })),
            "OUT_OF_RANGE",
            "reasons.0.rank",
        ),
        (
            "no such criterion",
            Some(Publisher),
            reason(score("10")),
            "NOT_FOUND",
            "reasons.0.ownScores.0.criterionId",
        ),
    ];
    check(&app, "decideAward", cases).await;
}

#[tokio::test]
async fn annul_and_refuse_award() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let award = rivalry.decide(&app).await;
    let input = json!({ "awardId": award, "reason": english("A wrong sum.") });
    let none = with(
        input.clone(),
        json!({ "awardId": AwardId::new().to_global() }),
    );
    let empty = with(input.clone(), json!({ "reason": [] }));
    for (mutation, person) in [("annulAward", Publisher), ("refuseAward", Chair)] {
        let cases = vec![
            (
                "no such decision",
                Some(person),
                none.clone(),
                "NOT_FOUND",
                "awardId",
            ),
            (
                "no reason",
                Some(person),
                empty.clone(),
                "REQUIRED",
                "reason",
            ),
        ];
        check(&app, mutation, cases).await;
    }
    let loser = (
        "as another tenderer",
        Some(Signatory),
        input.clone(),
        "NOT_FOUND",
        "awardId",
    );
    check(&app, "refuseAward", vec![loser]).await;
    app.as_(Chair)
        .mutate("refuseAward", input.clone())
        .await
        .id();
    for (mutation, person) in [("annulAward", Publisher), ("refuseAward", Chair)] {
        let case = (
            "twice",
            Some(person),
            input.clone(),
            "AWARD_NOT_IN_FORCE",
            "awardId",
        );
        check(&app, mutation, vec![case]).await;
    }
    let second = rivalry.decide(&app).await;
    app.advance(STANDSTILL);
    let contract = contract_input(&app, &second);
    app.as_(Publisher)
        .mutate("signContract", contract)
        .await
        .id();
    let signed = with(input, json!({ "awardId": second }));
    for (mutation, person) in [("annulAward", Publisher), ("refuseAward", Chair)] {
        let case = (
            "after the contract",
            Some(person),
            signed.clone(),
            "ALREADY_DONE",
            "awardId",
        );
        check(&app, mutation, vec![case]).await;
    }
}

/// The input with which the policy matrix calls a mutation of awards. It is refused for no other
/// reason than who calls it.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let input = match mutation {
        "decideAward" => {
            let (id, sent) = &scenes.opened;
            let correction = json!({ "correctionReason": english("A wrong sum.") });
            with(award_input(id, sent, LOT), correction)
        }
        "endLot" => end_input(&published(app, "TENDERING").await, LOT),
        "annulAward" => json!({ "awardId": awarded(scenes).await, "reason": english("Why.") }),
        "refuseAward" => json!({ "awardId": awarded(scenes).await, "reason": english("Why.") }),
        "signContract" => contract_input(app, &awarded(scenes).await),
        "fileComplaint" => complaint_input(&contested(scenes).await),
        "answerComplaint" => {
            json!({ "complaintId": complain(app, &contested(scenes).await).await, "text": "No." })
        }
        "recordReview" => {
            let complaint = complain(app, &contested(scenes).await).await;
            review_input(app, &complaint, "DISMISSED")
        }
        _ => return None,
    };
    Some(input)
}

/// Decides that a lot goes to its only tenderer, the company; returns the ID of the decision.
async fn awarded(scenes: &Scenes<'_>) -> String {
    let (id, sent) = opened(scenes.app).await;
    let publisher = scenes.app.as_(Publisher);
    let input = award_input(&id, &sent, LOT);
    publisher.mutate("decideAward", input).await.id()
}

/// Decides between two tenderers; returns the ID of the decision, whose standstill lasts.
async fn contested(scenes: &Scenes<'_>) -> String {
    rivalry(scenes.app).await.decide(scenes.app).await
}
