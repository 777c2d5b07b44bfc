//! Award decisions, complaints, contracts and ends of lots.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{AwardId, ComplaintId, TenderId};

use super::{check, with};
use crate::{
    policy::Scenes,
    support::{
        app::{TestApp, eventually},
        cast::Person::{Chair, Opener, Publisher, Signatory, Stranger},
        decisions::{complain, complaint_input, contract_input, rivalry},
        stage::{
            LOT, OTHER_LOT, TENDERING, award_input, draft, english, opened, published,
            tender_input, time,
        },
    },
};

/// Time after which every standstill of the tests is over.
const STANDSTILL: TimeDelta = TimeDelta::days(25);

fn long() -> Value {
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
    let input = with(tender_input(&id), json!({ "lotIds": [LOT] }));
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
    app.as_(Opener)
        .mutate("openTenders", json!({ "procurementId": id }))
        .await
        .id();
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

#[tokio::test]
async fn sign_contract() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let award = rivalry.decide(&app).await;
    let complaint = complain(&app, &award).await;
    let none = with(
        contract_input(&app, &award),
        json!({ "awardId": AwardId::new().to_global() }),
    );
    let early = contract_input(&app, &award);
    let cases = vec![
        (
            "no such decision",
            Some(Publisher),
            none,
            "NOT_FOUND",
            "awardId",
        ),
        (
            "under review",
            Some(Publisher),
            early.clone(),
            "AWARD_SUSPENDED",
            "awardId",
        ),
    ];
    check(&app, "signContract", cases).await;
    let review = review_input(&app, &complaint, "SETTLED");
    app.as_(Publisher).mutate("recordReview", review).await.id();
    let case = (
        "during the standstill",
        Some(Publisher),
        early,
        "DEADLINE_NOT_PASSED",
        "awardId",
    );
    check(&app, "signContract", vec![case]).await;
    app.advance(STANDSTILL);
    let input = contract_input(&app, &award);
    let change = |changes: Value| with(input.clone(), changes);
    let money = |amount: &str, currency: &str| json!({ "value": { "amount": amount, "currency": currency } });
    let at = |at| json!({ "signedAt": time(at) });
    let (past, future) = (app.now() - STANDSTILL, app.now() + TimeDelta::hours(1));
    let cases = vec![
        (
            "a negative value",
            Some(Publisher),
            change(money("-1", "SEK")),
            "OUT_OF_RANGE",
            "value.amount",
        ),
        (
            "no currency",
            Some(Publisher),
            change(money("1", "kr")),
            "INVALID",
            "value.currency",
        ),
        (
            "signed early",
            Some(Publisher),
            change(at(past)),
            "OUT_OF_RANGE",
            "signedAt",
        ),
        (
            "signed in the future",
            Some(Publisher),
            change(at(future)),
            "OUT_OF_RANGE",
            "signedAt",
        ),
        (
            "it ends before it begins",
            Some(Publisher),
            change(json!({ "endsAt": "2020-01-01" })),
            "OUT_OF_RANGE",
            "endsAt",
        ),
        (
            "a long number",
            Some(Publisher),
            change(json!({ "number": "x".repeat(101) })),
            "TOO_LONG",
            "number",
        ),
    ];
    check(&app, "signContract", cases).await;
    app.as_(Publisher)
        .mutate("signContract", input.clone())
        .await
        .id();
    let case = ("twice", Some(Publisher), input, "ALREADY_DONE", "awardId");
    check(&app, "signContract", vec![case]).await;
}

fn review_input(app: &TestApp, complaint: &str, outcome: &str) -> Value {
    json!({
        "complaintId": complaint, "outcome": outcome, "text": english("As the court says."),
        "decidedAt": time(app.now()),
    })
}

#[tokio::test]
async fn file_complaint() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let award = rivalry.decide(&app).await;
    let input = complaint_input(&award);
    let change = |changes: Value| with(input.clone(), changes);
    let cases = vec![
        (
            "no such decision",
            Some(Signatory),
            change(json!({ "awardId": AwardId::new().to_global() })),
            "NOT_FOUND",
            "awardId",
        ),
        (
            "as the winner",
            Some(Chair),
            input.clone(),
            "INVALID",
            "awardId",
        ),
        (
            "no title",
            Some(Signatory),
            change(json!({ "title": "" })),
            "REQUIRED",
            "title",
        ),
        (
            "a long title",
            Some(Signatory),
            change(json!({ "title": "x".repeat(401) })),
            "TOO_LONG",
            "title",
        ),
        (
            "no text",
            Some(Signatory),
            change(json!({ "text": "…" })),
            "REQUIRED",
            "text",
        ),
        (
            "a long text",
            Some(Signatory),
            change(json!({ "text": "x".repeat(20_001) })),
            "TOO_LONG",
            "text",
        ),
    ];
    check(&app, "fileComplaint", cases).await;
    complain(&app, &award).await;
    let case = (
        "twice",
        Some(Signatory),
        input.clone(),
        "ALREADY_DONE",
        "awardId",
    );
    check(&app, "fileComplaint", vec![case]).await;
    let corrected = with(
        rivalry.decision(),
        json!({ "correctionReason": english("A wrong sum.") }),
    );
    let second = app
        .as_(Publisher)
        .mutate("decideAward", corrected)
        .await
        .id();
    let case = (
        "about a replaced decision",
        Some(Signatory),
        input,
        "AWARD_NOT_IN_FORCE",
        "awardId",
    );
    check(&app, "fileComplaint", vec![case]).await;
    app.advance(STANDSTILL);
    let late = complaint_input(&second);
    let case = (
        "after the standstill",
        Some(Signatory),
        late,
        "DEADLINE_PASSED",
        "awardId",
    );
    check(&app, "fileComplaint", vec![case]).await;
    let of_winner = with(
        award_input(&rivalry.procurement, &rivalry.company, OTHER_LOT),
        json!({ "reasons": null }),
    );
    let alone = app
        .as_(Publisher)
        .mutate("decideAward", of_winner)
        .await
        .id();
    let other = (
        "not a tenderer of the lot",
        Some(Chair),
        complaint_input(&alone),
        "INVALID",
        "awardId",
    );
    check(&app, "fileComplaint", vec![other]).await;
}

#[tokio::test]
async fn answer_complaint_and_record_review() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let award = rivalry.decide(&app).await;
    let complaint = complain(&app, &award).await;
    let none = ComplaintId::new().to_global();
    let answer = |id: &str, text: &str| json!({ "complaintId": id, "text": text });
    let cases = vec![
        (
            "no such complaint",
            Some(Publisher),
            answer(&none, "No."),
            "NOT_FOUND",
            "complaintId",
        ),
        (
            "no text",
            Some(Publisher),
            answer(&complaint, ""),
            "REQUIRED",
            "text",
        ),
    ];
    check(&app, "answerComplaint", cases).await;
    let said = answer(&complaint, "No.");
    app.as_(Publisher)
        .mutate("answerComplaint", said.clone())
        .await
        .id();
    let case = (
        "twice",
        Some(Publisher),
        said,
        "ALREADY_DONE",
        "complaintId",
    );
    check(&app, "answerComplaint", vec![case]).await;
    let input = review_input(&app, &complaint, "DISMISSED");
    let change = |changes: Value| with(input.clone(), changes);
    let at = |at| json!({ "decidedAt": time(at) });
    let (past, future) = (
        app.now() - TimeDelta::days(1),
        app.now() + TimeDelta::hours(1),
    );
    let cases = vec![
        (
            "no such complaint",
            Some(Publisher),
            change(json!({ "complaintId": none })),
            "NOT_FOUND",
            "complaintId",
        ),
        (
            "no text",
            Some(Publisher),
            change(json!({ "text": [] })),
            "REQUIRED",
            "text",
        ),
        (
            "before the complaint",
            Some(Publisher),
            change(at(past)),
            "OUT_OF_RANGE",
            "decidedAt",
        ),
        (
            "in the future",
            Some(Publisher),
            change(at(future)),
            "OUT_OF_RANGE",
            "decidedAt",
        ),
    ];
    check(&app, "recordReview", cases).await;
    app.as_(Publisher)
        .mutate("recordReview", input.clone())
        .await
        .id();
    let case = (
        "twice",
        Some(Publisher),
        input,
        "ALREADY_DONE",
        "complaintId",
    );
    check(&app, "recordReview", vec![case]).await;
}

fn end_input(procurement: &str, lot: &str) -> Value {
    json!({
        "procurementId": procurement, "lotId": lot, "outcome": "CANCELLED",
        "reasonCode": "CHAN_NEED", "reason": english("The school closes."),
    })
}

#[tokio::test]
async fn end_lot() {
    let app = TestApp::without_search().await;
    let rivalry = rivalry(&app).await;
    let award = rivalry.decide(&app).await;
    let id = &rivalry.procurement;
    let input = end_input(id, OTHER_LOT);
    let change = |changes: Value| with(input.clone(), changes);
    let upcoming = end_input(&published(&app, "UPCOMING").await, LOT);
    let running = end_input(&published(&app, "TENDERING").await, LOT);
    let unsuccessful = with(running.clone(), json!({ "outcome": "UNSUCCESSFUL" }));
    let cases = vec![
        (
            "before tendering",
            Some(Publisher),
            upcoming,
            "WRONG_PHASE",
            "outcome",
        ),
        (
            "no tender could win yet",
            Some(Publisher),
            unsuccessful,
            "WRONG_PHASE",
            "outcome",
        ),
        (
            "no such lot",
            Some(Publisher),
            change(json!({ "lotId": "LOT-9999" })),
            "NOT_FOUND",
            "lotId",
        ),
        (
            "an awarded lot",
            Some(Publisher),
            end_input(id, LOT),
            "ALREADY_DONE",
            "lotId",
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
    ];
    check(&app, "endLot", cases).await;
    let end = |phase: &str, code: Option<&str>| {
        json!({
            "procurementId": id, "phase": phase, "reasonCode": code, "reason": english("Over."),
        })
    };
    let whole = end("CANCELLED", Some("CHAN_NEED"));
    let case = (
        "a decision is in force",
        Some(Publisher),
        whole,
        "WRONG_PHASE",
        "phase",
    );
    check(&app, "endProcurement", vec![case]).await;
    app.as_(Publisher)
        .mutate("endLot", input.clone())
        .await
        .id();
    let complete = end("COMPLETE", None);
    let case = (
        "during the standstill",
        Some(Publisher),
        complete.clone(),
        "DEADLINE_NOT_PASSED",
        "phase",
    );
    check(&app, "endProcurement", vec![case]).await;
    complain(&app, &award).await;
    let case = (
        "under review",
        Some(Publisher),
        complete,
        "AWARD_SUSPENDED",
        "phase",
    );
    check(&app, "endProcurement", vec![case]).await;
    // Tenders are not for lots that ended.
    app.as_(Publisher)
        .mutate("endLot", running.clone())
        .await
        .id();
    let case = (
        "twice",
        Some(Publisher),
        running.clone(),
        "ALREADY_DONE",
        "lotId",
    );
    check(&app, "endLot", vec![case]).await;
    let offer = tender_input(running["procurementId"].as_str().unwrap());
    let case = (
        "a lot that ended",
        Some(Signatory),
        offer,
        "ALREADY_DONE",
        "lotIds",
    );
    check(&app, "submitTender", vec![case]).await;
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
