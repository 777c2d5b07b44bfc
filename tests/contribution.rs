//! Questionnaires and contributions.

mod files;
mod measured;
mod secret;
mod versions;

use serde_json::{Value, json};
use torg::kernel::ids::{ContributionId, OwnContributionId};

use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, english, published},
};

/// Query with the fields of a round.
const READ: &str = "query($id: ID!) { procurement(id: $id) { dialogues {
    summary { heard { text } changes { text { text } } }
    statistics { questions contributions participants { total byKind { kind count } bySize { size count } } }
    questionnaire { version questions { questionId } }
    questionnaires { version reason { text } }
    ownContributionDraft { id revision questionnaireVersion outdated named answers { ...A } }
    ownContribution { ...O } ownContributions { ...O }
    contributionsPublishedAt
    contributions(first: 100) { totalCount nodes { id organisation { name } contributorNumber sha256 outdated
        questionnaireVersion submittedAt answers { ...A } } }
} } }
fragment A on ContributionAnswer { questionId businessSecret text number optionIds yesNo money { amount currency } date
    files { id fileName sha256 url } }
fragment O on OwnContribution { id number questionnaireVersion outdated named contributorNumber sha256 canonicalJson
    withdrawnAt replaced answers { ...A } }";

/// A question of one type with its settings.
pub fn asked(id: &str, kind: &str, settings: Value) -> Value {
    let mut question =
        json!({ "questionId": id, "type": kind, "text": english(&format!("What about {id}?")) });
    for (setting, value) in settings.as_object().unwrap() {
        question[setting] = value.clone();
    }
    question
}

/// One question of each type; the first is required.
pub fn questions() -> Value {
    let options = json!([{ "optionId": "a", "text": english("A") }, { "optionId": "b", "text": english("B") }]);
    json!([
        asked("Q-1", "TEXT", json!({ "required": true, "maxLength": 200 })),
        asked(
            "Q-2",
            "NUMBER",
            json!({ "unit": "m²", "min": "1", "max": "500" })
        ),
        asked("Q-3", "CHOICE", json!({ "options": options })),
        asked("Q-4", "YES_NO", json!({})),
        asked("Q-5", "MONEY", json!({ "currency": "SEK" })),
        asked("Q-6", "DATE", json!({})),
    ])
}

pub fn answer(question: &str, value: Value) -> Value {
    json!({ "questionId": question, "value": value })
}

pub fn secret(question: &str, value: Value) -> Value {
    json!({ "questionId": question, "value": value, "businessSecret": true })
}

/// Returns an answer to each question.
pub fn answers() -> Value {
    json!([
        answer(
            "Q-1",
            json!({ "text": "Every evening,\n<b>with care</b>." })
        ),
        answer("Q-2", json!({ "number": "12.50" })),
        answer("Q-3", json!({ "optionIds": ["b"] })),
        answer("Q-4", json!({ "yesNo": true })),
        answer(
            "Q-5",
            json!({ "money": { "amount": "1250.00", "currency": "SEK" } })
        ),
        answer("Q-6", json!({ "date": "2027-03-01" })),
    ])
}

/// Returns the ID under which the buyer and the public read a contribution, given the ID that its
/// supplier reads.
pub fn as_read(own: &str) -> String {
    let own = OwnContributionId::from_global(own).expect("it is a contribution of one's own");
    ContributionId(own.0).to_global()
}

pub async fn publish(app: &TestApp, dialogue: &str, questions: Value) {
    let input = json!({ "dialogueId": dialogue, "questions": questions });
    let client = app.as_(Person::Editor);
    client.mutate("publishQuestionnaire", input).await.id();
}

pub fn input(dialogue: &str, version: i32, answers: Value) -> Value {
    json!({ "dialogueId": dialogue, "questionnaireVersion": version, "answers": answers })
}

/// Creates a procurement and a round with a questionnaire; returns both IDs.
pub async fn round(app: &TestApp) -> (String, String) {
    let procurement = published(app, "UPCOMING").await;
    let dialogue = dialogue(app, &procurement).await;
    publish(app, &dialogue, questions()).await;
    (procurement, dialogue)
}

/// Returns the only round as a client reads it.
async fn read(app: &TestApp, person: Option<Person>, procurement: &str) -> Value {
    let client = match person {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    };
    let mut data = client.ask(READ, json!({ "id": procurement })).await;
    data["procurement"]["dialogues"][0].take()
}
