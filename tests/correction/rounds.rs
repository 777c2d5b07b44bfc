//! Rounds that are closed early or cancelled, and questions that are answered later.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{act, read};
use crate::{
    documents::{document, download},
    support::{
        app::{TestApp, eventually},
        cast::Person,
        rounds::{market_round, meeting},
        stage::{TENDERING, dialogue, dialogue_input, english, published, question, time},
    },
};

const ROUNDS: &str = "query($id: ID!) { procurement(id: $id) { partnership
    timeline(first: 20) { nodes { kind } }
    dialogueEvents(first: 50) { nodes { kind } }
    dialogues { state isOpen opensAt questionsUntil answersUntil closesAt documents { document { id } }
        earlyClosing { reason { text } at } cancellation { reason { text } at }
        questions { nodes { status text answer { text { text } } } } } } }";

async fn rounds(app: &TestApp, procurement: &str) -> Value {
    let data = app
        .anonymous()
        .ask(ROUNDS, json!({ "id": procurement }))
        .await;
    data["procurement"].clone()
}

fn ending(round: &str) -> Value {
    json!({ "dialogueId": round, "reason": english("Opened by mistake.") })
}

async fn events_of(app: &TestApp, person: Person) -> Vec<String> {
    let query = "{ viewer { notifications(first: 50) { nodes { event } } } }";
    let data = app.as_(person).ask(query, json!({})).await;
    let nodes = data["viewer"]["notifications"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    nodes
        .iter()
        .map(|node| node["event"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_round_is_closed_early_with_a_reason() {
    let app = TestApp::start().await;
    let procurement = published(&app, "UPCOMING").await;
    act(
        &app,
        Person::Chair,
        "followProcurement",
        json!({ "procurementId": procurement }),
    )
    .await;
    let round = dialogue(&app, &procurement).await;
    let asked = question(&app, &round).await;
    let before = rounds(&app, &procurement).await;
    act(&app, Person::Editor, "closeDialogue", ending(&round)).await;
    let found = rounds(&app, &procurement).await;
    let closed = &found["dialogues"][0];
    assert_eq!(closed["state"], "CLOSED");
    assert_eq!(
        closed["earlyClosing"]["reason"]["text"],
        "Opened by mistake."
    );
    assert_eq!(closed["earlyClosing"]["at"], closed["closesAt"]);
    assert_eq!(closed["cancellation"], Value::Null);
    // The question stays readable, awaits its answer, and gets it.
    assert_eq!(closed["questions"]["nodes"][0]["status"], "OPEN");
    assert_eq!(
        closed["answersUntil"],
        before["dialogues"][0]["answersUntil"]
    );
    assert!(closed["questions"]["nodes"][0]["text"].is_string());
    let again = json!({ "dialogueId": round, "text": "One more?", "language": "en" });
    let refused = app.as_(Person::Clerk).mutate("askQuestion", again).await;
    assert_eq!(refused.errors[0].code, "DIALOGUE_CLOSED");
    let answer = json!({ "questionId": asked, "text": english("Two.") });
    act(&app, Person::Editor, "answerQuestion", answer).await;
    let kinds = found["timeline"]["nodes"].to_string();
    assert_eq!(kinds.matches("DIALOGUE_CLOSED").count(), 1);
    eventually("the follower is notified", async || {
        let events = events_of(&app, Person::Chair).await;
        events.contains(&"DIALOGUE_CLOSED".to_owned()).then_some(())
    })
    .await;
    let audited: i64 =
        sqlx::query_scalar("select count(*) from audit where action = 'dialogue.close'")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn an_open_round_is_cancelled_and_its_questions_stay() {
    let app = TestApp::start().await;
    let procurement = published(&app, "UPCOMING").await;
    act(
        &app,
        Person::Chair,
        "followProcurement",
        json!({ "procurementId": procurement }),
    )
    .await;
    let round = dialogue(&app, &procurement).await;
    let asked = question(&app, &round).await;
    act(&app, Person::Editor, "cancelDialogue", ending(&round)).await;
    let answer = json!({ "questionId": asked, "text": english("Two.") });
    act(&app, Person::Editor, "answerQuestion", answer).await;
    let found = rounds(&app, &procurement).await;
    let cancelled = &found["dialogues"][0];
    assert_eq!(
        (&cancelled["state"], &cancelled["isOpen"]),
        (&json!("CANCELLED"), &json!(false))
    );
    assert_eq!(
        cancelled["cancellation"]["reason"]["text"],
        "Opened by mistake."
    );
    assert_eq!(
        cancelled["questions"]["nodes"][0]["answer"]["text"]["text"],
        "Two."
    );
    eventually("the follower is notified once", async || {
        let events = events_of(&app, Person::Chair).await;
        let count = events
            .iter()
            .filter(|event| *event == "DIALOGUE_CANCELLED")
            .count();
        (count == 1).then_some(())
    })
    .await;
    // The planned end neither happens nor is notified.
    app.advance(TimeDelta::days(15));
    let found = rounds(&app, &procurement).await;
    assert!(
        !found["dialogueEvents"]
            .to_string()
            .contains("DIALOGUE_CLOSED")
    );
    assert!(found["timeline"].to_string().contains("DIALOGUE_CANCELLED"));
    assert_eq!(found["dialogues"][0]["state"], "CANCELLED");
    eventually("no notification of the round is scheduled", async || {
        let scheduled: i64 = sqlx::query_scalar(
            "select count(*) from graphile_worker.jobs where key like 'notify:Dialogue%'",
        )
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
        (scheduled == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_planned_round_is_cancelled_before_it_opens() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let file = document(&app.as_(Person::Editor)).await;
    let mut input = dialogue_input(&app, &procurement);
    input["kind"] = json!("PARTNERSHIP");
    input["opensAt"] = json!(time(app.now() + TimeDelta::days(1)));
    input["documentIds"] = json!([file]);
    let round = act(&app, Person::Editor, "openDialogue", input).await;
    let planned = rounds(&app, &procurement).await;
    assert_eq!(planned["partnership"], true);
    let refused = app
        .as_(Person::Editor)
        .mutate("closeDialogue", ending(&round))
        .await;
    assert_eq!(refused.errors[0].code, "DIALOGUE_NOT_OPEN");
    act(&app, Person::Editor, "cancelDialogue", ending(&round)).await;
    app.advance(TimeDelta::days(2));
    let found = rounds(&app, &procurement).await;
    let cancelled = &found["dialogues"][0];
    assert_eq!(cancelled["state"], "CANCELLED");
    assert_eq!(cancelled["opensAt"], planned["dialogues"][0]["opensAt"]);
    assert_eq!(cancelled["documents"], json!([]));
    assert_eq!(download(&app.anonymous(), &file).await.status(), 404);
    let kinds: Vec<&str> = found["dialogueEvents"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["DIALOGUE_CANCELLED"]);
    // No organisation took part, so the procurement may be tendered.
    assert_eq!(found["partnership"], false);
    let tendering = json!({ "procurementId": procurement, "phase": "TENDERING" });
    act(&app, Person::Publisher, "publishNotice", tendering).await;
}

#[tokio::test]
async fn a_meeting_is_cancelled_before_its_round() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = market_round(&app, &procurement).await;
    let meeting = meeting(&app, &round).await;
    for mutation in ["closeDialogue", "cancelDialogue"] {
        let refused = app
            .as_(Person::Editor)
            .mutate(mutation, ending(&round))
            .await;
        assert_eq!(refused.errors[0].code, "INVALID");
    }
    let cancel = json!({ "meetingId": meeting, "reason": english("No room.") });
    act(&app, Person::Editor, "cancelMeeting", cancel).await;
    act(&app, Person::Editor, "cancelDialogue", ending(&round)).await;
}

#[tokio::test]
async fn two_endings_at_once_end_once() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &procurement).await;
    let (editor, publisher) = (app.as_(Person::Editor), app.as_(Person::Publisher));
    let (closed, cancelled) = tokio::join!(
        editor.mutate("closeDialogue", ending(&round)),
        publisher.mutate("cancelDialogue", ending(&round)),
    );
    assert_eq!(closed.errors.len() + cancelled.errors.len(), 1);
}

#[tokio::test]
async fn a_question_is_answered_after_the_phase_changed() {
    let app = TestApp::start().await;
    let procurement = published(&app, "TENDERING").await;
    let round = dialogue(&app, &procurement).await;
    let [one, two] = [question(&app, &round).await, question(&app, &round).await];
    // The deadline for tenders passes: EVALUATION.
    app.advance(TENDERING + TimeDelta::seconds(1));
    let answer = |id: &str| json!({ "questionId": id, "text": english("Two.") });
    act(&app, Person::Editor, "answerQuestion", answer(&one)).await;
    let again = json!({ "dialogueId": round, "text": "One more?", "language": "en" });
    let refused = app.as_(Person::Clerk).mutate("askQuestion", again).await;
    assert_eq!(refused.errors[0].code, "WRONG_PHASE");
    let end = json!({ "procurementId": procurement, "phase": "CANCELLED", "reasonCode": "INS_FUND",
        "reason": english("No money.") });
    act(&app, Person::Publisher, "endProcurement", end).await;
    let refused = app
        .as_(Person::Editor)
        .mutate("answerQuestion", answer(&two))
        .await;
    assert_eq!(refused.errors[0].code, "WRONG_PHASE");
    let found = read(&app, None, &procurement).await;
    let questions = &found["procurement"]["dialogues"][0]["questions"]["nodes"];
    assert_eq!(questions[0]["status"], "ANSWERED");
}
