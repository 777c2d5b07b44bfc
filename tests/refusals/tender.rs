//! Submitting, withdrawing and opening tenders; interest in joint bids.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{OwnTenderId, ProcurementId};

use super::{check, with};
use crate::{
    policy::Scenes,
    support::{
        app::TestApp,
        cast::Person::{Chair, Editor, Nobody, Opener, Publisher, Signatory, Stranger, Witness},
        stage::{
            LOT, TENDERING, draft, english, lot_tender_input, opened, published, tender,
            tender_input,
        },
    },
};

#[tokio::test]
async fn submit_tender() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let input = tender_input(&id);
    let change = |changes: Value| {
        let offer = with(input["offer"].clone(), changes);
        with(input.clone(), json!({ "offer": offer }))
    };
    let lot = |lot: &str, amount: &str, currency: &str| json!({ "lotId": lot, "price": { "amount": amount, "currency": currency } });
    let price =
        |amount: &str, currency: &str| change(json!({ "lots": [lot(LOT, amount, currency)] }));
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
                change(json!({ "lots": [] })),
                "REQUIRED",
                "offer.lots",
            ),
            (
                "no such lot",
                Some(Signatory),
                change(json!({ "lots": [lot(LOT, "1", "SEK"), lot("X", "1", "SEK")] })),
                "NOT_FOUND",
                "offer.lots.1.lotId",
            ),
            (
                "a lot twice",
                Some(Signatory),
                change(json!({ "lots": [lot(LOT, "1", "SEK"), lot(LOT, "1", "SEK")] })),
                "DUPLICATE",
                "offer.lots.1.lotId",
            ),
            (
                "a negative price",
                Some(Signatory),
                price("-0.01", "SEK"),
                "OUT_OF_RANGE",
                "offer.lots.0.price.amount",
            ),
            (
                "no currency",
                Some(Signatory),
                price("1", "kr"),
                "INVALID",
                "offer.lots.0.price.currency",
            ),
            (
                "an empty offer",
                Some(Signatory),
                change(json!({ "text": " " })),
                "REQUIRED",
                "offer.text",
            ),
            (
                "a long offer",
                Some(Signatory),
                change(json!({ "text": "å".repeat(100_001) })),
                "TOO_LONG",
                "offer.text",
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
    let input = lot_tender_input(&id, LOT);
    let case = (
        "another currency",
        Some(Signatory),
        input,
        "WRONG_CURRENCY",
        "offer.lots.0.price.currency",
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
    let none = json!({ "tenderId": OwnTenderId::new().to_global() });
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
    let cancel = |case, code, field| (case, Some(Opener), input.clone(), code, field);
    let nothing = cancel("not requested", "NOT_FOUND", "procurementId");
    check(&app, "cancelOpening", vec![nothing]).await;
    app.as_(Opener)
        .mutate("openTenders", input.clone())
        .await
        .id();
    let alone = ("alone", Some(Opener), input.clone(), "SAME_PERSON", "");
    check(&app, "openTenders", vec![alone]).await;
    app.as_(Witness)
        .mutate("openTenders", input.clone())
        .await
        .id();
    let twice = ("twice", Some(Opener), input.clone(), "ALREADY_DONE", "");
    check(&app, "openTenders", vec![twice]).await;
    let late = cancel("confirmed", "ALREADY_DONE", "");
    check(&app, "cancelOpening", vec![late]).await;
}

#[tokio::test]
async fn interest_in_joint_bids() {
    let app = TestApp::without_search().await;
    let upcoming = published(&app, "UPCOMING").await;
    let declare = |id: &str| json!({ "procurementId": id, "wish": "LOOKING_FOR_PARTNERS", "text": english("We drive.") });
    let input = declare(&upcoming);
    let but = |changes: Value| with(input.clone(), changes);
    let hidden = declare(&draft(&app).await);
    let cases = vec![
        (
            "not signed in",
            None,
            input.clone(),
            "NOT_AUTHENTICATED",
            "",
        ),
        ("a buyer", Some(Editor), input.clone(), "NOT_ALLOWED", ""),
        (
            "of no organisation",
            Some(Nobody),
            input.clone(),
            "NOT_ALLOWED",
            "",
        ),
        (
            "a draft",
            Some(Signatory),
            hidden,
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "no text",
            Some(Signatory),
            but(json!({ "text": [] })),
            "REQUIRED",
            "text",
        ),
        (
            "a long text",
            Some(Signatory),
            but(json!({ "text": english(&"x".repeat(10_001)) })),
            "TOO_LONG",
            "text",
        ),
    ];
    check(&app, "declareJointBidInterest", cases).await;
    let withdraw = json!({ "procurementId": upcoming });
    let cases = vec![
        (
            "not signed in",
            None,
            withdraw.clone(),
            "NOT_AUTHENTICATED",
            "",
        ),
        ("a buyer", Some(Editor), withdraw.clone(), "NOT_ALLOWED", ""),
        (
            "none declared",
            Some(Signatory),
            withdraw,
            "ALREADY_DONE",
            "",
        ),
    ];
    check(&app, "withdrawJointBidInterest", cases).await;
    let (over, _) = opened(&app).await;
    let cases = vec![(
        "after the deadline",
        Some(Signatory),
        declare(&over),
        "WRONG_PHASE",
        "",
    )];
    check(&app, "declareJointBidInterest", cases).await;
}

/// The input with which the policy matrix calls a mutation of tenders. It is refused for no other
/// reason than who calls it.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let input = match mutation {
        "submitTender" => tender_input(&published(app, "TENDERING").await),
        "saveTenderDraft" => {
            let id = published(app, "TENDERING").await;
            json!({ "procurementId": id, "revision": 0, "offer": tender_input(&id)["offer"] })
        }
        "discardTenderDraft" => {
            let id = published(app, "TENDERING").await;
            for person in [Signatory, Chair] {
                let offer = tender_input(&id)["offer"].clone();
                let input = json!({ "procurementId": id, "revision": 0, "offer": offer });
                let client = app.as_(person);
                client.mutate("saveTenderDraft", input).await.id();
            }
            json!({ "procurementId": id })
        }
        "saveSelfDeclaration" => json!({ "revision": 0, "exclusionGrounds": [] }),
        "withdrawTender" => {
            json!({ "tenderId": tender(app, &published(app, "TENDERING").await).await })
        }
        "openTenders" => json!({ "procurementId": past_deadline(app).await }),
        "cancelOpening" => {
            let input = json!({ "procurementId": past_deadline(app).await });
            let opener = app.as_(Opener);
            opener.mutate("openTenders", input.clone()).await.id();
            input
        }
        "declareJointBidInterest" => json!({
            "procurementId": scenes.upcoming, "wish": "OFFERING_PARTNERSHIP", "text": english("We help."),
        }),
        "withdrawJointBidInterest" => {
            for person in [Signatory, Chair] {
                let input = json!({
                    "procurementId": scenes.upcoming, "wish": "OFFERING_PARTNERSHIP", "text": english("We help."),
                });
                let client = app.as_(person);
                client.mutate("declareJointBidInterest", input).await.id();
            }
            json!({ "procurementId": scenes.upcoming })
        }
        _ => return None,
    };
    Some(input)
}

/// A procurement whose deadline has passed, not opened.
async fn past_deadline(app: &TestApp) -> String {
    let id = published(app, "TENDERING").await;
    app.advance(TENDERING + TimeDelta::seconds(1));
    id
}
