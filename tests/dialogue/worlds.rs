//! Two worlds that differ only in who asked, supported, contributed and attached look the same to
//! everyone else.

use std::collections::{BTreeMap, HashMap};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use torg::kernel::{ids::ProcurementId, paging::ListId};

use super::client;
use crate::{
    contribution::{answer, asked, input as contribution, publish as questionnaire},
    documents::{CONTENT, PDF},
    live::LISTEN,
    support::{
        app::TestApp,
        cast::Person,
        rounds::{market_round, meeting},
        stage::{dialogue, english, moderated_dialogue, published},
    },
};

/// Levels of nested objects that are selected.
const DEPTH: usize = 7;

/// Who does what: each part of the story is played by the first or the second supplier.
struct Parts {
    asks: [Person; 4],
    supports: Person,
    contributes: [Person; 2],
    interested: [Person; 2],
}

/// Uploads a document whose file name names its organisation.
async fn upload(app: &TestApp, person: Person, text: &str) -> String {
    let content = [CONTENT, text.as_bytes()].concat();
    let name = format!("Offert {person:?} {}.pdf", text.len());
    let request = app.as_(person).upload().query(&[("fileName", name)]);
    let response = request
        .header("content-type", PDF)
        .body(content)
        .send()
        .await
        .unwrap();
    let uploaded: Value = response.json().await.unwrap();
    uploaded["id"].as_str().unwrap().to_owned()
}

/// Plays the story; returns the procurement's ID. Both worlds have the same registrations, because
/// the buyer reads them with their names.
async fn play(app: &TestApp, parts: &Parts) -> String {
    let editor = app.as_(Person::Editor);
    let id = published(app, "UPCOMING").await;
    let round = dialogue(app, &id).await;
    let meeting = meeting(app, &market_round(app, &id).await).await;
    for person in [Person::Clerk, Person::Chair] {
        let register = json!({ "meetingId": meeting, "attendees": 1 });
        app.as_(person)
            .mutate("registerForMeeting", register)
            .await
            .id();
    }
    let mut questions = Vec::new();
    for (number, person) in parts.asks.into_iter().enumerate() {
        let document = upload(app, person, &format!("question {number}")).await;
        let ask = json!({ "dialogueId": round, "text": format!("What is the area of room {number}?"),
            "language": "en", "documentIds": [document] });
        questions.push(app.as_(person).mutate("askQuestion", ask).await.id());
    }
    let support = json!({ "questionId": questions[0] });
    app.as_(parts.supports)
        .mutate("supportQuestion", support)
        .await
        .id();
    let withdraw = json!({ "questionId": questions[2] });
    app.as_(parts.asks[2])
        .mutate("withdrawQuestion", withdraw)
        .await
        .id();
    let reply = json!({ "questionId": questions[0], "text": english("Sixty.") });
    editor.mutate("answerQuestion", reply).await.id();
    let redact =
        json!({ "questionId": questions[1], "text": "Which?", "reason": english("A name.") });
    editor.mutate("redactQuestion", redact).await.id();
    let moderated = moderated_dialogue(app, &id).await;
    let hidden = json!({ "dialogueId": moderated, "text": "Is it quiet?", "language": "en" });
    let hidden = app
        .as_(parts.asks[3])
        .mutate("askQuestion", hidden)
        .await
        .id();
    editor
        .mutate("releaseQuestion", json!({ "questionId": hidden }))
        .await
        .id();
    let sheet = json!([
        asked("Q-1", "TEXT", json!({ "required": true })),
        asked("Q-2", "FILE", json!({}))
    ]);
    questionnaire(app, &round, sheet).await;
    for (number, person) in parts.contributes.into_iter().enumerate() {
        let file = upload(app, person, &format!("contribution {number}")).await;
        let answers = json!([
            answer("Q-1", json!({ "text": format!("Reply {number}.") })),
            answer("Q-2", json!({ "documentIds": [file] })),
        ]);
        let mut input = contribution(&round, 1, answers);
        input["named"] = json!(false);
        app.as_(person)
            .mutate("contributeToDialogue", input)
            .await
            .id();
    }
    for person in parts.interested {
        let follow = json!({ "procurementId": id });
        app.as_(person)
            .mutate("followProcurement", follow)
            .await
            .id();
    }
    id
}

/// The output types of the schema, by name: fields that can be selected without arguments.
async fn types(app: &TestApp) -> HashMap<String, Vec<(String, Value)>> {
    let query =
        "{ __schema { types { name kind fields { name args { name defaultValue type { kind } }
        type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } }
        fragment T on __Type { name kind }";
    let data = app.anonymous().ask(query, json!({})).await;
    let mut types = HashMap::new();
    for kind in data["__schema"]["types"].as_array().unwrap() {
        let Some(fields) = kind["fields"].as_array() else {
            continue;
        };
        let selectable = fields.iter().filter(|field| {
            let arguments = field["args"].as_array().unwrap();
            let mut required = arguments
                .iter()
                .filter(|argument| argument["type"]["kind"] == "NON_NULL");
            required.all(|argument| !argument["defaultValue"].is_null())
        });
        let fields = selectable.map(|field| {
            (
                field["name"].as_str().unwrap().to_owned(),
                field["type"].clone(),
            )
        });
        types.insert(kind["name"].as_str().unwrap().to_owned(), fields.collect());
    }
    types
}

/// The name and kind of the type inside lists and non-null wrappers.
fn inner(mut kind: &Value) -> (&str, &str) {
    while kind["ofType"].is_object() {
        kind = &kind["ofType"];
    }
    (
        kind["name"].as_str().unwrap(),
        kind["kind"].as_str().unwrap(),
    )
}

/// Selects all fields of a type, without types that are selected around it.
fn selection(
    types: &HashMap<String, Vec<(String, Value)>>,
    name: &str,
    around: &mut Vec<String>,
) -> String {
    let mut selected = String::new();
    around.push(name.to_owned());
    for (field, kind) in &types[name] {
        // `edges` repeats `nodes`.
        if field == "edges" {
            continue;
        }
        match inner(kind) {
            (_, "SCALAR" | "ENUM") => selected += &format!(" {field}"),
            (own, "OBJECT") if around.len() < DEPTH && !around.iter().any(|outer| outer == own) => {
                let fields = selection(types, own, around);
                if !fields.is_empty() {
                    selected += &format!(" {field} {{{fields} }}");
                }
            }
            _ => {}
        }
    }
    around.pop();
    selected
}

/// Replaces what differs between any two procurements: IDs and URLs by the order in which they
/// appear, times by a word.
#[derive(Default)]
struct Likeness {
    seen: BTreeMap<String, usize>,
}

impl Likeness {
    fn of(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| match name.as_str() {
                    "cursor" | "startCursor" | "endCursor" => (name.clone(), json!("a cursor")),
                    _ => (name.clone(), self.of(value)),
                })
                .collect(),
            Value::Array(items) => {
                // Contributions have random IDs, which order their list.
                let mut items: Vec<&Value> = items.iter().collect();
                items.sort_by_key(|item| {
                    let own = item["contributorNumber"].as_i64();
                    own.or(item["node"]["contributorNumber"].as_i64())
                });
                items.into_iter().map(|item| self.of(item)).collect()
            }
            Value::String(text) => json!(self.text(text)),
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let is_time = chrono::DateTime::parse_from_rfc3339(text).is_ok();
        // Messages for the buyer name times with their zone.
        if is_time || text.ends_with(" (CET)") || text.ends_with(" (CEST)") {
            return "a time".into();
        }
        let is_id = text.len() >= 20
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_/".contains(&b));
        let is_name = text.starts_with("document-") || text.starts_with("ocds-");
        if is_id || is_name {
            let next = self.seen.len();
            return format!("id {}", self.seen.entry(text.to_owned()).or_insert(next));
        }
        text.to_owned()
    }
}

/// The headers of a download, without those that every response has.
fn headers(headers: &HeaderMap, likeness: &mut Likeness) -> Value {
    let own = ["date", "x-request-id"];
    let named = headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()));
    named
        .map(|(name, value)| {
            let value = value.to_str().unwrap();
            // The neutral file name has the document's ID in it.
            let shown = match name.as_str() {
                "content-disposition" => {
                    assert!(!value.contains("Offert"), "{value}");
                    value.split(';').next().unwrap().to_owned()
                }
                _ => likeness.text(value),
            };
            (name.to_string(), json!(shown))
        })
        .collect()
}

/// Returns every text of these fields in a response.
fn strings<'v>(value: &'v Value, field: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(field).and_then(Value::as_str));
            fields
                .values()
                .for_each(|value| strings(value, field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, field, found)),
        _ => {}
    }
}

/// Returns the answers to downloads of the documents of questions and contributions.
async fn downloads(
    client: &crate::support::client::Client<'_>,
    id: &str,
    likeness: &mut Likeness,
) -> Vec<Value> {
    let query = "query($id: ID!) { procurement(id: $id) { dialogues {
        questions(first: 50) { nodes { attachments { url } } }
        contributions(first: 20) { nodes { answers { files { url } } } } } } }";
    let data = client.ask(query, json!({ "id": id })).await;
    let mut urls = Vec::new();
    strings(&data, "url", &mut urls);
    let mut found = Vec::new();
    for url in urls {
        let response = client.get(url).send().await.unwrap();
        let status = response.status().as_u16();
        let headers = headers(response.headers(), likeness);
        let content = response.text().await.unwrap();
        found.push(json!([status, headers, content]));
    }
    found.sort_by_key(|answer| answer[2].to_string());
    found
}

/// Everything that a reader reads of a procurement, as far as it may differ between worlds.
async fn dump(app: &TestApp, reader: Option<Person>, id: &str) -> Value {
    let types = types(app).await;
    let client = client(app, reader);
    let mut likeness = Likeness::default();
    let mut dump = Vec::new();
    for (field, kind) in &types["Procurement"] {
        let fields = match inner(kind) {
            (_, "SCALAR" | "ENUM") => String::new(),
            (own, "OBJECT") => format!(
                "{{{} }}",
                selection(&types, own, &mut vec!["Procurement".into()])
            ),
            _ => continue,
        };
        let query = format!("query($id: ID!) {{ procurement(id: $id) {{ {field} {fields} }} }}");
        let response = client.respond(&query, json!({ "id": id })).await;
        let data = &response["data"]["procurement"];
        if response.get("errors").is_some() {
            // Too large for one request: the parts of it one by one.
            dump.push(parts(&client, &types, (field, inner(kind).0), id, &mut likeness).await);
            continue;
        }
        dump.push(likeness.of(data));
    }
    dump.extend(downloads(&client, id, &mut likeness).await);
    let mut socket = client.socket().await;
    let procurement = ProcurementId::from_global(id).unwrap();
    let list = ListId::new("Procurement.dialogueEvents", &procurement);
    let after = list.cursor(&json!({ "event": uuid::Uuid::nil(), "looks_back": false }));
    socket
        .subscribe(LISTEN, json!({ "id": id, "after": after }))
        .await;
    for _ in 0..12 {
        dump.push(likeness.of(&socket.next().await));
    }
    json!(dump)
}

async fn parts(
    client: &crate::support::client::Client<'_>,
    types: &HashMap<String, Vec<(String, Value)>>,
    (field, kind): (&str, &str),
    id: &str,
    likeness: &mut Likeness,
) -> Value {
    let mut found = Vec::new();
    for (part, inside) in &types[kind] {
        let fields = match inner(inside) {
            (_, "SCALAR" | "ENUM") => String::new(),
            (own, "OBJECT") => {
                let mut around = vec![
                    "Procurement".into(),
                    kind.into(),
                    String::new(),
                    String::new(),
                ];
                format!("{{{} }}", selection(types, own, &mut around))
            }
            _ => continue,
        };
        // The story publishes one notice, and a page of 20 exceeds the limit of complexity.
        let page = if field == "notices" { "(first: 5)" } else { "" };
        let query = format!(
            "query($id: ID!) {{ procurement(id: $id) {{ {field}{page} {{ {part} {fields} }} }} }}"
        );
        let response = client.respond(&query, json!({ "id": id })).await;
        assert_eq!(response.get("errors"), None, "{field} {part}");
        found.push(likeness.of(&response["data"]));
    }
    json!(found)
}

#[tokio::test]
async fn worlds_that_differ_only_in_who_asked_look_the_same() {
    use Person::{Chair, Clerk};
    let app = TestApp::without_search().await;
    // The last two worlds differ in whether two questions come from one organisation.
    let worlds = [
        Parts {
            asks: [Clerk, Clerk, Clerk, Clerk],
            supports: Chair,
            contributes: [Clerk, Chair],
            interested: [Clerk, Chair],
        },
        Parts {
            asks: [Chair, Chair, Chair, Chair],
            supports: Clerk,
            contributes: [Chair, Clerk],
            interested: [Clerk, Chair],
        },
        Parts {
            asks: [Clerk, Chair, Chair, Clerk],
            supports: Chair,
            contributes: [Clerk, Chair],
            interested: [Clerk, Chair],
        },
    ];
    let mut ids = Vec::new();
    for parts in &worlds {
        ids.push(play(&app, parts).await);
    }
    for reader in [
        None,
        Some(Person::Nobody),
        Some(Person::Editor),
        Some(Person::Stranger),
    ] {
        let mut seen = Vec::new();
        for id in &ids {
            seen.push(dump(&app, reader, id).await);
        }
        let text = seen[0].to_string();
        assert!(text.contains("What is the area of room 0?"), "{reader:?}");
        assert!(
            text.contains("question 0"),
            "{reader:?} reads the attachment"
        );
        assert!(!text.contains("Offert"), "{reader:?}");
        for other in &seen[1..] {
            for (part, (one, other)) in seen[0]
                .as_array()
                .unwrap()
                .iter()
                .zip(other.as_array().unwrap())
                .enumerate()
            {
                assert_eq!(one, other, "{reader:?} part {part}");
            }
            assert_eq!(
                seen[0].as_array().unwrap().len(),
                other.as_array().unwrap().len()
            );
        }
    }
}

/// IDs of objects that organisations create without being named have no time in them, and times
/// have the precision of a minute.
#[tokio::test]
async fn ids_and_times_do_not_link_what_one_organisation_does() {
    let app = TestApp::without_search().await;
    let parts = Parts {
        asks: [Person::Clerk; 4],
        supports: Person::Chair,
        contributes: [Person::Clerk, Person::Chair],
        interested: [Person::Clerk, Person::Chair],
    };
    let id = play(&app, &parts).await;
    for table in ["question", "contribution", "document"] {
        let ids: Vec<uuid::Uuid> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select id from {table}")))
                .fetch_all(&app.database.pool)
                .await
                .unwrap();
        assert!(ids.len() >= 2);
        assert!(ids.iter().all(|id| id.get_version_num() == 4), "{table}");
    }
    let query = "query($id: ID!) { procurement(id: $id) {
        dialogueEvents(first: 100) { nodes { id at cursor question { id } } pageInfo { endCursor } }
        dialogues { questions(first: 100) { nodes { askedAt asker { number } attachments { fileName uploadedAt } } }
            contributions(first: 100) { nodes { submittedAt } } } } }";
    let editor = app.as_(Person::Editor);
    let data = editor.ask(query, json!({ "id": id })).await;
    for field in ["askedAt", "submittedAt", "at"] {
        let mut times = Vec::new();
        strings(&data, field, &mut times);
        assert!(!times.is_empty(), "{field}");
        assert!(
            times
                .iter()
                .all(|time| time.ends_with(":00Z") || time.ends_with(":00+00:00")),
            "{times:?}"
        );
    }
    let mut names = Vec::new();
    strings(&data, "fileName", &mut names);
    assert!(
        !names.is_empty() && names.iter().all(|name| name.starts_with("document-")),
        "{names:?}"
    );
    let text = data.to_string();
    assert!(
        text.contains(r#""number":null"#) && text.contains(r#""uploadedAt":null"#),
        "{text}"
    );
    // Cursors name events by a random ID, and page without gap or repetition.
    let all = data["procurement"]["dialogueEvents"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    let page = "query($id: ID!, $after: String) { procurement(id: $id) { dialogueEvents(first: 3, after: $after) {
        nodes { id } pageInfo { endCursor hasNextPage } } } }";
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = editor.ask(page, json!({ "id": id, "after": after })).await;
        let found = &data["procurement"]["dialogueEvents"];
        paged.extend(
            found["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["id"].clone()),
        );
        after = found["pageInfo"]["endCursor"].clone();
        if found["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let ids: Vec<Value> = all.iter().map(|node| node["id"].clone()).collect();
    assert_eq!(paged, ids);
    // The asker itself sees its own file names and times.
    let data = app.as_(Person::Clerk).ask(query, json!({ "id": id })).await;
    let mut names = Vec::new();
    strings(&data, "fileName", &mut names);
    assert!(
        names.iter().all(|name| name.starts_with("Offert")),
        "{names:?}"
    );
}
