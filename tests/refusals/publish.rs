//! Publishing notices.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Editor, Publisher, Stranger},
    stage::{content_with, draft, english, published, redraft, time},
};

/// Publishes a draft with some changes as TENDERING and checks the refusal.
async fn tendering_with(app: &TestApp, changes: Value, code: &'static str, field: &'static str) {
    let input = json!({ "content": content_with(app, changes) });
    let id = app
        .as_(Editor)
        .mutate("createProcurement", input)
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    check(
        app,
        "publishNotice",
        vec![("incomplete", Some(Publisher), publish, code, field)],
    )
    .await;
}

#[tokio::test]
async fn publish_notice_needs_what_tendering_needs() {
    let app = TestApp::without_search().await;
    let past = time(app.now() - TimeDelta::seconds(1));
    tendering_with(&app, json!({ "lots": [] }), "REQUIRED", "lots").await;
    tendering_with(&app, json!({ "cpv": [] }), "REQUIRED", "cpv").await;
    tendering_with(
        &app,
        json!({ "tenderDeadline": null }),
        "REQUIRED",
        "tenderDeadline",
    )
    .await;
    tendering_with(
        &app,
        json!({ "tenderDeadline": past }),
        "OUT_OF_RANGE",
        "tenderDeadline",
    )
    .await;
}

#[tokio::test]
async fn publish_notice() {
    let app = TestApp::without_search().await;
    let unseen = json!({ "procurementId": draft(&app).await, "phase": "UPCOMING" });
    let conflict = with(unseen.clone(), json!({ "revision": 2 }));
    let odd = with(unseen.clone(), json!({ "phase": "AWARDED" }));
    let upcoming = json!({ "procurementId": published(&app, "UPCOMING").await, "phase": "UPCOMING", "reason": english("Why.") });
    let tendering = json!({ "procurementId": published(&app, "TENDERING").await, "phase": "UPCOMING", "reason": english("Why.") });
    let long_reason = json!({ "procurementId": changed(&app, json!({})).await, "phase": "UPCOMING", "reason": english(&"x".repeat(20_001)) });
    let no_reason = json!({ "procurementId": changed(&app, json!({})).await, "phase": "UPCOMING" });
    check(
        &app,
        "publishNotice",
        vec![
            (
                "a draft of another buyer",
                Some(Stranger),
                unseen.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "another revision",
                Some(Publisher),
                conflict,
                "CONFLICT",
                "revision",
            ),
            (
                "no phase of a notice",
                Some(Publisher),
                odd,
                "WRONG_PHASE",
                "phase",
            ),
            (
                "back to early",
                Some(Publisher),
                tendering,
                "WRONG_PHASE",
                "phase",
            ),
            (
                "nothing changed",
                Some(Publisher),
                upcoming,
                "ALREADY_DONE",
                "",
            ),
            (
                "no reason",
                Some(Publisher),
                no_reason,
                "REQUIRED",
                "reason",
            ),
            (
                "a long reason",
                Some(Publisher),
                long_reason,
                "TOO_LONG",
                "reason",
            ),
        ],
    )
    .await;
}

/// Creates an UPCOMING procurement with a new draft; returns its ID.
async fn changed(app: &TestApp, changes: Value) -> String {
    let id = published(app, "UPCOMING").await;
    redraft(app, &id, content_with(app, changes)).await;
    id
}

#[tokio::test]
async fn publish_notice_never_brings_the_deadline_forward() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    redraft(
        &app,
        &id,
        content_with(
            &app,
            json!({ "tenderDeadline": time(app.now() + TimeDelta::days(1)) }),
        ),
    )
    .await;
    let input = json!({ "procurementId": id, "phase": "TENDERING", "reason": english("Faster.") });
    let case = (
        "an earlier deadline",
        Some(Publisher),
        input,
        "OUT_OF_RANGE",
        "tenderDeadline",
    );
    check(&app, "publishNotice", vec![case]).await;
}
