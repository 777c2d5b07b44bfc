//! Writing, publishing, ending and following procurements.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::ProcurementId;

use super::{Case, check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Editor, Nobody, Opener, Publisher, Signatory, Stranger},
    stage::{content, content_with, draft, english, opened, published, tender, time},
};

/// The contents that are refused, with code and field inside `content`.
fn bad_contents() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let long = "å".repeat(401);
    let codes = vec!["90919300"; 101];
    let lots: Vec<Value> = (0..5_001)
        .map(|number| json!({ "lotId": format!("L{number}") }))
        .collect();
    vec![
        (
            "an odd language",
            json!({ "summary": [{ "language": "SV", "text": "x" }] }),
            "INVALID",
            "summary",
        ),
        (
            "no title in its language",
            json!({ "language": "da" }),
            "REQUIRED",
            "title",
        ),
        (
            "an empty text",
            json!({ "summary": [{ "language": "sv", "text": " " }] }),
            "REQUIRED",
            "summary",
        ),
        (
            "a long title",
            json!({ "title": [{ "language": "sv", "text": long }] }),
            "TOO_LONG",
            "title",
        ),
        (
            "a long description",
            json!({ "description": english(&"x".repeat(20_001)) }),
            "TOO_LONG",
            "description",
        ),
        (
            "an unknown CPV code",
            json!({ "cpv": ["90919301"] }),
            "UNKNOWN_CODE",
            "cpv",
        ),
        (
            "an unknown NUTS code",
            json!({ "nuts": ["SE119"] }),
            "UNKNOWN_CODE",
            "nuts",
        ),
        ("too many codes", json!({ "cpv": codes }), "TOO_LONG", "cpv"),
        (
            "no currency",
            json!({ "value": { "min": "1", "currency": "kr" } }),
            "INVALID",
            "value",
        ),
        (
            "a value without figures",
            json!({ "value": { "currency": "SEK" } }),
            "REQUIRED",
            "value",
        ),
        (
            "a negative value",
            json!({ "value": { "min": "-1", "currency": "SEK" } }),
            "OUT_OF_RANGE",
            "value",
        ),
        (
            "a range upside down",
            json!({ "value": { "min": "2", "max": "1", "currency": "SEK" } }),
            "OUT_OF_RANGE",
            "value",
        ),
        ("too many lots", json!({ "lots": lots }), "TOO_LONG", "lots"),
        (
            "a lot twice",
            json!({ "lots": [{ "lotId": "A" }, { "lotId": "A" }] }),
            "INVALID",
            "lots.1.lotId",
        ),
        (
            "a lot's odd ID",
            json!({ "lots": [{ "lotId": "A B" }] }),
            "INVALID",
            "lots.0.lotId",
        ),
        (
            "a lot's unknown code",
            json!({ "lots": [{ "lotId": "A", "cpv": ["1"] }] }),
            "UNKNOWN_CODE",
            "lots.0.cpv",
        ),
        (
            "a lot's empty title",
            json!({ "lots": [{ "lotId": "A", "title": english("") }] }),
            "REQUIRED",
            "lots.0.title",
        ),
    ]
}

/// The same as cases of a mutation that takes a content.
fn content_cases(app: &TestApp, input: Value) -> Vec<Case> {
    let cases = bad_contents()
        .into_iter()
        .map(|(what, changes, code, field)| {
            let input = with(
                input.clone(),
                json!({ "content": content_with(app, changes) }),
            );
            // Test data, made once a run.
            let field: &'static str = format!("content.{field}").leak();
            (what, Some(Editor), input, code, field)
        });
    cases.collect()
}

#[tokio::test]
async fn create_procurement() {
    let app = TestApp::without_search().await;
    let input = json!({ "content": content(&app) });
    let bad_key = with(input.clone(), json!({ "idempotencyKey": "with space" }));
    let mut cases = content_cases(&app, input.clone());
    cases.extend([
        (
            "not signed in",
            None,
            input.clone(),
            "NOT_AUTHENTICATED",
            "",
        ),
        (
            "a supplier",
            Some(Signatory),
            input.clone(),
            "NOT_ALLOWED",
            "",
        ),
        ("an opener", Some(Opener), input, "NOT_ALLOWED", ""),
        (
            "a malformed key",
            Some(Editor),
            bad_key,
            "INVALID",
            "idempotencyKey",
        ),
    ]);
    check(&app, "createProcurement", cases).await;
    let rows: i64 = sqlx::query_scalar("select count(*) from procurement")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn an_unknown_code_is_answered_with_the_nearest() {
    let app = TestApp::without_search().await;
    for (changes, near) in [
        (json!({ "cpv": ["90919301"] }), "90919300"),
        (json!({ "nuts": ["SE119"] }), "SE110"),
    ] {
        let input = json!({ "content": content_with(&app, changes) });
        let answer = app.as_(Editor).mutate("createProcurement", input).await;
        let message = &answer.errors[0].message;
        assert!(message.contains(near), "{message}");
    }
}

#[tokio::test]
async fn update_procurement() {
    let app = TestApp::without_search().await;
    let id = draft(&app).await;
    let input = json!({ "procurementId": id, "revision": 1, "content": content(&app) });
    let mut cases = content_cases(&app, input.clone());
    let to = |id: String| with(input.clone(), json!({ "procurementId": id }));
    let conflict = with(input.clone(), json!({ "revision": 7 }));
    cases.extend([
        (
            "not signed in",
            None,
            input.clone(),
            "NOT_AUTHENTICATED",
            "",
        ),
        (
            "a draft of another buyer",
            Some(Stranger),
            input.clone(),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "no such procurement",
            Some(Editor),
            to(ProcurementId::new().to_global()),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "an ID of another kind",
            Some(Editor),
            to(app.organisations.buyer.to_global()),
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "without the role",
            Some(Opener),
            input.clone(),
            "NOT_ALLOWED",
            "",
        ),
        (
            "an older revision",
            Some(Editor),
            conflict,
            "CONFLICT",
            "revision",
        ),
    ]);
    check(&app, "updateProcurement", cases).await;
    let (awaiting, _) = opened(&app).await;
    let late = with(to(awaiting), json!({ "revision": 2 }));
    check(
        &app,
        "updateProcurement",
        vec![("after the deadline", Some(Editor), late, "WRONG_PHASE", "")],
    )
    .await;
}

/// All that is wrong is said at once.
#[tokio::test]
async fn a_language_that_is_none_is_named_wherever_it_stands() {
    let app = TestApp::without_search().await;
    let title = json!([{ "language": "swedish", "text": "x" }]);
    let content = content_with(&app, json!({ "language": "swedish", "title": title }));
    let answer = app
        .as_(Editor)
        .mutate("createProcurement", json!({ "content": content }))
        .await;
    let refusals = answer
        .errors
        .iter()
        .map(|error| (error.code.as_str(), error.field.join(".")));
    let expected = [
        ("INVALID", "content.language".to_owned()),
        ("INVALID", "content.title".to_owned()),
    ];
    assert_eq!(refusals.collect::<Vec<_>>(), expected);
}

/// Publishes a draft with some changes as TENDERING: the code and field of the refusal.
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
                "not signed in",
                None,
                unseen.clone(),
                "NOT_AUTHENTICATED",
                "",
            ),
            (
                "a draft of another buyer",
                Some(Stranger),
                unseen.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
            ("an editor", Some(Editor), unseen, "NOT_ALLOWED", ""),
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

/// An UPCOMING procurement with a new draft.
async fn changed(app: &TestApp, changes: Value) -> String {
    let id = published(app, "UPCOMING").await;
    redraft(app, &id, changes).await;
    id
}

async fn redraft(app: &TestApp, id: &str, changes: Value) {
    let query = "query($id: ID!) { procurement(id: $id) { revision } }";
    let revision =
        app.as_(Editor).ask(query, json!({ "id": id })).await["procurement"]["revision"].clone();
    let input =
        json!({ "procurementId": id, "revision": revision, "content": content_with(app, changes) });
    app.as_(Editor)
        .mutate("updateProcurement", input)
        .await
        .id();
}

#[tokio::test]
async fn publish_notice_never_brings_the_deadline_forward() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    redraft(
        &app,
        &id,
        json!({ "tenderDeadline": time(app.now() + TimeDelta::days(1)) }),
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

#[tokio::test]
async fn end_procurement() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let input = json!({ "procurementId": id, "phase": "CANCELLED", "reason": english("There is no money.") });
    let change = |changes| with(input.clone(), changes);
    let (evaluated, _) = opened(&app).await;
    let unsuccessful = json!({ "procurementId": evaluated, "phase": "UNSUCCESSFUL", "reason": english("None was good.") });
    let odd_code = with(unsuccessful.clone(), json!({ "reasonCode": "bad-mood" }));
    let unseen = change(json!({ "procurementId": draft(&app).await }));
    check(
        &app,
        "endProcurement",
        vec![
            (
                "not signed in",
                None,
                input.clone(),
                "NOT_AUTHENTICATED",
                "",
            ),
            (
                "another buyer",
                Some(Stranger),
                input.clone(),
                "NOT_ALLOWED",
                "",
            ),
            (
                "a draft of another buyer",
                Some(Stranger),
                unseen,
                "NOT_FOUND",
                "procurementId",
            ),
            ("an editor", Some(Editor), input.clone(), "NOT_ALLOWED", ""),
            (
                "no end",
                Some(Publisher),
                change(json!({ "phase": "TENDERING" })),
                "WRONG_PHASE",
                "phase",
            ),
            (
                "too early for that end",
                Some(Publisher),
                change(json!({ "phase": "COMPLETE" })),
                "WRONG_PHASE",
                "phase",
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
            (
                "no code",
                Some(Publisher),
                unsuccessful,
                "UNKNOWN_CODE",
                "reasonCode",
            ),
            (
                "an unknown code",
                Some(Publisher),
                odd_code,
                "UNKNOWN_CODE",
                "reasonCode",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn follow_and_unfollow() {
    let app = TestApp::without_search().await;
    let unseen = json!({ "procurementId": draft(&app).await });
    let nonsense = json!({ "procurementId": "nonsense" });
    let seen = json!({ "procurementId": published(&app, "UPCOMING").await });
    for mutation in ["followProcurement", "unfollowProcurement"] {
        let cases = vec![
            ("not signed in", None, seen.clone(), "NOT_AUTHENTICATED", ""),
            (
                "a draft",
                Some(Nobody),
                unseen.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
            (
                "nonsense",
                Some(Nobody),
                nonsense.clone(),
                "NOT_FOUND",
                "procurementId",
            ),
        ];
        check(&app, mutation, cases).await;
        // Again is no change and no refusal.
        for _ in 0..2 {
            app.as_(Nobody).mutate(mutation, seen.clone()).await.id();
        }
    }
}

#[tokio::test]
async fn an_ended_procurement_takes_nothing_more() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let sent = tender(&app, &id).await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reason": english("There is no money.") });
    app.as_(Publisher)
        .mutate("endProcurement", end.clone())
        .await
        .id();
    check(
        &app,
        "endProcurement",
        vec![("twice", Some(Publisher), end, "WRONG_PHASE", "phase")],
    )
    .await;
    let withdrawal = json!({ "tenderId": sent });
    check(
        &app,
        "withdrawTender",
        vec![(
            "after the end",
            Some(Signatory),
            withdrawal,
            "WRONG_PHASE",
            "",
        )],
    )
    .await;
    let open = json!({ "procurementId": id });
    check(
        &app,
        "openTenders",
        vec![("after the end", Some(Opener), open, "WRONG_PHASE", "")],
    )
    .await;
}
