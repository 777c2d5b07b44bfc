//! Everything that a reader can read of a procurement.

use std::collections::{BTreeMap, HashMap};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use torg::kernel::{ids::ProcurementId, paging::ListId};

use crate::{
    dialogue::client,
    live::LISTEN,
    support::{app::TestApp, cast::Person},
};

/// Levels of nested objects that are selected.
const DEPTH: usize = 7;

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
pub fn strings<'v>(value: &'v Value, field: &str, found: &mut Vec<&'v str>) {
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
pub async fn dump(app: &TestApp, reader: Option<Person>, id: &str) -> Value {
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
