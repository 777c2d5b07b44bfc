//! Text is stored in normal form, however it enters.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::{
    contribution::{asked, input as contribution},
    documents::{CONTENT, PDF},
    journey::dump::database,
    support::{
        app::TestApp,
        cast::Person,
        rounds::{market_round, meeting_input},
        stage::{content_with, dialogue, dialogue_input, english, published, tender_input, time},
    },
};

/// Characters that no stored text has.
const LEFT_OUT: [char; 9] = [
    '\u{200b}', '\u{feff}', '\u{202e}', '\u{ad}', '\u{e000}', '\u{a0}', '\u{2003}', '\u{308}',
    '\u{85}',
];
/// Fields that hold text which people write.
const TEXTS: [&str; 11] = [
    "text",
    "name",
    "note",
    "section",
    "quote",
    "street",
    "city",
    "unit",
    "source",
    "postalCode",
    "phone",
];

/// Returns a text that has the normal form `text`, and looks like it.
fn ugly(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(|word| word.nfd().collect()).collect();
    format!(
        "\u{feff}\u{a0} {}\u{200b}\u{2003}\t",
        words.join("\u{a0}\u{ad} \u{e000}\t\u{202e}")
    )
}

/// Replaces each text with its ugly form.
fn uglified(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if TEXTS.contains(&name.as_str()) => {
                    (name.clone(), json!(ugly(text)))
                }
                value => (name.clone(), uglified(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(uglified).collect(),
        other => other.clone(),
    }
}

/// The texts of an input, as they must be stored.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if TEXTS.contains(&name.as_str()) => found.push(text),
                    value => texts(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// Sends ugly texts through mutations and remembers what must be stored of them.
struct Sender<'a> {
    app: &'a TestApp,
    sent: Vec<Value>,
}

impl Sender<'_> {
    async fn send(&mut self, person: Person, mutation: &str, input: Value) -> String {
        let answer = self
            .app
            .as_(person)
            .mutate(mutation, uglified(&input))
            .await;
        assert!(answer.errors.is_empty(), "{mutation}: {:?}", answer.errors);
        self.sent.push(input);
        answer.id()
    }
}

/// Leaves the skeletons of names out of a dump. They are decomposed by their definition (Unicode
/// TS 39 §4), only compared with one another, and in no answer.
async fn without_skeletons(app: &TestApp, dump: &str) -> String {
    let query = "select name_skeleton from organisation where name_skeleton <> ''";
    let skeletons: Vec<String> = sqlx::query_scalar(query)
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    let without = |dump: String, skeleton: &String| dump.replace(skeleton, "");
    skeletons.iter().fold(dump.to_owned(), without)
}

#[tokio::test]
async fn text_is_stored_in_normal_form() {
    let app = TestApp::without_search().await;
    let mut sender = Sender {
        app: &app,
        sent: Vec::new(),
    };
    let profile = json!({
        "name": "Städ på Söder", "description": english("Clean för all."),
        "address": { "street": "Ö väg 1", "city": "Malmö", "postalCode": "21 1" },
        "contact": { "name": "Å Ö", "phone": "+46 8 ä" },
    });
    let create = json!({ "kind": "COMPANY", "profile": profile });
    let own = sender
        .send(Person::Nobody, "createOrganisation", create)
        .await;
    let key = json!({ "organisationId": own, "name": "Mått och steg", "roles": ["SIGNATORY"], "scopes": ["READ"],
        "expiresAt": time(app.now() + chrono::TimeDelta::days(9)) });
    sender.send(Person::Nobody, "createApiKey", key).await;
    let invite = json!({ "organisationId": own, "roles": ["SIGNATORY"], "note": "Hjälp oss" });
    sender.send(Person::Nobody, "inviteMember", invite).await;
    let content = content_with(
        &app,
        json!({ "title": [{ "language": "sv", "text": "Städning åt skolor" }] }),
    );
    let draft = json!({ "content": content });
    sender
        .send(Person::Editor, "createProcurement", draft)
        .await;
    let id = published(&app, "UPCOMING").await;
    let mut round = dialogue_input(&app, &id);
    round["title"] = english("Frågor om städning");
    let round = sender.send(Person::Editor, "openDialogue", round).await;
    let ask = json!({ "dialogueId": round, "text": "Hur många kvadratmeter är salen?", "language": "sv" });
    let question = sender.send(Person::Clerk, "askQuestion", ask).await;
    let answer = json!({ "questionId": question, "text": english("Sextio är nog.") });
    sender.send(Person::Editor, "answerQuestion", answer).await;
    let redact = json!({ "questionId": question, "text": "Hur många då?", "reason": english("Ett namn är kvar.") });
    sender.send(Person::Editor, "redactQuestion", redact).await;
    let questions = json!({ "dialogueId": round, "questions": [asked("Q-1", "TEXT", json!({ "required": true }))] });
    sender
        .send(Person::Editor, "publishQuestionnaire", questions)
        .await;
    let answers = json!([{ "questionId": "Q-1", "value": { "text": "Varje kväll är bra." } }]);
    sender
        .send(
            Person::Clerk,
            "contributeToDialogue",
            contribution(&round, 1, answers),
        )
        .await;
    let mut meeting = meeting_input(&app, &market_round(&app, &id).await);
    meeting["place"] = english("Rådhuset på torget");
    let meeting = sender
        .send(Person::Editor, "scheduleMeeting", meeting)
        .await;
    let register = json!({ "meetingId": meeting, "attendees": 1, "note": "Hörslinga är bra" });
    sender
        .send(Person::Clerk, "registerForMeeting", register)
        .await;
    let interest = json!({ "procurementId": id, "wish": "LOOKING_FOR_PARTNERS", "text": english("Vi söker någon åt oss.") });
    sender
        .send(Person::Clerk, "declareJointBidInterest", interest)
        .await;
    let upload = app
        .as_(Person::Clerk)
        .upload()
        .query(&[("fileName", ugly("Bilaga på svenska.pdf"))]);
    let upload = upload
        .header("content-type", PDF)
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    let uploaded: Value = upload.json().await.unwrap();
    assert_eq!(uploaded["fileName"], "Bilaga på svenska.pdf");
    let stored = database(&app.database.pool).await;
    let texts_only = without_skeletons(&app, &stored).await;
    for character in LEFT_OUT {
        let line = texts_only.lines().find(|line| line.contains(character));
        assert_eq!(line, None, "{character:?}");
    }
    let mut wanted = Vec::new();
    sender
        .sent
        .iter()
        .for_each(|input| texts(input, &mut wanted));
    assert!(wanted.len() > 20, "{wanted:?}");
    for text in wanted {
        assert!(stored.contains(text), "{text} is not stored");
    }
}

#[tokio::test]
async fn literals_and_retries_have_the_same_normal_form() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "TENDERING").await;
    let signatory = app.as_(Person::Signatory);
    let clean = json!({ "idempotencyKey": "k" });
    let with_key = |mut input: Value| {
        input["idempotencyKey"] = clean["idempotencyKey"].clone();
        input
    };
    let first = signatory
        .mutate("submitTender", with_key(tender_input(&procurement)))
        .await
        .id();
    let mut retried = uglified(&with_key(tender_input(&procurement)));
    retried["idempotencyKey"] = json!(" k\u{200b}");
    assert_eq!(signatory.mutate("submitTender", retried).await.id(), first);

    let upcoming = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &upcoming).await;
    let text = ugly("Är det så?").replace('\t', " ");
    let document = format!(
        r#"mutation {{ askQuestion(input: {{ dialogueId: "{round}", text: "{text}", language: " sv" }}) {{
            question {{ text }} userErrors {{ message }} }} }}"#
    );
    let data = app.as_(Person::Clerk).ask(&document, json!({})).await;
    assert_eq!(
        data["askQuestion"]["question"]["text"], "Är det så?",
        "{data}"
    );
}

/// A title is one line; a description keeps its lines.
#[tokio::test]
async fn line_breaks_stay_where_a_text_has_several_lines() {
    let app = TestApp::without_search().await;
    let title = json!([{ "language": "sv", "text": "Städning\r\nav\u{2028}skolor" }]);
    let description =
        json!([{ "language": "sv", "text": " Ett \r\n\r\n\r\n\r\n\r\ntvå \u{a0}tre\r" }]);
    let content = content_with(&app, json!({ "title": title, "description": description }));
    let editor = app.as_(Person::Editor);
    let id = editor
        .mutate("createProcurement", json!({ "content": content }))
        .await
        .id();
    let query = "query($id: ID!) { procurement(id: $id) { title { text } description { text } } }";
    let data = editor.ask(query, json!({ "id": id })).await;
    assert_eq!(data["procurement"]["title"]["text"], "Städning av skolor");
    assert_eq!(
        data["procurement"]["description"]["text"],
        "Ett\n\n\ntvå tre"
    );
}
