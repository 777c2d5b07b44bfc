//! Settings, searches and refusals that the recording does not contain, after Meilisearch's
//! documentation.

use std::time::Duration;

use embedded_meilisearch::{Engine, HOST};
use futures::io::Cursor;
use meilisearch_sdk::request::{HttpClient, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A client of the HTTP API with its own engine.
pub(super) struct Api {
    engine: Engine,
    _folder: TempDir,
}

impl Api {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder can be written to");
        let engine = Engine::open(folder.path()).expect("a new folder");
        Self {
            engine,
            _folder: folder,
        }
    }

    /// Returns a client of an engine with an index `books` of three documents.
    async fn with_books() -> Self {
        let api = Self::new();
        let settings = json!({
            "filterableAttributes": ["genre", { "attributePatterns": ["year"], "features": { "filter": { "comparison": true } } }],
            "sortableAttributes": ["year"],
        });
        api.task("PATCH", "/indexes/books/settings", settings).await;
        let books = json!([
            { "id": 1, "title": "Röda rummet", "genre": "novel", "year": 1879, "author": { "name": "Strindberg" } },
            { "id": 2, "title": "Seitsemän veljestä", "genre": "novel", "year": 1870, "author": { "name": "Kivi" } },
            { "id": 3, "title": "Samlade dikter", "genre": "poetry", "year": 1916, "author": { "name": "Södergran" } },
        ]);
        api.task("POST", "/indexes/books/documents", books).await;
        api
    }

    /// Sends a request and returns the body of the answer, which must have this status.
    pub(super) async fn ask(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        self.send(method, path, body.to_string(), status).await
    }

    async fn send(&self, method: &str, path: &str, body: String, status: u16) -> Value {
        let url = format!("{HOST}{path}");
        let text = Cursor::new(body.into_bytes());
        let method = match method {
            "GET" => Method::Get { query: () },
            "DELETE" => Method::Delete { query: () },
            "POST" => Method::Post {
                query: (),
                body: text,
            },
            "PUT" => Method::Put {
                query: (),
                body: text,
            },
            _ => Method::Patch {
                query: (),
                body: text,
            },
        };
        let answer = self
            .engine
            .stream_request(&url, method, "application/json", status)
            .await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, Value::Null, 200).await
    }

    /// Returns the code and the message of a refusal.
    async fn refusal(
        &self,
        method: &str,
        path: &str,
        body: Value,
        status: u16,
    ) -> (String, String) {
        let refusal = self.ask(method, path, body, status).await;
        let text = |name: &str| refusal[name].as_str().expect("a refusal").to_owned();
        (text("code"), text("message"))
    }

    /// Enqueues a task and waits for its success.
    pub(super) async fn task(&self, method: &str, path: &str, body: Value) -> Value {
        let task = self.finished(method, path, body).await;
        assert_eq!(task["status"], "succeeded", "{task}");
        task
    }

    async fn finished(&self, method: &str, path: &str, body: Value) -> Value {
        let summary = self.ask(method, path, body, 202).await;
        self.wait(&summary).await
    }

    async fn wait(&self, summary: &Value) -> Value {
        let path = format!("/tasks/{}", summary["taskUid"]);
        for _ in 0..6_000 {
            let task = self.get(&path).await;
            if !["enqueued", "processing"].contains(&task["status"].as_str().expect("a status")) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} did not finish");
    }

    /// Changes settings of `books`.
    async fn change(&self, settings: Value) {
        self.task("PATCH", "/indexes/books/settings", settings)
            .await;
    }

    /// Returns one setting of `books`.
    async fn setting(&self, name: &str) -> Value {
        self.get("/indexes/books/settings").await[name].take()
    }

    async fn ids(&self, query: Value) -> Vec<u64> {
        let found = self.ask("POST", "/indexes/books/search", query, 200).await;
        found["hits"]
            .as_array()
            .expect("hits")
            .iter()
            .map(|hit| hit["id"].as_u64().expect("an id"))
            .collect()
    }
}

#[tokio::test]
async fn each_setting_is_changed_and_reset() {
    let api = Api::with_books().await;
    let changes = [
        ("stopWords", json!(["i", "och"]), json!([])),
        ("synonyms", json!({ "bok": ["verk"] }), json!({})),
        ("distinctAttribute", json!("genre"), json!(null)),
        ("separatorTokens", json!(["|"]), json!([])),
        ("dictionary", json!(["J. R. R."]), json!([])),
        ("displayedAttributes", json!(["id", "title"]), json!(["*"])),
        ("searchableAttributes", json!(["title"]), json!(["*"])),
        ("proximityPrecision", json!("byAttribute"), json!("byWord")),
        ("searchCutoffMs", json!(150), json!(null)),
        ("prefixSearch", json!("disabled"), json!("indexingTime")),
        ("facetSearch", json!(false), json!(true)),
        (
            "pagination",
            json!({ "maxTotalHits": 7 }),
            json!({ "maxTotalHits": 1000 }),
        ),
        (
            "faceting",
            json!({ "maxValuesPerFacet": 3, "sortFacetValuesBy": { "*": "alpha", "genre": "count" } }),
            json!({ "maxValuesPerFacet": 100, "sortFacetValuesBy": { "*": "alpha" } }),
        ),
    ];
    for (name, value, default) in changes {
        assert_eq!(api.setting(name).await, default, "{name}");
        api.change(json!({ name: value })).await;
        assert_eq!(api.setting(name).await, value, "{name}");
        api.change(json!({ name: null })).await;
        assert_eq!(api.setting(name).await, default, "{name}");
    }
}

#[tokio::test]
async fn an_absent_setting_is_kept_and_null_resets() {
    let api = Api::with_books().await;
    let typos = json!({ "enabled": false, "minWordSizeForTypos": { "oneTypo": 4, "twoTypos": 8 } });
    api.change(json!({ "typoTolerance": typos })).await;
    let reset = json!({ "minWordSizeForTypos": { "oneTypo": null } });
    api.change(json!({ "typoTolerance": reset })).await;
    let shown = api.setting("typoTolerance").await;
    assert_eq!(shown["enabled"], false);
    assert_eq!(
        shown["minWordSizeForTypos"],
        json!({ "oneTypo": 5, "twoTypos": 8 })
    );
    let year = json!({ "facetSearch": false, "filter": { "equality": true, "comparison": true } });
    assert_eq!(
        api.setting("filterableAttributes").await,
        json!(["genre", { "attributePatterns": ["year"], "features": year }])
    );
    api.change(json!({ "filterableAttributes": null })).await;
    assert_eq!(api.setting("filterableAttributes").await, json!([]));
}

#[tokio::test]
async fn settings_are_refused_with_place_and_reason() {
    let api = Api::new();
    let cases = [
        (
            json!({ "stopWords": "och" }),
            "invalid_settings_stop_words",
            "Invalid value type at `.stopWords`: expected an array, but found a string: `\"och\"`",
        ),
        (
            json!({ "rankingRule": [] }),
            "bad_request",
            "Unknown field `rankingRule`: did you mean `rankingRules`? expected one of",
        ),
        (
            json!({ "pagination": { "maxTotalHits": 0 } }),
            "invalid_settings_pagination",
            "Invalid value at `.pagination.maxTotalHits`",
        ),
        (
            json!({ "prefixSearch": "never" }),
            "invalid_settings_prefix_search",
            "Unknown value `never` at `.prefixSearch`: expected one of `indexingTime`, `disabled`",
        ),
        (
            json!({ "localizedAttributes": [{ "locales": ["swe"] }] }),
            "invalid_settings_localized_attributes",
            "Missing field `attributePatterns` inside `.localizedAttributes[0]`",
        ),
        (
            json!({ "typoTolerance": { "minWordSizeForTypos": { "oneTypo": 9, "twoTypos": 3 } } }),
            "invalid_settings_typo_tolerance",
            "Invalid value at `.typoTolerance.minWordSizeForTypos`",
        ),
        (
            json!({ "filterableAttributes": [{ "attributePatterns": ["a"], "features": { "filter": { "equality": 1 } } }] }),
            "invalid_settings_filterable_attributes",
            "Invalid value type at `.filterableAttributes[0].features.filter.equality`: expected a boolean",
        ),
        (
            json!({ "embedders": { "a": { "source": "userProvided" } } }),
            "invalid_settings_embedders",
            "the embedded search engine does not have this feature",
        ),
    ];
    for (body, code, message) in cases {
        let refusal = api
            .refusal("PATCH", "/indexes/books/settings", body, 400)
            .await;
        assert_eq!(refusal.0, code);
        assert!(refusal.1.contains(message), "{}", refusal.1);
    }
}

#[tokio::test]
async fn documents_are_listed_merged_and_deleted() {
    let api = Api::with_books().await;
    let listed = api
        .get("/indexes/books/documents?fields=title,author.name&limit=1&offset=1")
        .await;
    let book = json!({ "title": "Seitsemän veljestä", "author": { "name": "Kivi" } });
    assert_eq!(
        listed,
        json!({ "results": [book], "offset": 1, "limit": 1, "total": 3 })
    );
    api.task(
        "PUT",
        "/indexes/books/documents",
        json!({ "id": 3, "title": "Dikter" }),
    )
    .await;
    let book = api
        .get("/indexes/books/documents/3?fields=title,year")
        .await;
    assert_eq!(book, json!({ "title": "Dikter", "year": 1916 }));
    let delete = "/indexes/books/documents/delete";
    let refusal = api
        .refusal("POST", delete, json!({ "filter": "title =" }), 400)
        .await;
    assert_eq!(refusal.0, "invalid_document_filter");
    let task = api
        .task("POST", delete, json!({ "filter": "genre = novel" }))
        .await;
    assert_eq!(task["details"]["deletedDocuments"], 2);
    let task = api
        .finished("POST", delete, json!({ "filter": "title = x" }))
        .await;
    assert_eq!(task["error"]["code"], "invalid_document_filter");
}

#[tokio::test]
async fn searches_sort_compare_and_are_distinct() {
    let api = Api::with_books().await;
    assert_eq!(api.ids(json!({ "sort": ["year:desc"] })).await, [3, 1, 2]);
    assert_eq!(
        api.ids(
            json!({ "filter": "year 1870 TO 1900 AND genre IN [novel]", "sort": ["year:asc"] })
        )
        .await,
        [2, 1]
    );
    assert_eq!(api.ids(json!({ "filter": ["genre != novel"] })).await, [3]);
    assert_eq!(
        api.ids(json!({ "distinct": "genre", "sort": ["year:asc"] }))
            .await,
        [2, 3]
    );
    assert_eq!(api.ids(json!({ "q": "strindbreg" })).await, [1]);
    let query =
        json!({ "filter": "genre = novel", "sort": ["year:asc"], "limit": 1, "facets": ["*"] });
    let found = api.ask("POST", "/indexes/books/search", query, 200).await;
    assert_eq!(found["hits"][0]["id"], 2);
    assert_eq!(found["facetDistribution"]["genre"], json!({ "novel": 2 }));
    let hit = json!({ "q": "kivi", "attributesToRetrieve": ["author.name"], "attributesToHighlight": ["*"], "showMatchesPosition": true });
    let found = api.ask("POST", "/indexes/books/search", hit, 200).await;
    assert_eq!(found["hits"][0]["author"], json!({ "name": "Kivi" }));
    assert_eq!(
        found["hits"][0]["_formatted"]["author"],
        json!({ "name": "<em>Kivi</em>" })
    );
    assert_eq!(
        found["hits"][0]["_matchesPosition"],
        json!({ "author.name": [{ "start": 0, "length": 4 }] })
    );
}

#[tokio::test]
async fn tasks_are_listed_by_status_and_page() {
    let api = Api::with_books().await;
    let listed = api.get("/tasks?statuses=succeeded&limit=1&from=0").await;
    assert_eq!(
        (&listed["total"], &listed["from"], &listed["next"]),
        (&json!(2), &json!(0), &json!(null))
    );
    assert_eq!(listed["results"][0]["type"], "settingsUpdate");
    assert_eq!(api.get("/tasks?indexUids=others").await["total"], 0);
    assert_eq!(
        api.refusal("GET", "/tasks?statuses=done", Value::Null, 400)
            .await
            .0,
        "invalid_task_statuses"
    );
}

#[tokio::test]
async fn indexes_are_refused_with_a_code() {
    let api = Api::with_books().await;
    assert_eq!(
        api.refusal("GET", "/indexes/verk", Value::Null, 404)
            .await
            .0,
        "index_not_found"
    );
    assert_eq!(
        api.refusal("POST", "/indexes", json!({ "uid": "två ord" }), 400)
            .await
            .0,
        "invalid_index_uid"
    );
    assert_eq!(
        api.refusal("POST", "/indexes", json!({}), 400).await.0,
        "missing_index_uid"
    );
    let twice = json!([{ "indexes": ["a", "b"] }, { "indexes": ["b", "c"] }]);
    assert_eq!(
        api.refusal("POST", "/swap-indexes", twice, 400).await.0,
        "invalid_swap_duplicate_index_found"
    );
}

#[tokio::test]
async fn documents_that_cannot_be_indexed_fail_only_their_task() {
    let api = Api::with_books().await;
    let deep = format!(
        "[{{\"id\": 9, \"a\": {}1{}}}]",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let summary = api
        .send("POST", "/indexes/books/documents", deep, 202)
        .await;
    let task = api.wait(&summary).await;
    assert_eq!(task["status"], "failed", "{task}");
    for body in ["", "  ", "nothing", "[1]", "{\"id\": 1}{", "[{\"id\": 1},]"] {
        api.send("POST", "/indexes/books/documents", body.to_owned(), 400)
            .await;
    }
    assert_eq!(
        api.get("/indexes/books/stats").await["numberOfDocuments"],
        3
    );
}
