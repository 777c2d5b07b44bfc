//! Submitting, withdrawing, opening.

use serde_json::json;
use torg::kernel::ids::{ProcurementId, TenderId};

use super::{check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Editor, Opener, Publisher, Signatory, Stranger},
    stage::{LOT, TENDERING, draft, published, tender, tender_input},
};

#[tokio::test]
async fn submit_tender() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let input = tender_input(&id);
    let change = |changes| with(input.clone(), changes);
    let price = |amount: &str, currency: &str| {
        change(json!({ "price": { "amount": amount, "currency": currency } }))
    };
    let early = tender_input(&published(&app, "UPCOMING").await);
    check(
        &app,
        "submitTender",
        vec![
            (
                "a draft",
                Some(Signatory),
                tender_input(&draft(&app).await),
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "before tendering",
                Some(Signatory),
                early,
                "WRONG_PHASE",
                "",
            ),
            (
                "no lot",
                Some(Signatory),
                change(json!({ "lotIds": [] })),
                "REQUIRED",
                "lotIds",
            ),
            (
                "no such lot",
                Some(Signatory),
                change(json!({ "lotIds": [LOT, "X"] })),
                "NOT_FOUND",
                "lotIds.1",
            ),
            (
                "a lot twice",
                Some(Signatory),
                change(json!({ "lotIds": [LOT, LOT] })),
                "INVALID",
                "lotIds.1",
            ),
            (
                "a negative price",
                Some(Signatory),
                price("-0.01", "SEK"),
                "OUT_OF_RANGE",
                "price.amount",
            ),
            (
                "no currency",
                Some(Signatory),
                price("1", "kr"),
                "INVALID",
                "price.currency",
            ),
            (
                "an empty offer",
                Some(Signatory),
                change(json!({ "text": " " })),
                "REQUIRED",
                "text",
            ),
            (
                "a long offer",
                Some(Signatory),
                change(json!({ "text": "å".repeat(100_001) })),
                "TOO_LONG",
                "text",
            ),
        ],
    )
    .await;
    app.advance(TENDERING);
    check(
        &app,
        "submitTender",
        vec![(
            "late",
            Some(Signatory),
            input.clone(),
            "DEADLINE_PASSED",
            "",
        )],
    )
    .await;
    let rows: i64 = sqlx::query_scalar("select count(*) from tender")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_price_is_in_the_lots_currency() {
    let app = TestApp::without_search().await;
    let lots = json!([{ "lotId": LOT, "value": { "max": "5", "currency": "EUR" } }]);
    let content = crate::support::stage::content_with(&app, json!({ "lots": lots }));
    let id = app
        .as_(Editor)
        .mutate("createProcurement", json!({ "content": content }))
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    let input = with(tender_input(&id), json!({ "lotIds": [LOT] }));
    let case = (
        "another currency",
        Some(Signatory),
        input,
        "INVALID",
        "price.currency",
    );
    check(&app, "submitTender", vec![case]).await;
}

#[tokio::test]
async fn withdraw_tender() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let withdrawn = json!({ "tenderId": tender(&app, &id).await });
    let input = json!({ "tenderId": tender(&app, &id).await });
    app.as_(Signatory)
        .mutate("withdrawTender", withdrawn.clone())
        .await
        .id();
    let none = json!({ "tenderId": TenderId::new().to_global() });
    check(
        &app,
        "withdrawTender",
        vec![
            (
                "another supplier",
                Some(Chair),
                input.clone(),
                "NOT_FOUND",
                "tenderId",
            ),
            (
                "no such tender",
                Some(Signatory),
                none,
                "NOT_FOUND",
                "tenderId",
            ),
            ("twice", Some(Signatory), withdrawn, "ALREADY_DONE", ""),
        ],
    )
    .await;
    app.advance(TENDERING);
    check(
        &app,
        "withdrawTender",
        vec![("late", Some(Signatory), input, "DEADLINE_PASSED", "")],
    )
    .await;
}

#[tokio::test]
async fn open_tenders() {
    let app = TestApp::without_search().await;
    let of = |id: String| json!({ "procurementId": id });
    let input = of(published(&app, "TENDERING").await);
    check(
        &app,
        "openTenders",
        vec![
            (
                "a draft of another buyer",
                Some(Stranger),
                of(draft(&app).await),
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "no such procurement",
                Some(Opener),
                of(ProcurementId::new().to_global()),
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "before tendering",
                Some(Opener),
                of(published(&app, "UPCOMING").await),
                "WRONG_PHASE",
                "",
            ),
            (
                "too early",
                Some(Opener),
                input.clone(),
                "DEADLINE_NOT_PASSED",
                "",
            ),
        ],
    )
    .await;
    app.advance(TENDERING);
    app.as_(Opener)
        .mutate("openTenders", input.clone())
        .await
        .id();
    check(
        &app,
        "openTenders",
        vec![("twice", Some(Opener), input, "ALREADY_DONE", "")],
    )
    .await;
}
