//! Replays recorded exchanges with a Meilisearch 1.50 server, and asks that the engine answers alike.
//!
//! `exchanges.jsonl` holds one request a line with the status and body the server answered. They are replayed in
//! order against the embedded engine always, and against a server when `MEILI_URL` (and `MEILI_KEY`) are set, there
//! in indexes of new names. What necessarily differs between two runs (times, sizes, the numbers of tasks) is
//! compared by its kind only. Where the embedded engine cannot answer alike, [`DIFFERENCES`] says what it answers
//! instead, and why.

use std::collections::HashMap;
use std::time::Duration;

use futures::io::Cursor;
use meilisearch_sdk::request::{HttpClient, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use torg::search::engine::Engine;

use super::Folder;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exchange {
    name: String,
    method: String,
    path: String,
    content_type: Option<String>,
    request: Value,
    status: u16,
    response: Value,
}

/// Exchanges about keys, which the embedded engine has none of: it answers to its own process only.
const KEYED: [&str; 2] = ["no key", "wrong key"];

/// One place of one answer where the embedded engine answers something else: where, what, and why.
type Difference = (&'static str, &'static str, fn() -> Value, &'static str);

/// milli 1.15 measures words in bytes when it decides how many typos they may have, milli 1.50 in characters: a short
/// word with letters such as å, ä and ö is granted a typo earlier, and `städ` finds `stöd`.
const BYTES: &str = "milli-core 1.15 counts the letters of a word in bytes";

const DIFFERENCES: [Difference; 4] = [
    (
        "search: score details",
        "/hits/0/_rankingScoreDetails/typo/maxTypoCount",
        || json!(4),
        BYTES,
    ),
    (
        "multi search",
        "/results/0/estimatedTotalHits",
        || json!(4),
        BYTES,
    ),
    (
        "multi search: federated",
        "/estimatedTotalHits",
        || json!(5),
        BYTES,
    ),
    (
        "multi search: federated",
        "/facetDistribution/phase/UPCOMING",
        || json!(3),
        BYTES,
    ),
];

/// Members that differ between any two runs, compared by the kind of their value.
const VARYING: [&str; 18] = [
    "enqueuedAt",
    "startedAt",
    "finishedAt",
    "createdAt",
    "updatedAt",
    "lastUpdate",
    "duration",
    "processingTimeMs",
    "requestUid",
    "batchUid",
    "rawDocumentDbSize",
    "avgDocumentSize",
    "databaseSize",
    "usedDatabaseSize",
    "commitSha",
    "commitDate",
    "pkgVersion",
    "numberOfEmbeddings",
];

/// Members that hold the number of a task.
const TASK_NUMBERS: [&str; 4] = ["taskUid", "from", "next", "uid"];

#[tokio::test]
async fn embedded_engine_answers_as_recorded() {
    let folder = Folder::new();
    let engine = Engine::embedded(folder.path()).expect("a new folder");
    let mut replay = Replay::new(engine, "http://embedded.invalid".to_owned(), String::new());
    for exchange in exchanges()
        .into_iter()
        .filter(|exchange| !KEYED.contains(&exchange.name.as_str()))
    {
        let mut expected = exchange.response.clone();
        for (_, pointer, ours, why) in DIFFERENCES
            .iter()
            .filter(|(name, ..)| *name == exchange.name)
        {
            let place = expected
                .pointer_mut(pointer)
                .expect("a place in the recorded answer");
            assert_ne!(
                *place,
                ours(),
                "{}: listed as different, though alike: {why}",
                exchange.name
            );
            *place = ours();
        }
        replay.check(&exchange, expected).await;
    }
    replay.report();
}

#[tokio::test]
async fn server_answers_as_recorded() {
    let Ok(url) = std::env::var("MEILI_URL") else {
        return;
    };
    let key = std::env::var("MEILI_KEY").ok();
    let engine = Engine::server(&url, key.as_deref()).expect("MEILI_URL and MEILI_KEY");
    let prefix = format!("conformance_{}_", uuid::Uuid::now_v7().simple());
    let host = url.trim_end_matches('/').to_owned();
    let mut replay = Replay::new(engine.clone(), host.clone(), prefix.clone());
    for exchange in exchanges() {
        // These list what the whole server holds, which is not ours alone.
        if ["stats", "list indexes"].contains(&exchange.name.as_str()) {
            continue;
        }
        let expected = exchange.response.clone();
        match exchange.name.as_str() {
            name if KEYED.contains(&name) && key.is_none() => {}
            "no key" => {
                Replay::new(
                    Engine::server(&url, None).expect("an address"),
                    host.clone(),
                    String::new(),
                )
                .strict(&exchange)
                .await
            }
            "wrong key" => {
                Replay::new(
                    Engine::server(&url, Some("no such key")).expect("an address"),
                    host.clone(),
                    String::new(),
                )
                .strict(&exchange)
                .await;
            }
            _ => replay.check(&exchange, expected).await,
        }
    }
    let delete = Method::Delete { query: () };
    let index = format!("{host}/indexes/{prefix}procurements");
    drop(
        engine
            .stream_request::<(), Cursor<Vec<u8>>, Value>(&index, delete, "", 202)
            .await,
    );
    replay.report();
}

fn exchanges() -> Vec<Exchange> {
    include_str!("exchanges.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("an exchange"))
        .collect()
}

/// One run through the exchanges.
struct Replay {
    engine: Engine,
    host: String,
    /// Stands before the names of indexes, so that a server's other indexes are left alone.
    prefix: String,
    /// Recorded numbers of tasks, and theirs in this run.
    tasks: HashMap<u64, u64>,
    failures: Vec<String>,
}

impl Replay {
    fn new(engine: Engine, host: String, prefix: String) -> Self {
        Self {
            engine,
            host,
            prefix,
            tasks: HashMap::new(),
            failures: Vec::new(),
        }
    }

    async fn strict(mut self, exchange: &Exchange) {
        self.check(exchange, exchange.response.clone()).await;
        self.report();
    }

    async fn check(&mut self, exchange: &Exchange, expected: Value) {
        let answered = match self.answer(exchange).await {
            Ok(answered) => answered,
            Err(error) => {
                return self.failures.push(format!(
                    "{}: status {} was expected, but: {error}",
                    exchange.name, exchange.status
                ));
            }
        };
        if let (Some(recorded), Some(now)) =
            (expected["taskUid"].as_u64(), answered["taskUid"].as_u64())
        {
            self.tasks.insert(recorded, now);
        }
        // An empty body reaches the client as null.
        let expected = if expected == json!("") {
            Value::Null
        } else {
            expected
        };
        let expected = self.settle(self.renamed(expected), true);
        let answered = self.settle(answered, false);
        if expected != answered {
            self.failures.push(format!(
                "{}:\n  expected {expected}\n  answered {answered}",
                exchange.name
            ));
        }
    }

    fn report(self) {
        assert!(
            self.failures.is_empty(),
            "{} exchanges differ\n{}",
            self.failures.len(),
            self.failures.join("\n")
        );
    }

    /// Sends the request; a task is asked for until it is finished. An error unless the status is the recorded one.
    async fn answer(&self, exchange: &Exchange) -> Result<Value, String> {
        let path = self.path(&exchange.path);
        for _ in 0..2_400 {
            let answered = self.send(exchange, &path).await?;
            let waiting = exchange.path.starts_with("/tasks/")
                && matches!(answered["status"].as_str(), Some("enqueued" | "processing"));
            if !waiting {
                return Ok(answered);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("the task did not finish within 30 s".to_owned())
    }

    async fn send(&self, exchange: &Exchange, path: &str) -> Result<Value, String> {
        let url = format!("{}{path}", self.host);
        let body = || {
            let text = match self.renamed(exchange.request.clone()) {
                Value::String(text) => text,
                body => body.to_string(),
            };
            Cursor::new(text.into_bytes())
        };
        let method = match exchange.method.as_str() {
            "GET" => Method::Get { query: () },
            "DELETE" => Method::Delete { query: () },
            "POST" => Method::Post {
                query: (),
                body: body(),
            },
            "PUT" => Method::Put {
                query: (),
                body: body(),
            },
            "PATCH" => Method::Patch {
                query: (),
                body: body(),
            },
            other => panic!("the recording has a {other}"),
        };
        let content_type = exchange.content_type.as_deref().unwrap_or_default();
        self.engine
            .stream_request(&url, method, content_type, exchange.status)
            .await
            .map_err(|error| error.to_string())
    }

    /// The path with the names and the numbers of this run.
    fn path(&self, recorded: &str) -> String {
        let number = recorded
            .strip_prefix("/tasks/")
            .and_then(|number| number.parse().ok());
        match number.and_then(|number: u64| self.tasks.get(&number)) {
            Some(now) => format!("/tasks/{now}"),
            None => self.with_prefix(recorded),
        }
    }

    fn with_prefix(&self, text: &str) -> String {
        text.replace("procurements", &format!("{}procurements", self.prefix))
    }

    fn renamed(&self, value: Value) -> Value {
        if self.prefix.is_empty() {
            return value;
        }
        serde_json::from_str(&self.with_prefix(&value.to_string())).expect("JSON with other names")
    }

    /// The answer without what varies between runs; the numbers of recorded tasks become those of this run.
    fn settle(&self, value: Value, recorded: bool) -> Value {
        match value {
            Value::Object(members) => {
                let settled = members.into_iter().map(|(name, value)| {
                    let value = if VARYING.contains(&name.as_str()) {
                        kind(&value)
                    } else if recorded && TASK_NUMBERS.contains(&name.as_str()) && value.is_u64() {
                        self.tasks
                            .get(&value.as_u64().unwrap_or_default())
                            .map_or(value, |now| json!(now))
                    } else {
                        self.settle(value, recorded)
                    };
                    (name, value)
                });
                Value::Object(settled.collect())
            }
            Value::Array(items) => Value::Array(
                items
                    .into_iter()
                    .map(|item| self.settle(item, recorded))
                    .collect(),
            ),
            value => value,
        }
    }
}

fn kind(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Number(_) => json!("a number"),
        Value::String(_) => json!("a text"),
        other => other.clone(),
    }
}
