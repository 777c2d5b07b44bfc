//! Complaints, contracts and ends of lots.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{AwardId, ComplaintId};

use super::{
    award::{STANDSTILL, long},
    check, with,
};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Publisher, Signatory},
    decisions::{complain, complaint_input, contract_input, rivalry},
    stage::{LOT, OTHER_LOT, award_input, english, published, tender_input, time},
};

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

pub fn review_input(app: &TestApp, complaint: &str, outcome: &str) -> Value {
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

pub fn end_input(procurement: &str, lot: &str) -> Value {
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
    let case = ("a lot that ended", Some(Signatory), offer, "LOT_CLOSED", "");
    check(&app, "submitTender", vec![case]).await;
}
