//! Market meetings: planning, registering, minutes.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, MeetingId};

use super::{Case, check, with};
use crate::{
    documents::document,
    support::{
        app::TestApp,
        cast::Person::{self, Chair, Clerk, Editor, Publisher},
        rounds::{market_round, meeting, meeting_input},
        stage::{dialogue, english, published, time},
    },
};

/// Creates a procurement, a round and a meeting; returns their IDs.
async fn planned(app: &TestApp) -> (String, String, String) {
    let id = published(app, "UPCOMING").await;
    let round = market_round(app, &id).await;
    let meeting = meeting(app, &round).await;
    (id, round, meeting)
}

/// Returns the case of an unknown ID in `field`.
fn unknown(input: &Value, field: &'static str, id: String) -> Vec<Case> {
    let input = with(input.clone(), json!({ field: id }));
    vec![("an unknown ID", Some(Editor), input, "NOT_FOUND", field)]
}

async fn end(app: &TestApp, procurement: &str) {
    let end = json!({ "procurementId": procurement, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
}

#[tokio::test]
async fn schedule_meeting() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = market_round(&app, &id).await;
    let input = meeting_input(&app, &round);
    let change = |changes: Value| with(input.clone(), changes);
    let days = |days: i64| time(app.now() + TimeDelta::days(days));
    let mut cases = unknown(&input, "dialogueId", DialogueId::new().to_global());
    let open_qa = dialogue(&app, &id).await;
    for (what, changes, code, field) in [
        (
            "another kind of round",
            json!({ "dialogueId": open_qa }),
            "INVALID",
            "dialogueId",
        ),
        (
            "in the past",
            json!({ "startsAt": days(-1) }),
            "OUT_OF_RANGE",
            "startsAt",
        ),
        (
            "after the round",
            json!({ "startsAt": days(14), "endsAt": days(15) }),
            "OUT_OF_RANGE",
            "startsAt",
        ),
        (
            "until after the round",
            json!({ "endsAt": days(15) }),
            "OUT_OF_RANGE",
            "endsAt",
        ),
        (
            "ends before it starts",
            json!({ "endsAt": days(1) }),
            "OUT_OF_RANGE",
            "endsAt",
        ),
        (
            "nowhere",
            json!({ "place": null, "link": null }),
            "REQUIRED",
            "place",
        ),
        (
            "a long place",
            json!({ "place": english(&"x".repeat(401)) }),
            "TOO_LONG",
            "place",
        ),
        (
            "an unsafe link",
            json!({ "link": "http://meet.example/" }),
            "INVALID",
            "link",
        ),
        (
            "a long agenda",
            json!({ "agenda": english(&"x".repeat(10_001)) }),
            "TOO_LONG",
            "agenda",
        ),
        ("no seats", json!({ "seats": 0 }), "OUT_OF_RANGE", "seats"),
        (
            "more than all",
            json!({ "seatsPerOrganisation": 5 }),
            "OUT_OF_RANGE",
            "seatsPerOrganisation",
        ),
        (
            "seats for nobody",
            json!({ "registrationUntil": null }),
            "REQUIRED",
            "registrationUntil",
        ),
        (
            "late registration",
            json!({ "registrationUntil": days(3) }),
            "OUT_OF_RANGE",
            "registrationUntil",
        ),
        (
            "past registration",
            json!({ "registrationUntil": days(-1) }),
            "OUT_OF_RANGE",
            "registrationUntil",
        ),
    ] {
        cases.push((what, Some(Editor), change(changes), code, field));
    }
    check(&app, "scheduleMeeting", cases).await;
    for _ in 0..20 {
        meeting(&app, &round).await;
    }
    let cases = vec![(
        "the 21st",
        Some(Editor),
        input.clone(),
        "LIMIT_REACHED",
        "dialogueId",
    )];
    check(&app, "scheduleMeeting", cases).await;
    end(&app, &id).await;
    let cases = vec![(
        "after the end",
        Some(Editor),
        input.clone(),
        "WRONG_PHASE",
        "",
    )];
    check(&app, "scheduleMeeting", cases).await;
}

/// Returns the meeting's plan as the input of a change.
fn plan_again(app: &TestApp, meeting: &str) -> Value {
    let mut input = meeting_input(app, "");
    let fields = input.as_object_mut().unwrap();
    fields.remove("dialogueId");
    fields.insert("meetingId".into(), json!(meeting));
    fields.insert("revision".into(), json!(1));
    fields.insert("reason".into(), english("A larger room."));
    input
}

#[tokio::test]
async fn change_and_cancel_meeting() {
    let app = TestApp::without_search().await;
    let (_, _, meeting) = planned(&app).await;
    let come = json!({ "meetingId": meeting, "attendees": 3 });
    app.as_(Clerk).mutate("registerForMeeting", come).await.id();
    let input = plan_again(&app, &meeting);
    let mut cases = unknown(&input, "meetingId", MeetingId::new().to_global());
    for (what, changes, code, field) in [
        (
            "a stale revision",
            json!({ "revision": 0 }),
            "CONFLICT",
            "revision",
        ),
        ("no reason", json!({ "reason": [] }), "REQUIRED", "reason"),
        (
            "fewer seats than are taken",
            json!({ "seats": 2, "seatsPerOrganisation": null }),
            "OUT_OF_RANGE",
            "seats",
        ),
        (
            "fewer than one has",
            json!({ "seatsPerOrganisation": 2 }),
            "OUT_OF_RANGE",
            "seatsPerOrganisation",
        ),
        (
            "no registration",
            json!({ "seats": null, "seatsPerOrganisation": null, "registrationUntil": null }),
            "REQUIRED",
            "registrationUntil",
        ),
    ] {
        cases.push((
            what,
            Some(Editor),
            with(input.clone(), changes),
            code,
            field,
        ));
    }
    check(&app, "changeMeeting", cases).await;
    let cancel = json!({ "meetingId": meeting, "reason": english("Nobody can come.") });
    let mut cases = unknown(&cancel, "meetingId", MeetingId::new().to_global());
    let silent = with(cancel.clone(), json!({ "reason": [] }));
    cases.push(("no reason", Some(Editor), silent, "REQUIRED", "reason"));
    check(&app, "cancelMeeting", cases).await;
    app.as_(Editor)
        .mutate("cancelMeeting", cancel.clone())
        .await
        .id();
    let cases = vec![("again", Some(Editor), cancel, "ALREADY_DONE", "meetingId")];
    check(&app, "cancelMeeting", cases).await;
    for (mutation, person, input) in [
        ("changeMeeting", Editor, input),
        (
            "registerForMeeting",
            Chair,
            json!({ "meetingId": meeting, "attendees": 1 }),
        ),
        ("cancelRegistration", Clerk, json!({ "meetingId": meeting })),
        (
            "publishMinutes",
            Editor,
            json!({ "meetingId": meeting, "text": english("So.") }),
        ),
    ] {
        let cases = vec![(
            "cancelled",
            Some(person),
            input,
            "MEETING_CANCELLED",
            "meetingId",
        )];
        check(&app, mutation, cases).await;
    }
}

#[tokio::test]
async fn nothing_is_changed_or_cancelled_once_it_started() {
    let app = TestApp::without_search().await;
    let (_, _, meeting) = planned(&app).await;
    app.advance(TimeDelta::days(2));
    let cancel = json!({ "meetingId": meeting, "reason": english("Nobody came.") });
    for (mutation, input) in [
        ("changeMeeting", plan_again(&app, &meeting)),
        ("cancelMeeting", cancel),
    ] {
        let cases = vec![("started", Some(Editor), input, "DEADLINE_PASSED", "")];
        check(&app, mutation, cases).await;
    }
}

#[tokio::test]
async fn register_for_meeting() {
    let app = TestApp::without_search().await;
    let (id, round, meeting) = planned(&app).await;
    let input = json!({ "meetingId": meeting, "attendees": 1 });
    let change = |changes: Value| with(input.clone(), changes);
    let missing = change(json!({ "meetingId": MeetingId::new().to_global() }));
    let mut cases: Vec<Case> = vec![(
        "no such meeting",
        Some(Clerk),
        missing,
        "NOT_FOUND",
        "meetingId",
    )];
    for (what, changes, code, field) in [
        (
            "nobody",
            json!({ "attendees": 0 }),
            "OUT_OF_RANGE",
            "attendees",
        ),
        (
            "too many",
            json!({ "attendees": 4 }),
            "OUT_OF_RANGE",
            "attendees",
        ),
        ("an empty note", json!({ "note": " " }), "REQUIRED", "note"),
        (
            "a long note",
            json!({ "note": "x".repeat(501) }),
            "TOO_LONG",
            "note",
        ),
        (
            "a bell",
            json!({ "note": "a\u{7}b" }),
            "FORBIDDEN_CHARACTER",
            "note",
        ),
    ] {
        cases.push((what, Some(Clerk), change(changes), code, field));
    }
    check(&app, "registerForMeeting", cases).await;
    let cancel = json!({ "meetingId": meeting });
    let cases: Vec<Case> = vec![(
        "not registered",
        Some(Clerk),
        cancel.clone(),
        "NOT_FOUND",
        "meetingId",
    )];
    check(&app, "cancelRegistration", cases).await;
    let three = change(json!({ "attendees": 3 }));
    app.as_(Clerk)
        .mutate("registerForMeeting", three.clone())
        .await
        .id();
    let cases = vec![(
        "one seat is left",
        Some(Chair),
        three,
        "MEETING_FULL",
        "attendees",
    )];
    check(&app, "registerForMeeting", cases).await;
    let mut open = meeting_input(&app, &round);
    for field in ["seats", "seatsPerOrganisation", "registrationUntil"] {
        open[field] = Value::Null;
    }
    let open = app.as_(Editor).mutate("scheduleMeeting", open).await.id();
    let open = change(json!({ "meetingId": open }));
    let cases = vec![("nobody has to", Some(Clerk), open, "INVALID", "meetingId")];
    check(&app, "registerForMeeting", cases).await;
    end(&app, &id).await;
    for (mutation, input) in [
        ("registerForMeeting", input),
        ("cancelRegistration", cancel),
    ] {
        let cases = vec![("after the end", Some(Clerk), input, "WRONG_PHASE", "")];
        check(&app, mutation, cases).await;
    }
}

#[tokio::test]
async fn registering_without_end_is_held_back() {
    let app = TestApp::without_search().await;
    let (_, _, meeting) = planned(&app).await;
    let clerk = app.as_(Person::Clerk);
    let input = json!({ "meetingId": meeting, "attendees": 1 });
    for _ in 0..20 {
        clerk.mutate("registerForMeeting", input.clone()).await.id();
    }
    let cases = vec![("the 21st", Some(Clerk), input, "RATE_LIMITED", "")];
    check(&app, "registerForMeeting", cases).await;
}

#[tokio::test]
async fn publish_minutes() {
    let app = TestApp::without_search().await;
    let (_, _, meeting) = planned(&app).await;
    let others = document(&app.as_(Clerk)).await;
    let input = json!({ "meetingId": meeting, "text": english("All were heard.") });
    let early = vec![(
        "too early",
        Some(Editor),
        input.clone(),
        "DEADLINE_NOT_PASSED",
        "",
    )];
    check(&app, "publishMinutes", early).await;
    app.advance(TimeDelta::days(2));
    let mut cases = unknown(&input, "meetingId", MeetingId::new().to_global());
    for (what, changes, code, field) in [
        ("no text", json!({ "text": [] }), "REQUIRED", "text"),
        (
            "a long text",
            json!({ "text": english(&"x".repeat(10_001)) }),
            "TOO_LONG",
            "text",
        ),
        (
            "a supplier's document",
            json!({ "documentIds": [others] }),
            "NOT_FOUND",
            "documentIds.0",
        ),
    ] {
        cases.push((
            what,
            Some(Editor),
            with(input.clone(), changes),
            code,
            field,
        ));
    }
    check(&app, "publishMinutes", cases).await;
}
