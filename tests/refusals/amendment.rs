//! Amendments during tendering.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Case, check};
use crate::support::{
    app::TestApp,
    cast::Person::Publisher,
    stage::{LOT, OTHER_LOT, amend, content, content_with, english, published, redraft, time},
};

/// Returns the case of an amendment of phase TENDERING that is refused with this code and field.
fn case(id: &str, code: &'static str, field: &'static str) -> Case {
    let input = json!({ "procurementId": id, "phase": "TENDERING", "reason": english("Why.") });
    ("an amendment", Some(Publisher), input, code, field)
}

/// Returns the published content with some fields replaced and a new deadline.
fn changed(of: &Value, changes: Value) -> Value {
    let mut content = of.clone();
    for (field, value) in changes.as_object().unwrap() {
        content[field] = value.clone();
    }
    content
}

/// Publishes a procurement with a value in every field that becomes fixed; returns its ID and
/// content.
async fn tendering(app: &TestApp) -> (String, Value) {
    let value = json!({ "max": "500000", "currency": "SEK" });
    let said = content_with(
        app,
        json!({ "lots": [{ "lotId": LOT, "value": value }, { "lotId": OTHER_LOT }] }),
    );
    let client = app.as_(crate::support::cast::Person::Editor);
    let id = client
        .mutate("createProcurement", json!({ "content": said }))
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    (id, said)
}

#[tokio::test]
async fn what_is_fixed_stays_once_tendering_is_open() {
    let app = TestApp::without_search().await;
    let (id, said) = tendering(&app).await;
    let euro = |max: &str| json!({ "max": max, "currency": "EUR" });
    for (changes, field) in [
        (json!({ "category": "SUPPLIES" }), "category"),
        (json!({ "procedure": "RESTRICTED" }), "procedure"),
        (
            json!({ "value": { "min": "100000", "max": "900000", "currency": "EUR" } }),
            "value.currency",
        ),
        (json!({ "value": null }), "value"),
        (
            json!({ "lots": [{ "lotId": LOT, "value": euro("500000") }, { "lotId": OTHER_LOT }] }),
            "lots.LOT-0001.value.currency",
        ),
        (
            json!({ "lots": [{ "lotId": LOT, "value": { "max": "500000", "currency": "SEK" } }] }),
            "lots.LOT-0002",
        ),
    ] {
        redraft(&app, &id, changed(&said, changes)).await;
        check(&app, "publishNotice", vec![case(&id, "WRONG_PHASE", field)]).await;
    }
    // A lot with another ID is another lot, so the old one is removed.
    let renamed = json!({ "lots": [{ "lotId": LOT, "value": { "max": "500000", "currency": "SEK" } }, { "lotId": "LOT-0003" }] });
    redraft(&app, &id, changed(&said, renamed)).await;
    check(
        &app,
        "publishNotice",
        vec![case(&id, "WRONG_PHASE", "lots.LOT-0002")],
    )
    .await;
    // Before tendering every field may change.
    let early = published(&app, "UPCOMING").await;
    let all = json!({ "category": "SUPPLIES", "procedure": "RESTRICTED", "value": euro("1"), "lots": [] });
    redraft(&app, &early, changed(&content(&app), all)).await;
    amend(&app, &early, "UPCOMING").await;
}

#[tokio::test]
async fn tenderers_have_six_days_for_what_they_must_meet() {
    let app = TestApp::without_search().await;
    let (id, said) = tendering(&app).await;
    app.advance(TimeDelta::days(25));
    redraft(
        &app,
        &id,
        changed(&said, json!({ "description": english("And windows.") })),
    )
    .await;
    check(
        &app,
        "publishNotice",
        vec![case(&id, "OUT_OF_RANGE", "tenderDeadline")],
    )
    .await;
    let input = json!({ "procurementId": id, "phase": "TENDERING", "reason": english("Why.") });
    let refused = app.as_(Publisher).mutate("publishNotice", input).await;
    let parameters = &refused.errors[0].parameters;
    let named = parameters.iter().find(|one| one.name == "earliest");
    let named: chrono::DateTime<chrono::Utc> = named.unwrap().value.parse().unwrap();
    assert!(
        named - app.now() <= TimeDelta::days(6) + TimeDelta::minutes(1),
        "{parameters:?}"
    );
    // A minute more than the message states, because the test takes time.
    let later = json!({ "description": english("And windows."), "tenderDeadline": time(named + TimeDelta::minutes(1)) });
    redraft(&app, &id, changed(&said, later)).await;
    amend(&app, &id, "TENDERING").await;
}

#[tokio::test]
async fn what_no_tender_depends_on_changes_to_the_last_moment() {
    let app = TestApp::without_search().await;
    let (id, said) = tendering(&app).await;
    app.advance(TimeDelta::days(29));
    let free =
        json!({ "summary": english("Cleaning."), "contact": { "email": "any@example.org" } });
    redraft(&app, &id, changed(&said, free)).await;
    amend(&app, &id, "TENDERING").await;
}

#[tokio::test]
async fn a_draft_that_says_the_same_is_no_amendment() {
    let app = TestApp::without_search().await;
    let (id, said) = tendering(&app).await;
    redraft(&app, &id, said).await;
    check(&app, "publishNotice", vec![case(&id, "ALREADY_DONE", "")]).await;
}
