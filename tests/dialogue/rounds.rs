//! The clock alone changes the state of a round; extensions move its end.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::read;
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    stage::{dialogue, dialogue_input, english, published, question, time},
};

/// Returns the kinds of the timeline's events, the latest first.
fn kinds(procurement: &Value) -> Vec<&str> {
    let nodes = procurement["timeline"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["kind"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_planned_round_opens_and_ends_by_the_clock() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let at = |hours: i64| time(app.now() + TimeDelta::hours(hours));
    let mut input = dialogue_input(&app, &id);
    input["opensAt"] = json!(at(10));
    input["questionsUntil"] = json!(at(20));
    input["answersUntil"] = json!(at(25));
    input["closesAt"] = json!(at(30));
    input["timeZone"] = json!("Europe/Helsinki");
    app.as_(Person::Editor)
        .mutate("openDialogue", input)
        .await
        .id();
    let mut seen = Vec::new();
    // One second before and after each time of the round.
    for hours in [9, 2, 8, 2, 8, 2] {
        let found = read(&app, &id, None).await;
        let round = &found["dialogues"][0];
        seen.push((
            round["state"].as_str().unwrap().to_owned(),
            round["isOpen"] == true,
            kinds(&found).len(),
        ));
        app.advance(TimeDelta::hours(hours));
    }
    let state = |name: &str, open, told| (name.to_owned(), open, told);
    assert_eq!(
        seen,
        [
            state("PLANNED", false, 1),
            state("PLANNED", false, 1),
            state("OPEN", true, 2),
            state("OPEN", true, 2),
            state("ANSWERING", true, 2),
            state("ANSWERING", true, 2),
        ]
    );
    let closed = read(&app, &id, None).await;
    assert_eq!(closed["dialogues"][0]["state"], "CLOSED");
    assert_eq!(
        kinds(&closed),
        ["DIALOGUE_CLOSED", "DIALOGUE_OPENED", "NOTICE_PUBLISHED"]
    );
    let round = &closed["dialogues"][0];
    assert_eq!(round["timeZone"], "Europe/Helsinki");
    let local = round["localTimes"]["closesAt"].as_str().unwrap();
    assert!(
        local.ends_with("+02:00") || local.ends_with("+03:00"),
        "{local}"
    );
    let utc: DateTime<Utc> = round["closesAt"].as_str().unwrap().parse().unwrap();
    let same: DateTime<Utc> = local.parse().unwrap();
    assert_eq!(same.timestamp(), utc.timestamp());
}

#[tokio::test]
async fn an_extension_stays_readable_and_moves_the_end() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let follow = json!({ "procurementId": id });
    app.as_(Person::Chair)
        .mutate("followProcurement", follow)
        .await
        .id();
    let round = dialogue(&app, &id).await;
    let was = read(&app, &id, None).await["dialogues"][0]["closesAt"].clone();
    let later = app.now() + TimeDelta::days(20);
    let extend = json!({ "dialogueId": round, "closesAt": time(later), "reason": english("Many were on holiday.") });
    app.as_(Person::Editor)
        .mutate("extendDialogue", extend)
        .await
        .id();
    let found = read(&app, &id, None).await;
    let extended = &found["dialogues"][0];
    assert_ne!(extended["closesAt"], was);
    let extension = &extended["extensions"][0];
    assert_eq!(extension["closesAt"], extended["closesAt"]);
    assert_eq!(extension["reason"]["text"], "Many were on holiday.");
    assert_eq!(
        kinds(&found),
        ["DIALOGUE_EXTENDED", "DIALOGUE_OPENED", "NOTICE_PUBLISHED"]
    );

    let told = "{ viewer { notifications { nodes { event } } } }";
    eventually("the follower is told", async || {
        let data = app.as_(Person::Chair).ask(told, json!({})).await;
        let nodes = data["viewer"]["notifications"]["nodes"].to_string();
        (nodes.contains("DIALOGUE_OPENED") && nodes.contains("DIALOGUE_EXTENDED")).then_some(())
    })
    .await;
    // One job waits to announce the end, at the later time.
    let waiting: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "select run_at from graphile_worker.jobs where key like 'notify:DialogueClosed:%'",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(waiting.len(), 1);
    assert!(
        (waiting[0] - later).abs() < TimeDelta::seconds(1),
        "{waiting:?} {later}"
    );

    // The round does not end at the old time; it ends at the new one.
    app.advance(TimeDelta::days(15));
    assert_eq!(
        read(&app, &id, None).await["dialogues"][0]["state"],
        "ANSWERING"
    );
    app.advance(TimeDelta::days(5));
    let found = read(&app, &id, None).await;
    assert_eq!(found["dialogues"][0]["state"], "CLOSED");
    assert_eq!(kinds(&found)[0], "DIALOGUE_CLOSED");
    let ends = kinds(&found)
        .into_iter()
        .filter(|kind| *kind == "DIALOGUE_CLOSED");
    assert_eq!(ends.count(), 1);
}

#[tokio::test]
async fn the_database_shortens_no_window_and_forgets_no_event() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    question(&app, &round).await;
    for statement in [
        "update dialogue set closes_at = closes_at - interval '1 second'",
        "update dialogue set questions_until = questions_until - interval '1 second'",
        "update dialogue set answers_until = answers_until - interval '1 second'",
        "delete from dialogue_event where kind = 'QUESTION_ASKED'",
        "update dialogue_event set at = now() + interval '1 day' where kind = 'DIALOGUE_OPENED'",
        "update dialogue_participant set number = 7",
        "update question set text = 'x'",
    ] {
        let done = sqlx::query(statement).execute(&app.database.pool).await;
        let refused = done
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
}

/// The timeline has every event once, the latest first, page by page.
#[tokio::test]
async fn the_timeline_lists_every_event_in_pages() {
    let app = TestApp::without_search().await;
    let (id, _) = crate::support::stage::opened(&app).await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Person::Publisher)
        .mutate("endProcurement", end)
        .await
        .id();
    let page = "query($id: ID!, $after: String) { procurement(id: $id) { timeline(first: 1, after: $after) {
        nodes { kind at } pageInfo { hasNextPage endCursor } } } }";
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = app
            .anonymous()
            .ask(page, json!({ "id": id, "after": after }))
            .await;
        let timeline = &data["procurement"]["timeline"];
        seen.push(timeline["nodes"][0]["kind"].as_str().unwrap().to_owned());
        after = timeline["pageInfo"]["endCursor"].clone();
        if timeline["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(
        seen,
        ["PROCUREMENT_ENDED", "TENDERS_OPENED", "NOTICE_PUBLISHED"]
    );
    let bad = app
        .anonymous()
        .respond(page, json!({ "id": id, "after": "bm9uc2Vuc2U" }))
        .await;
    assert_eq!(bad["errors"][0]["extensions"]["code"], "INVALID");
}
