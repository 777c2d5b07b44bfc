//! Awarding.

use serde_json::{Value, json};
use torg::kernel::ids::TenderId;

use super::{check, with};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person::{Publisher, Signatory, Stranger},
    stage::{
        LOT, OTHER_LOT, TENDERING, approve_opening, award_input, draft, english, opened, published,
        tender_input,
    },
};

#[tokio::test]
async fn award_procurement() {
    let app = TestApp::without_search().await;
    let (id, sent) = opened(&app).await;
    let input = award_input(&id, &sent, LOT);
    let change = |changes: Value| with(input.clone(), changes);
    let none = TenderId::new().to_global();
    let early = award_input(&published(&app, "TENDERING").await, &sent, LOT);
    check(
        &app,
        "awardProcurement",
        vec![
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
                award_input(&draft(&app).await, &sent, LOT),
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
                change(json!({ "reason": english(&"x".repeat(20_001)) })),
                "TOO_LONG",
                "reason",
            ),
        ],
    )
    .await;
    app.as_(Publisher)
        .mutate("awardProcurement", input.clone())
        .await
        .id();
    check(
        &app,
        "awardProcurement",
        vec![("twice", Some(Publisher), input, "ALREADY_DONE", "lotId")],
    )
    .await;
}

/// A tender can win only the lots it is for, and only after the opening.
#[tokio::test]
async fn award_procurement_knows_what_was_offered() {
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
    check(&app, "awardProcurement", vec![unopened]).await;
    approve_opening(&app, &id).await;
    let answer = eventually("the tenders are opened", async || {
        let answer = app
            .as_(Publisher)
            .mutate("awardProcurement", award_input(&id, &sent, OTHER_LOT))
            .await;
        (answer.errors[0].code != "NOT_OPENED").then_some(answer)
    });
    let errors = answer.await.errors;
    assert_eq!(
        (errors[0].code.as_str(), &errors[0].field),
        ("INVALID", &vec!["tenderId".to_owned()])
    );
    let unknown = with(award_input(&id, &sent, LOT), json!({ "lotId": "LOT-9999" }));
    let answer = app.as_(Publisher).mutate("awardProcurement", unknown).await;
    assert_eq!(
        (
            answer.errors[0].code.as_str(),
            answer.errors[0].field[0].as_str()
        ),
        ("NOT_FOUND", "lotId")
    );
}
