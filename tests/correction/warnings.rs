//! Warnings: a mutation that raises one is carried out only once it is confirmed.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde_json::{Value, json};
use torg::kernel::working_day::is_working_day;

use super::act;
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{LOT, content_with, dialogue_input, english, published, redraft, revision, time},
};

const PUBLISH: &str = "mutation($input: PublishNoticeInput!) { publishNotice(input: $input) {
    procurement { id phase } userErrors { code } warnings { code field message } } }";
const OPEN: &str = "mutation($input: OpenDialogueInput!) { openDialogue(input: $input) {
    dialogue { id } userErrors { code } warnings { code field } } }";

/// Returns the first such day at noon, this many days from now or later.
fn day(app: &TestApp, days: i64, matches: impl Fn(DateTime<Utc>) -> bool) -> DateTime<Utc> {
    let first = app.now().date_naive() + TimeDelta::days(days);
    let noons = first
        .iter_days()
        .map(|day| day.and_hms_opt(10, 0, 0).unwrap().and_utc());
    noons.take(400).find(|at| matches(*at)).unwrap()
}

fn working(at: DateTime<Utc>) -> bool {
    is_working_day(at.date_naive(), "SE") && is_working_day(at.date_naive(), "")
}

fn sunday(at: DateTime<Utc>) -> bool {
    at.weekday() == chrono::Weekday::Sun
}

/// Publishes and returns the payload, without confirming anything by itself.
async fn publish(app: &TestApp, procurement: &str, confirmed: &[&str]) -> Value {
    let input = json!({ "procurementId": procurement, "phase": "TENDERING",
        "reason": english("A correction."), "confirmedWarnings": confirmed });
    let publisher = app.as_(Person::Publisher);
    let data = publisher.ask(PUBLISH, json!({ "input": input })).await;
    data["publishNotice"].clone()
}

fn codes(payload: &Value) -> Vec<&str> {
    let warnings = payload["warnings"].as_array().unwrap();
    warnings
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

async fn drafted(app: &TestApp, changes: Value) -> String {
    let input = json!({ "content": content_with(app, changes) });
    act(app, Person::Editor, "createProcurement", input).await
}

#[tokio::test]
async fn an_unconfirmed_warning_changes_nothing() {
    let app = TestApp::without_search().await;
    let deadline = day(&app, 20, sunday);
    let lots = json!([{ "lotId": LOT, "title": english("A"), "value": { "max": "900001", "currency": "SEK" } }]);
    let id = drafted(
        &app,
        json!({ "tenderDeadline": time(deadline), "lots": lots }),
    )
    .await;
    let before = revision(&app, &id).await;
    let both = ["LOT_VALUES_EXCEED_TOTAL", "DEADLINE_NOT_ON_WORKING_DAY"];
    for confirmed in [&[][..], &both[..1], &both[1..], &["DEADLINE_FAR_AHEAD"]] {
        let payload = publish(&app, &id, confirmed).await;
        assert_eq!(codes(&payload), both, "{confirmed:?}");
        assert_eq!(
            (&payload["procurement"], &payload["userErrors"]),
            (&Value::Null, &json!([]))
        );
        assert_eq!(payload["warnings"][1]["field"], json!(["tenderDeadline"]));
    }
    let rows: i64 = sqlx::query_scalar("select count(*) from notice")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
    assert_eq!(revision(&app, &id).await, before);
    let payload = publish(&app, &id, &both).await;
    assert_eq!(payload["procurement"]["phase"], "TENDERING");
    assert_eq!(codes(&payload), [""; 0]);
    let detail: Value =
        sqlx::query_scalar("select detail from audit where action = 'notice.publish'")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(detail["confirmedWarnings"], json!(both));
}

#[tokio::test]
async fn a_key_is_used_again_to_confirm() {
    let app = TestApp::without_search().await;
    let deadline = time(day(&app, 20, sunday));
    let id = drafted(&app, json!({ "tenderDeadline": deadline })).await;
    let mut input = json!({ "procurementId": id, "phase": "TENDERING", "idempotencyKey": "k-1" });
    let publisher = app.as_(Person::Publisher);
    let first = publisher.ask(PUBLISH, json!({ "input": input })).await;
    assert_eq!(
        codes(&first["publishNotice"]),
        ["DEADLINE_NOT_ON_WORKING_DAY"]
    );
    input["confirmedWarnings"] = json!(["DEADLINE_NOT_ON_WORKING_DAY"]);
    for _ in 0..2 {
        let done = publisher.ask(PUBLISH, json!({ "input": input })).await;
        assert_eq!(done["publishNotice"]["procurement"]["id"], id.as_str());
    }
}

#[tokio::test]
async fn what_the_notice_in_force_states_is_not_confirmed_again() {
    let app = TestApp::without_search().await;
    let deadline = day(&app, 20, sunday);
    let changed = |at: DateTime<Utc>, summary: &str| {
        content_with(
            &app,
            json!({ "tenderDeadline": time(at), "summary": english(summary) }),
        )
    };
    let input = json!({ "content": changed(deadline, "One.") });
    let id = act(&app, Person::Editor, "createProcurement", input).await;
    let confirmed = ["DEADLINE_NOT_ON_WORKING_DAY"];
    assert_eq!(codes(&publish(&app, &id, &confirmed).await), [""; 0]);
    redraft(&app, &id, changed(deadline, "Two.")).await;
    let payload = publish(&app, &id, &[]).await;
    assert_eq!(payload["procurement"]["id"], id.as_str(), "{payload}");
    // Another Sunday is confirmed again.
    redraft(&app, &id, changed(deadline + TimeDelta::days(7), "Two.")).await;
    assert_eq!(codes(&publish(&app, &id, &[]).await), confirmed);
}

#[tokio::test]
async fn a_deadline_years_ahead_is_confirmed() {
    let app = TestApp::without_search().await;
    let deadline = day(&app, 800, working);
    let id = drafted(&app, json!({ "tenderDeadline": time(deadline) })).await;
    assert_eq!(
        codes(&publish(&app, &id, &[]).await),
        ["DEADLINE_FAR_AHEAD"]
    );
}

#[tokio::test]
async fn a_round_that_outlasts_the_deadline_is_confirmed() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let mut input = dialogue_input(&app, &id);
    input["questionsUntil"] = json!(time(day(&app, 5, working)));
    input["closesAt"] = json!(time(day(&app, 40, working)));
    let editor = app.as_(Person::Editor);
    let open = async |input: &Value| {
        let data = editor.ask(OPEN, json!({ "input": input })).await;
        data["openDialogue"].clone()
    };
    let payload = open(&input).await;
    assert_eq!(
        payload["warnings"],
        json!([{ "code": "DIALOGUE_OUTLASTS_DEADLINE", "field": ["closesAt"] }])
    );
    assert_eq!(payload["dialogue"], Value::Null);
    input["confirmedWarnings"] = json!(["DIALOGUE_OUTLASTS_DEADLINE"]);
    assert!(open(&input).await["dialogue"]["id"].is_string());
}

#[tokio::test]
async fn tendering_before_the_end_of_a_round_is_confirmed() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let mut input = dialogue_input(&app, &id);
    input["closesAt"] = json!(time(day(&app, 60, working)));
    let round = act(&app, Person::Editor, "openDialogue", input).await;
    let deadline = time(day(&app, 35, working));
    redraft(
        &app,
        &id,
        content_with(&app, json!({ "tenderDeadline": deadline })),
    )
    .await;
    assert_eq!(
        codes(&publish(&app, &id, &[]).await),
        ["DIALOGUE_OUTLASTS_DEADLINE"]
    );
    let cancel = json!({ "dialogueId": round, "reason": english("By mistake.") });
    act(&app, Person::Editor, "cancelDialogue", cancel).await;
    assert_eq!(
        publish(&app, &id, &[]).await["procurement"]["phase"],
        "TENDERING"
    );
}

#[tokio::test]
async fn warnings_are_in_the_readers_language() {
    let app = TestApp::without_search().await;
    let deadline = time(day(&app, 20, sunday));
    let id = drafted(&app, json!({ "tenderDeadline": deadline })).await;
    let input = json!({ "procurementId": id, "phase": "TENDERING" });
    let body = json!({ "query": PUBLISH, "variables": { "input": input } });
    let request = app
        .as_(Person::Publisher)
        .post()
        .header("accept-language", "sv");
    let answer: Value = request
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let message = answer["data"]["publishNotice"]["warnings"][0]["message"]
        .as_str()
        .unwrap();
    assert!(message.contains("bekräfta varningen"), "{message}");
}
