//! An attachment of a question or an answer is public exactly while its question or answer is.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{client, questions};
use crate::{
    documents::{document, download},
    support::{
        app::TestApp,
        cast::Person,
        stage::{dialogue, english, moderated_dialogue, published, time},
    },
};

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

/// Returns whether the asker, the buyer, another supplier and the public can download it.
async fn readers(app: &TestApp, id: &str) -> [bool; 4] {
    let mut may = [false; 4];
    let people = [
        Some(Person::Clerk),
        Some(Person::Trainee),
        Some(Person::Chair),
        None,
    ];
    for (place, person) in people.into_iter().enumerate() {
        let status = download(&client(app, person), id).await.status();
        may[place] = status == StatusCode::OK;
        assert!(
            may[place] || [StatusCode::NOT_FOUND, StatusCode::GONE].contains(&status),
            "{person:?} {status}"
        );
    }
    may
}

async fn ask(app: &TestApp, round: &str, file: &str) -> String {
    let input = json!({ "dialogueId": round, "text": format!("Is {file} right?"), "language": "en", "documentIds": [file] });
    act(app, Person::Clerk, "askQuestion", input).await
}

const ASKER: [bool; 4] = [true, false, false, false];
const ASKER_AND_BUYER: [bool; 4] = [true, true, false, false];
const ALL: [bool; 4] = [true; 4];
const NOBODY: [bool; 4] = [false; 4];

#[tokio::test]
async fn a_questions_attachment_is_public_with_it() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let file = document(&app.as_(Person::Clerk)).await;
    assert_eq!(readers(&app, &file).await, ASKER);
    let asked = ask(&app, &round, &file).await;
    assert_eq!(readers(&app, &file).await, ALL);
    let found = questions(&app, &id, None).await;
    assert_eq!(found[0]["attachments"][0]["id"], file.as_str());
    act(
        &app,
        Person::Clerk,
        "withdrawQuestion",
        json!({ "questionId": asked }),
    )
    .await;
    assert_eq!(readers(&app, &file).await, ASKER);
    assert_eq!(
        questions(&app, &id, None).await[0]["attachments"],
        json!([])
    );
}

#[tokio::test]
async fn an_attachment_is_public_while_its_question_is() {
    let app = TestApp::without_search().await;
    let round = moderated_dialogue(&app, &published(&app, "UPCOMING").await).await;
    for (keep, before, after) in [(true, ASKER_AND_BUYER, ALL), (false, NOBODY, NOBODY)] {
        let file = document(&app.as_(Person::Clerk)).await;
        let asked = ask(&app, &round, &file).await;
        assert_eq!(readers(&app, &file).await, ASKER_AND_BUYER);
        let redact = json!({ "questionId": asked, "text": "Is it right?", "reason": english("A name."), "keepAttachments": keep });
        act(&app, Person::Editor, "redactQuestion", redact).await;
        assert_eq!(readers(&app, &file).await, before, "{keep}");
        act(
            &app,
            Person::Editor,
            "releaseQuestion",
            json!({ "questionId": asked }),
        )
        .await;
        assert_eq!(readers(&app, &file).await, after, "{keep}");
    }
}

#[tokio::test]
async fn a_held_answers_attachment_is_public_at_its_time() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = crate::support::stage::question(&app, &dialogue(&app, &id).await).await;
    let [first, second] = [
        document(&app.as_(Person::Editor)).await,
        document(&app.as_(Person::Editor)).await,
    ];
    let release = time(app.now() + TimeDelta::hours(1));
    for file in [&first, &second] {
        let answer = json!({ "questionId": asked, "text": english("See there."), "releaseAt": release, "documentIds": [file] });
        act(&app, Person::Editor, "answerQuestion", answer).await;
    }
    let buyer = [false, true, false, false];
    assert_eq!(readers(&app, &second).await, buyer);
    app.advance(TimeDelta::hours(1));
    assert_eq!(readers(&app, &second).await, ALL);
    assert_eq!(readers(&app, &first).await, buyer);
    let found = questions(&app, &id, None).await;
    let attached: Vec<&Value> = found[0]["answer"]["attachments"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(attached.len(), 1);
    assert_eq!(attached[0]["id"], second.as_str());
}

#[tokio::test]
async fn documents_of_other_organisations_cannot_be_attached() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let (own, others) = (
        document(&app.as_(Person::Clerk)).await,
        document(&app.as_(Person::Chair)).await,
    );
    let attach = |documents: Value| json!({ "dialogueId": round, "text": "Is this right?", "language": "en", "documentIds": documents });
    let code = async |documents: Value| {
        let answer = app
            .as_(Person::Clerk)
            .mutate("askQuestion", attach(documents))
            .await;
        (
            answer.errors[0].code.clone(),
            answer.errors[0].field.join("."),
        )
    };
    let refusal = |code: &str, field: &str| (code.to_owned(), field.to_owned());
    assert_eq!(
        code(json!([own, others])).await,
        refusal("NOT_FOUND", "documentIds.1")
    );
    let about = json!({ "dialogueId": round, "text": "Is it this?", "language": "en", "documentIds": [own] });
    act(&app, Person::Clerk, "askQuestion", about).await;
    // It would reveal that both questions have one asker.
    assert_eq!(
        code(json!([own])).await,
        refusal("INVALID", "documentIds.0")
    );
    assert_eq!(
        code(json!(["x"])).await,
        refusal("NOT_FOUND", "documentIds.0")
    );
    assert_eq!(
        code(json!([own, own])).await,
        refusal("INVALID", "documentIds")
    );
    assert_eq!(
        code(json!(vec![&own; 11])).await,
        refusal("TOO_LONG", "documentIds")
    );
    let about = json!({ "dialogueId": round, "text": "Is this right?", "language": "en", "attachmentId": "DOC-9" });
    let answer = app.as_(Person::Clerk).mutate("askQuestion", about).await;
    assert_eq!(
        (
            answer.errors[0].code.as_str(),
            answer.errors[0].field.join(".")
        ),
        ("NOT_FOUND", "attachmentId".to_owned())
    );
}
