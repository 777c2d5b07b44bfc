//! Notifications about questions: recipients, texts, subjects, and marking them as read.

use reqwest::header::ACCEPT_LANGUAGE;
use serde_json::{Value, json};
use torg::{
    kernel::ids::QuestionId,
    procurement::notification::{NotificationEvent, Notify},
};

use super::{client, questions};
use crate::support::{
    app::{TestApp, eventually},
    cast::{COMPANY, Person},
    stage::{dialogue, english, moderated_dialogue, published, question_by},
};

const NOTIFICATIONS: &str = "{ viewer { unreadNotificationCount notifications(first: 100) { nodes {
    id event text at readAt procurement { id } subject { __typename
        ... on Question { id number own asker { label } }
        ... on Answer { id } } } } } }";

async fn notifications(app: &TestApp, person: Person) -> Vec<Value> {
    let data = app.as_(person).ask(NOTIFICATIONS, json!({})).await;
    data["viewer"]["notifications"]["nodes"]
        .as_array()
        .unwrap()
        .clone()
}

/// Returns the person's notifications of an event.
async fn of(app: &TestApp, person: Person, event: &str) -> Vec<Value> {
    let all = notifications(app, person).await.into_iter();
    all.filter(|one| one["event"] == event).collect()
}

/// Waits until the person has this many notifications of an event; returns them.
async fn awaited(app: &TestApp, person: Person, event: &str, count: usize) -> Vec<Value> {
    eventually(&format!("{person:?} has {count} {event}"), async || {
        let found = of(app, person, event).await;
        (found.len() >= count).then_some(found)
    })
    .await
}

async fn act(app: &TestApp, mutation: &str, input: Value) {
    app.as_(Person::Editor).mutate(mutation, input).await.id();
}

#[tokio::test]
async fn the_buyer_is_notified_of_new_questions_without_the_asker() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    // An editor who follows the procurement gets one notification all the same.
    let follow = json!({ "procurementId": id });
    app.as_(Person::Editor)
        .mutate("followProcurement", follow)
        .await
        .id();
    let asked = question_by(&app, &round, Person::Clerk).await;
    for person in [Person::Editor, Person::Publisher] {
        let found = awaited(&app, person, "QUESTION_ASKED", 1).await;
        assert_eq!(found.len(), 1, "{person:?}");
        assert_eq!(found[0]["subject"]["__typename"], "Question");
        assert_eq!(found[0]["subject"]["id"], asked.as_str());
        assert_eq!(found[0]["procurement"]["id"], id.as_str());
        let text = json!(found).to_string();
        let company = app.organisations.company.to_global();
        assert!(
            !text.contains(COMPANY) && !text.contains(&company),
            "{text}"
        );
        // The exact second would link questions of one asker.
        let at = found[0]["at"].as_str().unwrap();
        let at = chrono::DateTime::parse_from_rfc3339(at).unwrap();
        assert_eq!(at.timestamp() % 60, 0);
    }
    for person in [
        Person::Trainee,
        Person::Opener,
        Person::Stranger,
        Person::Clerk,
        Person::Chair,
    ] {
        assert_eq!(
            of(&app, person, "QUESTION_ASKED").await,
            [] as [Value; 0],
            "{person:?}"
        );
    }
}

#[tokio::test]
async fn the_buyer_is_notified_of_questions_that_await_moderation() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let follow = json!({ "procurementId": id });
    app.as_(Person::Chair)
        .mutate("followProcurement", follow)
        .await
        .id();
    let round = moderated_dialogue(&app, &id).await;
    let asked = question_by(&app, &round, Person::Clerk).await;
    let found = awaited(&app, Person::Editor, "QUESTION_AWAITS_MODERATION", 1).await;
    assert_eq!(found[0]["subject"]["id"], asked.as_str());
    awaited(&app, Person::Publisher, "QUESTION_AWAITS_MODERATION", 1).await;
    for person in [Person::Trainee, Person::Chair, Person::Clerk] {
        let all = json!(notifications(&app, person).await).to_string();
        assert!(!all.contains("QUESTION"), "{person:?}: {all}");
    }
    act(&app, "releaseQuestion", json!({ "questionId": asked })).await;
    awaited(&app, Person::Chair, "QUESTION_ASKED", 1).await;
    assert_eq!(
        of(&app, Person::Editor, "QUESTION_ASKED").await,
        [] as [Value; 0]
    );
}

#[tokio::test]
async fn the_asker_is_notified_without_following() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let mut asked = Vec::new();
    for text in ["One?", "Two?", "Three?"] {
        let input = json!({ "dialogueId": round, "text": text, "language": "en" });
        asked.push(
            app.as_(Person::Clerk)
                .mutate("askQuestion", input)
                .await
                .id(),
        );
    }
    let theirs = question_by(&app, &round, Person::Volunteer).await;
    let reason = english("A reason.");
    for _ in 0..2 {
        act(
            &app,
            "redactQuestion",
            json!({ "questionId": asked[0], "text": "Which?", "reason": reason }),
        )
        .await;
    }
    act(
        &app,
        "refuseQuestion",
        json!({ "questionId": asked[1], "reason": reason }),
    )
    .await;
    act(
        &app,
        "mergeQuestions",
        json!({ "questionIds": [asked[2]], "intoId": theirs }),
    )
    .await;
    act(
        &app,
        "answerQuestion",
        json!({ "questionId": theirs, "text": english("Yes.") }),
    )
    .await;
    for (event, count, subject) in [
        ("QUESTION_REDACTED", 2, &asked[0]),
        ("QUESTION_REFUSED", 1, &asked[1]),
        ("QUESTION_MERGED", 1, &asked[2]),
    ] {
        for person in [Person::Clerk, Person::Signatory] {
            let found = awaited(&app, person, event, count).await;
            assert_eq!(found.len(), count, "{event}");
            assert!(
                found
                    .iter()
                    .all(|one| one["subject"]["id"] == subject.as_str()),
                "{event}"
            );
        }
        for person in [Person::Volunteer, Person::Editor, Person::Stranger] {
            assert_eq!(
                of(&app, person, event).await,
                [] as [Value; 0],
                "{person:?} {event}"
            );
        }
    }
    // The answer is also that of the question that was merged into the answered one.
    for person in [Person::Volunteer, Person::Clerk] {
        let found = awaited(&app, person, "QUESTION_ANSWERED", 1).await;
        assert_eq!(found.len(), 1, "{person:?}");
        assert_eq!(found[0]["subject"]["__typename"], "Answer");
    }
    assert_eq!(
        of(&app, Person::Editor, "QUESTION_ANSWERED").await,
        [] as [Value; 0]
    );
}

#[tokio::test]
async fn a_job_that_runs_twice_notifies_once() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question_by(&app, &round, Person::Clerk).await;
    awaited(&app, Person::Editor, "QUESTION_ASKED", 1).await;
    let question = QuestionId::from_global(&asked).unwrap();
    let procurement = torg::kernel::ids::ProcurementId::from_global(&id).unwrap();
    let mut connection = app.database.pool.acquire().await.unwrap();
    let again = Notify {
        procurement,
        event: NotificationEvent::new("QUESTION_ASKED"),
        subject: question.0,
        about: None,
        at: app.now(),
    };
    torg::database::enqueue(&mut connection, &app.database, &again)
        .await
        .unwrap();
    // Jobs run in their order, so that the later one shows that the repeated one has run.
    question_by(&app, &round, Person::Volunteer).await;
    awaited(&app, Person::Editor, "QUESTION_ASKED", 2).await;
    assert_eq!(of(&app, Person::Editor, "QUESTION_ASKED").await.len(), 2);
}

#[tokio::test]
async fn the_text_is_in_the_reader_s_language() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    question_by(&app, &round, Person::Clerk).await;
    awaited(&app, Person::Editor, "QUESTION_ASKED", 1).await;
    for (languages, text) in [
        ("en", "A question was asked: Cleaning of schools"),
        ("sv", "En fråga har ställts: Städning av skolor"),
        ("fi", "On esitetty kysymys: Cleaning of schools"),
        ("nn", "Et spørsmål er stilt: Cleaning of schools"),
        ("da", "Et spørgsmål er stillet: Cleaning of schools"),
    ] {
        let request = client(&app, Some(Person::Editor)).post();
        let request = request.header(ACCEPT_LANGUAGE, languages);
        let request = request.json(&json!({ "query": NOTIFICATIONS }));
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        let node = &body["data"]["viewer"]["notifications"]["nodes"][0];
        let begin = text.split(": ").next().unwrap();
        let shown = node["text"].as_str().unwrap();
        assert!(shown.starts_with(begin), "{languages}: {shown}");
        if ["en", "sv"].contains(&languages) {
            assert_eq!(shown, text);
        }
    }
}

#[tokio::test]
async fn notifications_are_marked_as_read() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    for person in [Person::Clerk, Person::Volunteer] {
        question_by(&app, &round, person).await;
    }
    let unread = awaited(&app, Person::Editor, "QUESTION_ASKED", 2).await;
    assert!(unread.iter().all(|one| one["readAt"].is_null()));
    awaited(&app, Person::Publisher, "QUESTION_ASKED", 2).await;
    let count = async |person| -> Value {
        let data = app.as_(person).ask(NOTIFICATIONS, json!({})).await;
        data["viewer"]["unreadNotificationCount"].clone()
    };
    assert_eq!(count(Person::Editor).await, 2);
    let mark =
        "mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) {
        viewer { unreadNotificationCount } userErrors { code } } }";
    let editor = app.as_(Person::Editor);
    // Another person's notification is not found, and stays unread.
    let other = notifications(&app, Person::Publisher).await[0]["id"].clone();
    for (named, left) in [
        (json!({ "notificationIds": [] }), 2),
        (json!({ "notificationIds": [other] }), 2),
        (json!({ "notificationIds": [unread[0]["id"]] }), 1),
        (json!({ "notificationIds": [unread[0]["id"]] }), 1),
        (json!({}), 0),
    ] {
        let data = editor.ask(mark, json!({ "input": named })).await;
        let payload = &data["markNotificationsRead"];
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(
            payload["viewer"]["unreadNotificationCount"], left,
            "{named}"
        );
    }
    let read = of(&app, Person::Editor, "QUESTION_ASKED").await;
    assert!(read.iter().all(|one| one["readAt"].is_string()));
    assert_eq!(count(Person::Publisher).await, 2);
}

#[tokio::test]
async fn the_subject_is_read_through_the_reader_s_rights() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let round = moderated_dialogue(&app, &id).await;
    question_by(&app, &round, Person::Clerk).await;
    let found = awaited(&app, Person::Editor, "QUESTION_AWAITS_MODERATION", 1).await;
    assert_eq!(found[0]["subject"]["__typename"], "Question");
    assert_eq!(found[0]["subject"]["own"], false);
    sqlx::query("delete from membership where person_id = (select person_id from notification where event = 'QUESTION_AWAITS_MODERATION' limit 1)")
        .execute(&app.database.pool)
        .await
        .unwrap();
    let mut hidden = 0;
    for person in [Person::Editor, Person::Publisher] {
        let found = of(&app, person, "QUESTION_AWAITS_MODERATION").await;
        hidden += usize::from(found[0]["subject"].is_null());
    }
    assert_eq!(hidden, 1, "the person who left the buyer");
    assert_eq!(questions(&app, &id, None).await.len(), 0);
}
