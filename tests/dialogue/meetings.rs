//! Market meetings: public plans, private registrations, public minutes.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{client, each};
use crate::{
    documents::{document, download},
    support::{
        app::{TestApp, eventually},
        cast::{COMPANY, NONPROFIT, Person},
        rounds::{market_round, meeting, meeting_input},
        stage::{english, published, time},
    },
};

const MEETINGS: &str = "query($id: ID!) { procurement(id: $id) { timeline(first: 20) { nodes { kind subjectId } } dialogues {
    meetings { id number revision startsAt endsAt localTimes { startsAt registrationUntil } place { text } link
        agenda { text } seats seatsPerOrganisation seatsLeft registrationUntil registrationOpen
        cancellation { reason { text } at }
        versions { revision startsAt place { text } seats reason { text } plannedAt }
        ownRegistration { attendees note }
        registrations(first: 50) { totalCount nodes { organisation { name } attendees note } }
        minutes { revision text { text } attachments { id } } minutesVersions { revision text { text } } }
} } }";

/// Creates a procurement with a meeting; returns both IDs.
async fn planned(app: &TestApp) -> (String, String) {
    let id = published(app, "UPCOMING").await;
    let round = market_round(app, &id).await;
    let meeting = meeting(app, &round).await;
    (id, meeting)
}

/// Returns the first meeting as a client reads it.
async fn read(app: &TestApp, id: &str, person: Option<Person>) -> Value {
    let mut data = client(app, person).ask(MEETINGS, json!({ "id": id })).await;
    data["procurement"]["dialogues"][0]["meetings"][0].take()
}

async fn register(app: &TestApp, person: Person, meeting: &str, attendees: i32) {
    let input = json!({ "meetingId": meeting, "attendees": attendees, "note": format!("Note of {person:?}") });
    let client = app.as_(person);
    client.mutate("registerForMeeting", input).await.id();
}

/// Returns the plan with other seats.
fn change(app: &TestApp, meeting: &str, revision: i32) -> Value {
    let mut input = meeting_input(app, "");
    let fields = input.as_object_mut().unwrap();
    fields.remove("dialogueId");
    fields.insert("meetingId".into(), json!(meeting));
    fields.insert("revision".into(), json!(revision));
    fields.insert("reason".into(), english("A larger room."));
    input
}

#[tokio::test]
async fn registrations_and_links_are_private() {
    let app = TestApp::without_search().await;
    let (id, meeting) = planned(&app).await;
    register(&app, Person::Clerk, &meeting, 1).await;
    register(&app, Person::Clerk, &meeting, 2).await;
    let link = json!("https://meet.example/hemlig-4471");
    for (person, link, own, host) in [
        (None, Value::Null, Value::Null, false),
        (Some(Person::Stranger), Value::Null, Value::Null, false),
        (Some(Person::Chair), Value::Null, Value::Null, false),
        (Some(Person::Signatory), link.clone(), json!(2), false),
        (Some(Person::Trainee), link.clone(), Value::Null, false),
        (Some(Person::Editor), link.clone(), Value::Null, true),
        (Some(Person::Publisher), link, Value::Null, true),
    ] {
        let seen = read(&app, &id, person).await;
        assert_eq!(seen["seatsLeft"], 2, "{person:?}");
        assert_eq!(seen["link"], link, "{person:?}");
        assert_eq!(seen["ownRegistration"]["attendees"], own, "{person:?}");
        let text = seen["registrations"].to_string();
        assert_eq!(
            text.contains(COMPANY) && text.contains("Note of Clerk"),
            host,
            "{person:?}"
        );
        assert_eq!(text == "null", !host, "{person:?}");
    }
    let both = app.acting_for(Person::Both, app.organisations.nonprofit);
    let data = both.ask(MEETINGS, json!({ "id": id })).await;
    let seen = &data["procurement"]["dialogues"][0]["meetings"][0];
    assert_eq!(
        (&seen["link"], &seen["ownRegistration"]),
        (&Value::Null, &Value::Null)
    );
    // No number of the round was used, because a gap would reveal the next asker.
    let numbers: i64 = sqlx::query_scalar("select count(*) from dialogue_participant")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(numbers, 0);
    let cancel = json!({ "meetingId": meeting });
    let clerk = app.as_(Person::Clerk);
    clerk.mutate("cancelRegistration", cancel).await.id();
    let seen = read(&app, &id, Some(Person::Clerk)).await;
    assert_eq!(
        (&seen["seatsLeft"], &seen["link"]),
        (&json!(4), &Value::Null)
    );
}

#[tokio::test]
async fn a_meeting_without_registration_shows_its_link_to_everyone() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = market_round(&app, &id).await;
    let mut input = meeting_input(&app, &round);
    for field in ["seats", "seatsPerOrganisation", "registrationUntil"] {
        input[field] = Value::Null;
    }
    let editor = app.as_(Person::Editor);
    editor.mutate("scheduleMeeting", input).await.id();
    let seen = read(&app, &id, None).await;
    assert_eq!(seen["link"], "https://meet.example/hemlig-4471");
    assert_eq!(
        (&seen["seatsLeft"], &seen["registrationOpen"]),
        (&Value::Null, &json!(false))
    );
}

#[tokio::test]
async fn concurrent_registrations_do_not_exceed_the_seats() {
    let app = TestApp::without_search().await;
    let (id, meeting) = planned(&app).await;
    let three = json!({ "meetingId": meeting, "attendees": 3 });
    let (company, nonprofit) = (app.as_(Person::Clerk), app.as_(Person::Chair));
    let (one, other) = tokio::join!(
        company.mutate("registerForMeeting", three.clone()),
        nonprofit.mutate("registerForMeeting", three.clone()),
    );
    let refused: Vec<&str> = [&one, &other]
        .into_iter()
        .flat_map(|answer| &answer.errors)
        .map(|error| error.code.as_str())
        .collect();
    assert_eq!(refused, ["MEETING_FULL"]);
    assert_eq!(read(&app, &id, None).await["seatsLeft"], 1);
    // An organisation may repeat its registration, although it takes three of the four seats.
    let winner = if one.errors.is_empty() {
        company
    } else {
        nonprofit
    };
    winner.mutate("registerForMeeting", three).await.id();
}

#[tokio::test]
async fn a_change_stays_readable_and_reaches_who_registered() {
    let app = TestApp::start().await;
    let (id, meeting) = planned(&app).await;
    register(&app, Person::Clerk, &meeting, 2).await;
    let follow = json!({ "procurementId": id });
    let chair = app.as_(Person::Chair);
    chair.mutate("followProcurement", follow).await.id();
    let mut larger = change(&app, &meeting, 1);
    larger["place"] = english("The sports hall");
    larger["seats"] = json!(40);
    let editor = app.as_(Person::Editor);
    editor.mutate("changeMeeting", larger).await.id();
    let seen = read(&app, &id, None).await;
    assert_eq!(
        (&seen["revision"], &seen["seatsLeft"]),
        (&json!(2), &json!(38))
    );
    let versions = seen["versions"].as_array().unwrap();
    assert_eq!(each(versions, "revision"), [2, 1]);
    assert_eq!(versions[0]["reason"]["text"], "A larger room.");
    assert_eq!(versions[1]["place"]["text"], "The town hall");
    let cancel = json!({ "meetingId": meeting, "reason": english("Nobody can come.") });
    editor.mutate("cancelMeeting", cancel).await.id();
    let seen = read(&app, &id, None).await;
    assert_eq!(seen["cancellation"]["reason"]["text"], "Nobody can come.");
    assert_eq!(seen["registrationOpen"], false);
    let told = "{ viewer { notifications(first: 50) { nodes { event } } } }";
    for person in [Person::Clerk, Person::Signatory, Person::Chair] {
        eventually("they are told", async || {
            let data = app.as_(person).ask(told, json!({})).await;
            let nodes = data["viewer"]["notifications"]["nodes"].as_array().unwrap();
            let mut events = each(nodes, "event");
            events.sort_by_key(Value::to_string);
            (events == ["MEETING_CANCELLED", "MEETING_CHANGED"]).then_some(())
        })
        .await;
    }
    let data = app.anonymous().ask(MEETINGS, json!({ "id": id })).await;
    let nodes = data["procurement"]["timeline"]["nodes"].as_array().unwrap();
    let kinds = each(&nodes[..3], "kind");
    assert_eq!(
        kinds,
        ["MEETING_CANCELLED", "MEETING_CHANGED", "MEETING_SCHEDULED"]
    );
    assert_eq!(nodes[0]["subjectId"], meeting.as_str());
}

#[tokio::test]
async fn minutes_are_everyones_and_revised_with_the_earlier_ones_kept() {
    let app = TestApp::without_search().await;
    let (id, meeting) = planned(&app).await;
    let slides = document(&app.as_(Person::Editor)).await;
    app.advance(TimeDelta::days(2));
    let editor = app.as_(Person::Editor);
    for text in ["What was said.", "What was said, and more."] {
        let minutes =
            json!({ "meetingId": meeting, "text": english(text), "documentIds": [slides] });
        editor.mutate("publishMinutes", minutes).await.id();
    }
    let seen = read(&app, &id, None).await;
    assert_eq!(seen["minutes"]["text"]["text"], "What was said, and more.");
    assert_eq!(seen["minutes"]["attachments"][0]["id"], slides.as_str());
    assert_eq!(
        each(seen["minutesVersions"].as_array().unwrap(), "revision"),
        [2, 1]
    );
    assert_eq!(download(&app.anonymous(), &slides).await.status(), 200);
}

#[tokio::test]
async fn registration_ends_and_the_meeting_starts_by_the_clock() {
    let app = TestApp::without_search().await;
    let (id, meeting) = planned(&app).await;
    let code = async |person: Person, mutation: &str, input: Value| {
        let answer = app.as_(person).mutate(mutation, input).await;
        answer.errors.first().map(|error| error.code.clone())
    };
    let come = json!({ "meetingId": meeting, "attendees": 1 });
    let stay = json!({ "meetingId": meeting });
    assert_eq!(
        code(Person::Clerk, "registerForMeeting", come.clone()).await,
        None
    );
    app.advance(TimeDelta::days(1));
    assert_eq!(read(&app, &id, None).await["registrationOpen"], false);
    let late = Some("DEADLINE_PASSED".to_owned());
    assert_eq!(code(Person::Chair, "registerForMeeting", come).await, late);
    app.advance(TimeDelta::days(1));
    assert_eq!(code(Person::Clerk, "cancelRegistration", stay).await, late);
    let mut again = change(&app, &meeting, 1);
    again["startsAt"] = json!(time(app.now() + TimeDelta::hours(9)));
    assert_eq!(code(Person::Editor, "changeMeeting", again).await, late);
}

#[tokio::test]
async fn a_registration_outlives_its_person_and_organisation() {
    let app = TestApp::without_search().await;
    let (id, meeting) = planned(&app).await;
    register(&app, Person::Chair, &meeting, 2).await;
    register(&app, Person::Clerk, &meeting, 1).await;
    // All members leave the nonprofit; the last one closes it.
    for person in [Person::Both, Person::Volunteer, Person::Chair] {
        let erase = json!({ "confirm": "ERASE" });
        app.as_(person).mutate("erasePerson", erase).await.id();
    }
    let seen = read(&app, &id, Some(Person::Editor)).await;
    let registrations = &seen["registrations"];
    assert_eq!(registrations["totalCount"], 2);
    let text = registrations.to_string();
    assert!(text.contains(NONPROFIT) && text.contains(COMPANY), "{text}");
    assert_eq!(read(&app, &id, None).await["seatsLeft"], 1);
}

#[tokio::test]
async fn the_buyer_reads_registrations_page_by_page() {
    let app = TestApp::without_search().await;
    let (id, meeting) = planned(&app).await;
    register(&app, Person::Chair, &meeting, 1).await;
    register(&app, Person::Clerk, &meeting, 1).await;
    let page = "query($id: ID!, $after: String) { procurement(id: $id) { dialogues { meetings {
        registrations(first: 1, after: $after) { nodes { organisation { name } } pageInfo { hasNextPage endCursor } } } } } }";
    let (mut names, mut after) = (Vec::new(), Value::Null);
    for more in [true, false] {
        let variables = json!({ "id": id, "after": after });
        let data = app.as_(Person::Editor).ask(page, variables).await;
        let found = &data["procurement"]["dialogues"][0]["meetings"][0]["registrations"];
        assert_eq!(found["pageInfo"]["hasNextPage"], more);
        after = found["pageInfo"]["endCursor"].clone();
        names.push(found["nodes"][0]["organisation"]["name"].clone());
    }
    names.sort_by_key(Value::to_string);
    assert_eq!(names, [NONPROFIT, COMPANY]);
}

#[tokio::test]
async fn the_database_keeps_plans_and_minutes_as_they_were() {
    let app = TestApp::without_search().await;
    let (_, meeting) = planned(&app).await;
    app.advance(TimeDelta::days(2));
    let minutes = json!({ "meetingId": meeting, "text": english("What was said.") });
    let editor = app.as_(Person::Editor);
    editor.mutate("publishMinutes", minutes).await.id();
    for statement in [
        "update meeting set number = 7",
        "update meeting_version set seats = 7",
        "delete from meeting_version",
        "update meeting_minutes set revision = 7",
    ] {
        let done = sqlx::query(statement).execute(&app.database.pool).await;
        let refused = done
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
}
