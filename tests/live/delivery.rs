//! Delivery: each kind of event, at its time, by every server process, and nothing else.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{act, answer, begin, change, listen};
use crate::{
    contribution,
    support::{
        app::{SOCKET_LIMITS, TestApp},
        cast::{NONPROFIT, Person},
        socket::Socket,
        stage::{
            dialogue, dialogue_input, draft, english, moderated_dialogue, published, question,
            question_by, time,
        },
    },
};

/// Returns the kind of the next event.
async fn kind(socket: &mut Socket) -> String {
    change(socket).await["kind"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_kind_of_event_is_delivered_with_what_it_is_about() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let mut socket = listen(&app, None, &id).await;
    let round = dialogue(&app, &id).await;
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "DIALOGUE_OPENED");
    assert_eq!(event["dialogue"]["id"], json!(round));
    assert_eq!(event["question"], Value::Null);

    let closes = app.now() + TimeDelta::days(21);
    let extend =
        json!({ "dialogueId": round, "closesAt": time(closes), "reason": english("Holidays.") });
    act(&app, Person::Editor, "extendDialogue", extend).await;
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "DIALOGUE_EXTENDED");
    assert_eq!(event["extension"]["number"], 1);
    assert_eq!(event["extension"]["reason"]["text"], "Holidays.");

    let asked = question(&app, &round).await;
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "QUESTION_ASKED");
    assert_eq!(event["question"]["id"], json!(asked));
    assert_eq!(event["question"]["asker"]["label"], "Supplier");
    assert_eq!(event["answer"], Value::Null);
    moderated(&app, &mut socket, &round, &asked).await;

    contribution::publish(&app, &round, contribution::questions()).await;
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "QUESTIONNAIRE_PUBLISHED");
    assert_eq!(event["questionnaire"]["version"], 1);
    app.advance(TimeDelta::days(21));
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "DIALOGUE_CLOSED");
    assert_eq!(event["dialogue"]["isOpen"], false);
}

/// Publishes events of questions and answers.
async fn moderated(app: &TestApp, socket: &mut Socket, round: &str, asked: &str) {
    answer(app, asked, "Sixty.").await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "ANSWER_PUBLISHED");
    assert_eq!(event["answer"]["text"]["text"], "Sixty.");
    assert_eq!(event["question"]["status"], "ANSWERED");
    answer(app, asked, "Seventy.").await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "ANSWER_REVISED");
    assert_eq!(event["answer"]["revision"], 2);
    assert_eq!(event["answer"]["text"]["text"], "Seventy.");

    let ask = async |socket: &mut Socket| {
        let asked = question_by(app, round, Person::Chair).await;
        assert_eq!(kind(socket).await, "QUESTION_ASKED");
        asked
    };
    let merged = ask(socket).await;
    let merge = json!({ "questionIds": [merged], "intoId": asked });
    act(app, Person::Editor, "mergeQuestions", merge).await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "QUESTION_MERGED");
    assert_eq!(event["question"]["mergedInto"]["id"], asked);
    let one = ask(socket).await;
    let redact = json!({ "questionId": one, "text": "How many?", "reason": english("A name.") });
    act(app, Person::Editor, "redactQuestion", redact).await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "QUESTION_REDACTED");
    assert_eq!(event["question"]["text"], "How many?");
    let refuse = json!({ "questionId": one, "reason": english("No.") });
    act(app, Person::Editor, "refuseQuestion", refuse).await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "QUESTION_REFUSED");
    assert_eq!(event["question"]["refusal"]["reason"]["text"], "No.");
    let other = ask(socket).await;
    let withdraw = json!({ "questionId": other });
    act(app, Person::Chair, "withdrawQuestion", withdraw).await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "QUESTION_WITHDRAWN");
    assert_eq!(event["question"]["text"], Value::Null);
    let disclose = json!({ "dialogueId": round });
    act(app, Person::Chair, "discloseAsker", disclose).await;
    let event = change(socket).await;
    assert_eq!(event["kind"], "ASKER_DISCLOSED");
    assert!(event["dialogue"].to_string().contains(NONPROFIT));
}

#[tokio::test]
async fn contributions_are_events_once_published() {
    let app = TestApp::without_search().await;
    let (id, round) = contribution::round(&app).await;
    let mut socket = listen(&app, None, &id).await;
    let input = contribution::input(&round, 1, contribution::answers());
    act(&app, Person::Clerk, "contributeToDialogue", input).await;
    app.advance(TimeDelta::days(15));
    assert_eq!(kind(&mut socket).await, "DIALOGUE_CLOSED");
    let input = json!({ "dialogueId": round });
    act(&app, Person::Editor, "publishContributions", input).await;
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "CONTRIBUTIONS_PUBLISHED");
    assert!(event["dialogue"]["contributionsPublishedAt"].is_string());
}

#[tokio::test]
async fn what_is_done_through_one_process_is_delivered_by_the_other() {
    let app = TestApp::without_search().await;
    let other = app.another_server(SOCKET_LIMITS).await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let mut here = listen(&app, None, &id).await;
    let mut there = Socket::open(&other.address, app.as_(Person::Chair).init_payload()).await;
    begin(&mut there, &other.live, &id, Value::Null).await;
    answer(&app, &asked, "Sixty.").await;
    let (one, same) = (change(&mut here).await, change(&mut there).await);
    assert_eq!(one["answer"]["text"]["text"], "Sixty.");
    assert_eq!(one["id"], same["id"]);
    assert_eq!(one["answer"], same["answer"]);
    // Each server process loads events for its own subscriptions only.
    assert_eq!((app.live().subscribers(), other.live.subscribers()), (1, 1));
}

#[tokio::test]
async fn a_moderated_question_is_an_event_once_released() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = moderated_dialogue(&app, &id).await;
    let mut public = listen(&app, None, &id).await;
    let mut asker = listen(&app, Some(Person::Clerk), &id).await;
    let hidden = question(&app, &round).await;
    let released = question(&app, &round).await;
    let input = json!({ "questionId": released });
    act(&app, Person::Editor, "releaseQuestion", input).await;
    for socket in [&mut public, &mut asker] {
        let event = change(socket).await;
        assert_eq!(event["kind"], "QUESTION_ASKED");
        assert_eq!(event["question"]["id"], json!(released));
    }
    // The event's objects are read with the listener's permissions.
    let input = json!({ "questionId": hidden });
    act(&app, Person::Clerk, "withdrawQuestion", input).await;
    let event = change(&mut public).await;
    assert_eq!(event["question"]["own"], false);
    assert_eq!(change(&mut asker).await["question"]["own"], true);
}

#[tokio::test]
async fn a_held_answer_is_an_event_at_its_time() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let mut socket = listen(&app, None, &id).await;
    let release = app.now() + TimeDelta::hours(2);
    let hold = json!({ "questionId": asked, "text": english("Held."), "releaseAt": time(release) });
    act(&app, Person::Editor, "answerQuestion", hold).await;
    // A later question can become public first.
    let later = question(&app, &round).await;
    let event = change(&mut socket).await;
    assert_eq!(event["question"]["id"], json!(later));
    assert!(!event.to_string().contains("Held."));
    app.advance(TimeDelta::hours(2));
    let event = change(&mut socket).await;
    assert_eq!(event["kind"], "ANSWER_PUBLISHED");
    assert_eq!(event["answer"]["text"]["text"], "Held.");
}

#[tokio::test]
async fn a_subscription_gets_events_of_its_procurement_only() {
    let app = TestApp::without_search().await;
    let (id, other) = (
        published(&app, "UPCOMING").await,
        published(&app, "UPCOMING").await,
    );
    let (round, other_round) = (dialogue(&app, &id).await, dialogue(&app, &other).await);
    let mut socket = listen(&app, None, &id).await;
    let mut of_other = listen(&app, None, &other).await;
    question(&app, &other_round).await;
    assert_eq!(kind(&mut of_other).await, "QUESTION_ASKED");
    let asked = question(&app, &round).await;
    assert_eq!(change(&mut socket).await["question"]["id"], json!(asked));
}

#[tokio::test]
async fn a_draft_is_not_there_for_those_who_do_not_write_it() {
    let app = TestApp::without_search().await;
    let id = draft(&app).await;
    for reader in [None, Some(Person::Clerk), Some(Person::Stranger)] {
        let client = reader.map_or_else(|| app.anonymous(), |person| app.as_(person));
        let mut socket = client.socket().await;
        socket.subscribe(super::LISTEN, json!({ "id": id })).await;
        assert_eq!(socket.refused().await, "NOT_FOUND", "{reader:?}");
    }
    // The draft's writer is subscribed already and gets the first round.
    let mut writer = listen(&app, Some(Person::Editor), &id).await;
    let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
    act(&app, Person::Publisher, "publishNotice", publish).await;
    let input = dialogue_input(&app, &id);
    act(&app, Person::Editor, "openDialogue", input).await;
    assert_eq!(kind(&mut writer).await, "DIALOGUE_OPENED");
}
