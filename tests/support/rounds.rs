//! Rounds of draft review and of market meetings.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    app::TestApp,
    cast::Person,
    stage::{dialogue_input, english, time},
};
use crate::documents::document;

/// Opens a draft review of one document; returns the IDs of both.
pub async fn review_round(app: &TestApp, procurement: &str) -> (String, String) {
    let draft = document(&app.as_(Person::Editor)).await;
    let mut input = dialogue_input(app, procurement);
    input["kind"] = json!("DRAFT_REVIEW");
    input["documentIds"] = json!([draft]);
    let round = app.as_(Person::Editor).mutate("openDialogue", input).await;
    (round.id(), draft)
}

/// Returns the input for a comment on a place in a document.
pub fn comment_input(round: &str, document: &str, text: &str) -> Value {
    json!({
        "dialogueId": round,
        "text": text,
        "language": "en",
        "anchor": { "documentId": document, "page": 3, "section": "2.1", "quote": "every day" },
    })
}

pub async fn comment(app: &TestApp, person: Person, input: Value) -> String {
    app.as_(person).mutate("askQuestion", input).await.id()
}

/// Opens a round of market meetings; returns its ID.
pub async fn market_round(app: &TestApp, procurement: &str) -> String {
    let mut input = dialogue_input(app, procurement);
    input["kind"] = json!("MARKET_MEETING");
    let editor = app.as_(Person::Editor);
    editor.mutate("openDialogue", input).await.id()
}

/// Returns the input for a meeting with four seats in two days; registration ends in one day.
pub fn meeting_input(app: &TestApp, round: &str) -> Value {
    json!({
        "dialogueId": round,
        "startsAt": time(app.now() + TimeDelta::days(2)),
        "endsAt": time(app.now() + TimeDelta::days(2) + TimeDelta::hours(2)),
        "place": english("The town hall"),
        "link": "https://meet.example/hemlig-4471",
        "agenda": english("What we need, and your questions."),
        "seats": 4,
        "seatsPerOrganisation": 3,
        "registrationUntil": time(app.now() + TimeDelta::days(1)),
    })
}

pub async fn meeting(app: &TestApp, round: &str) -> String {
    let input = meeting_input(app, round);
    let editor = app.as_(Person::Editor);
    editor.mutate("scheduleMeeting", input).await.id()
}
