//! Scoring, excluding and clarifying tenders; the rules of openings.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{ClarificationId, TenderId};

use super::{check, with};
use crate::{
    policy::Scenes,
    support::{
        app::TestApp,
        cast::Person::{Chair, Editor, Mayor, Publisher, Signatory},
        stage::{LOT, clarification, draft, evaluated, time},
    },
};

fn score(tender: &str) -> Value {
    json!({
        "tenderId": tender, "lotId": LOT, "criterionId": "AWC-2", "points": "80", "motive": "Clean.",
    })
}

fn exclusion(tender: &str) -> Value {
    json!({ "tenderId": tender, "ground": "NOT_COMPLIANT", "motive": "No certificate." })
}

fn question(app: &TestApp, tender: &str) -> Value {
    let until = time(app.now() + TimeDelta::days(5));
    json!({ "tenderId": tender, "text": "When?", "answerUntil": until })
}

fn rules(organisation: &str, openers: i32, publishing: bool) -> Value {
    json!({
        "organisationId": organisation, "requiredOpeners": openers,
        "fourEyes": { "publishing": publishing, "opening": false, "awarding": false },
    })
}

#[tokio::test]
async fn scores_and_exclusions() {
    let app = TestApp::without_search().await;
    let (_, tender) = evaluated(&app).await;
    let missing = TenderId::new().to_global();
    let input = score(&tender);
    let but = |changes: Value| with(input.clone(), changes);
    let long = "x".repeat(10_001);
    let cases = vec![
        (
            "no such tender",
            Some(Editor),
            score(&missing),
            "NOT_FOUND",
            "tenderId",
        ),
        (
            "another lot",
            Some(Editor),
            but(json!({ "lotId": "X" })),
            "INVALID",
            "lotId",
        ),
        (
            "no such criterion",
            Some(Editor),
            but(json!({ "criterionId": "X" })),
            "NOT_FOUND",
            "criterionId",
        ),
        (
            "a price",
            Some(Editor),
            but(json!({ "criterionId": "AWC-1" })),
            "INVALID",
            "criterionId",
        ),
        (
            "too many points",
            Some(Editor),
            but(json!({ "points": "100.1" })),
            "OUT_OF_RANGE",
            "points",
        ),
        (
            "negative points",
            Some(Editor),
            but(json!({ "points": "-1" })),
            "OUT_OF_RANGE",
            "points",
        ),
        (
            "no motive",
            Some(Editor),
            but(json!({ "motive": " " })),
            "REQUIRED",
            "motive",
        ),
        (
            "a long motive",
            Some(Editor),
            but(json!({ "motive": long })),
            "TOO_LONG",
            "motive",
        ),
        (
            "a control character",
            Some(Editor),
            but(json!({ "motive": "a\u{7}" })),
            "FORBIDDEN_CHARACTER",
            "motive",
        ),
    ];
    check(&app, "scoreTender", cases).await;
    let input = exclusion(&tender);
    let empty = with(input.clone(), json!({ "motive": "" }));
    let cases = vec![
        (
            "no such tender",
            Some(Editor),
            exclusion(&missing),
            "NOT_FOUND",
            "tenderId",
        ),
        ("no motive", Some(Editor), empty, "REQUIRED", "motive"),
    ];
    check(&app, "excludeTender", cases).await;
    let editor = app.as_(Editor);
    editor.mutate("excludeTender", input.clone()).await.id();
    let twice = ("twice", Some(Editor), input, "ALREADY_DONE", "tenderId");
    check(&app, "excludeTender", vec![twice]).await;
}

#[tokio::test]
async fn clarifications() {
    let app = TestApp::without_search().await;
    let (procurement, tender) = evaluated(&app).await;
    let input = question(&app, &tender);
    let past = time(app.now() - TimeDelta::days(1));
    let cases = vec![
        (
            "no such tender",
            Some(Editor),
            question(&app, &TenderId::new().to_global()),
            "NOT_FOUND",
            "tenderId",
        ),
        (
            "no text",
            Some(Editor),
            with(input.clone(), json!({ "text": "" })),
            "REQUIRED",
            "text",
        ),
        (
            "in the past",
            Some(Editor),
            with(input, json!({ "answerUntil": past })),
            "OUT_OF_RANGE",
            "answerUntil",
        ),
    ];
    check(&app, "requestClarification", cases).await;
    let asked = clarification(&app, &procurement, &tender).await;
    let answer = |id: &str, text: &str| json!({ "clarificationId": id, "text": text });
    let missing = ClarificationId::new().to_global();
    let cases = vec![
        (
            "no such question",
            Some(Signatory),
            answer(&missing, "Soap."),
            "NOT_FOUND",
            "clarificationId",
        ),
        (
            "of another supplier",
            Some(Chair),
            answer(&asked, "Soap."),
            "NOT_FOUND",
            "clarificationId",
        ),
        (
            "no text",
            Some(Signatory),
            answer(&asked, ""),
            "REQUIRED",
            "text",
        ),
    ];
    check(&app, "answerClarification", cases).await;
    let signatory = app.as_(Signatory);
    signatory
        .mutate("answerClarification", answer(&asked, "Soap."))
        .await
        .id();
    let twice = (
        "twice",
        Some(Signatory),
        answer(&asked, "Water."),
        "ALREADY_DONE",
        "clarificationId",
    );
    check(&app, "answerClarification", vec![twice]).await;
    app.advance(TimeDelta::days(6));
    let late = (
        "late",
        Some(Signatory),
        answer(&asked, "Water."),
        "DEADLINE_PASSED",
        "",
    );
    check(&app, "answerClarification", vec![late]).await;
}

#[tokio::test]
async fn opening_rules() {
    let app = TestApp::without_search().await;
    let buyer = app.organisations.buyer.to_global();
    let nonprofit = app.organisations.nonprofit.to_global();
    let cases = vec![
        (
            "no opener",
            Some(Mayor),
            rules(&buyer, 0, false),
            "OUT_OF_RANGE",
            "requiredOpeners",
        ),
        (
            "three openers",
            Some(Mayor),
            rules(&buyer, 3, false),
            "OUT_OF_RANGE",
            "requiredOpeners",
        ),
        (
            "a supplier",
            Some(Chair),
            rules(&nonprofit, 2, false),
            "INVALID",
            "organisationId",
        ),
    ];
    check(&app, "setOpeningRules", cases).await;
    // The author publishes for themselves.
    let mayor = app.as_(Mayor);
    mayor
        .mutate("setOpeningRules", rules(&buyer, 2, true))
        .await
        .id();
    let id = draft(&app).await;
    sqlx::query(
        "insert into audit (at, person_id, action, subject_id)
         select now(), id, 'procurement.update', $2 from person where subject = $1",
    )
    .bind(Publisher.subject())
    .bind(
        torg::kernel::ids::ProcurementId::from_global(&id)
            .unwrap()
            .0,
    )
    .execute(&app.database.pool)
    .await
    .unwrap();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    let case = ("the author", Some(Publisher), publish, "FOUR_EYES", "");
    check(&app, "publishNotice", vec![case]).await;
}

/// The input with which the policy matrix calls a mutation of the evaluation. It is refused for no
/// other reason than who calls it.
pub async fn scene(scenes: &Scenes<'_>, mutation: &str) -> Option<Value> {
    let app = scenes.app;
    let input = match mutation {
        "scoreTender" => score(&evaluated(app).await.1),
        "excludeTender" => exclusion(&evaluated(app).await.1),
        "requestClarification" => question(app, &evaluated(app).await.1),
        "answerClarification" => {
            let (procurement, tender) = evaluated(app).await;
            let asked = clarification(app, &procurement, &tender).await;
            json!({ "clarificationId": asked, "text": "Soap." })
        }
        "setOpeningRules" => rules(&app.organisations.buyer.to_global(), 2, false),
        _ => return None,
    };
    Some(input)
}
