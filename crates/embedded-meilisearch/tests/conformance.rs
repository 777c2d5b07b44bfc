//! Replays recorded exchanges with a Meilisearch 1.50 server and compares the answers.
//!
//! Each line of `exchanges.jsonl` holds one request with the status and the body of the server's
//! answer. The exchanges are replayed in order: always against the embedded engine, and against a
//! server when `MEILI_URL` (with `MEILI_KEY`) is set, there in indexes with new names. Values that
//! differ between two runs (times, sizes, task numbers) are compared by their type only.
//! [`DIFFERENCES`] lists the answers in which the embedded engine differs, with the reason.

use std::collections::HashMap;
use std::time::Duration;

use embedded_meilisearch::{Engine, HOST};
use futures::io::Cursor;
use meilisearch_sdk::request::{HttpClient, Method};
use meilisearch_sdk::reqwest::ReqwestClient;
use serde::Deserialize;
use serde_json::{Value, json};

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

/// Names of the exchanges about keys, which the embedded engine does not have.
const KEYED: [&str; 2] = ["no key", "wrong key"];

/// A difference of the embedded engine: the exchange, the JSON pointer, its own value and the
/// reason.
type Difference = (&'static str, &'static str, fn() -> Value, &'static str);

/// milli 1.15 measures the length of a word in bytes when it decides how many typos to tolerate,
/// milli 1.50 in characters. A short word with letters such as å, ä and ö tolerates a typo earlier:
/// `städ` finds `stöd`.
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

/// Names of members that differ between two runs and are compared by the type of their value.
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

/// Names of members that hold the number of a task.
const TASK_NUMBERS: [&str; 4] = ["taskUid", "from", "next", "uid"];

#[tokio::test]
async fn embedded_engine_answers_as_recorded() {
    let folder = tempfile::tempdir().expect("a new folder");
    let engine = Engine::open(folder.path()).expect("a new folder");
    let mut replay = Replay::new(engine, HOST.to_owned(), String::new());
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
    let engine = ReqwestClient::new(key.as_deref()).expect("MEILI_KEY");
    let prefix = format!("conformance_{}_", uuid::Uuid::now_v7().simple());
    let host = url.trim_end_matches('/').to_owned();
    let mut replay = Replay::new(engine.clone(), host.clone(), prefix.clone());
    for exchange in exchanges() {
        // These list all indexes of the server, including those of others.
        if ["stats", "list indexes"].contains(&exchange.name.as_str()) {
            continue;
        }
        let expected = exchange.response.clone();
        match exchange.name.as_str() {
            name if KEYED.contains(&name) && key.is_none() => {}
            "no key" => {
                Replay::new(
                    ReqwestClient::new(None).expect("a client"),
                    host.clone(),
                    String::new(),
                )
                .strict(&exchange)
                .await
            }
            "wrong key" => {
                Replay::new(
                    ReqwestClient::new(Some("no such key")).expect("a client"),
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
struct Replay<C> {
    engine: C,
    host: String,
    /// Prefix of the names of indexes, so that other indexes of a server are not changed.
    prefix: String,
    /// Task numbers of this run by recorded task number.
    tasks: HashMap<u64, u64>,
    failures: Vec<String>,
}

impl<C: HttpClient> Replay<C> {
    fn new(engine: C, host: String, prefix: String) -> Self {
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

    /// Sends the request, and repeats it until a task has finished. Returns an error unless the
    /// status is the recorded one.
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

    /// Returns the path with the index names and task numbers of this run.
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

    /// Returns the answer without the values that vary between runs, and with the task numbers of
    /// this run.
    fn settle(&self, value: Value, recorded: bool) -> Value {
        match value {
            Value::Object(members) => {
                let settled = members.into_iter().map(|(name, value)| {
                    let value = if VARYING.contains(&name.as_str()) {
                        type_of(&value)
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

/// Returns the type of a value in place of the value.
fn type_of(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Number(_) => json!("a number"),
        Value::String(_) => json!("a text"),
        other => other.clone(),
    }
}
