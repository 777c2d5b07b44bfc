//! Routes and refusals that the recording does not hold, as Meilisearch's documentation gives them.

use std::time::Duration;

use futures::io::Cursor;
use meilisearch_sdk::request::{HttpClient, Method};
use serde_json::{Value, json};
use torg::search::engine::Engine;

use super::Folder;

/// Speaks the HTTP API to an engine of its own.
struct Api {
    engine: Engine,
    _folder: Folder,
}

impl Api {
    fn new() -> Self {
        let folder = Folder::new();
        let engine = Engine::embedded(folder.path()).expect("a new folder");
        Self {
            engine,
            _folder: folder,
        }
    }

    /// With an index `books` of three documents.
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

    /// The body of an answer that has this status.
    async fn ask(&self, method: &str, path: &str, body: Value, status: u16) -> Value {
        self.send(method, path, body.to_string(), status).await
    }

    async fn send(&self, method: &str, path: &str, body: String, status: u16) -> Value {
        let url = format!("http://embedded.invalid{path}");
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

    /// The code of a refusal.
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

    /// Enqueues a task and waits until it has succeeded.
    async fn task(&self, method: &str, path: &str, body: Value) -> Value {
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
async fn settings_have_routes_of_their_own() {
    let api = Api::with_books().await;
    let changes = [
        ("PUT", "stop-words", json!(["i", "och"]), json!([])),
        ("PUT", "synonyms", json!({ "bok": ["verk"] }), json!({})),
        ("PUT", "distinct-attribute", json!("genre"), json!(null)),
        ("PUT", "separator-tokens", json!(["|"]), json!([])),
        ("PUT", "dictionary", json!(["J. R. R."]), json!([])),
        (
            "PUT",
            "displayed-attributes",
            json!(["id", "title"]),
            json!(["*"]),
        ),
        (
            "PUT",
            "searchable-attributes",
            json!(["title"]),
            json!(["*"]),
        ),
        (
            "PUT",
            "proximity-precision",
            json!("byAttribute"),
            json!("byWord"),
        ),
        ("PUT", "search-cutoff-ms", json!(150), json!(null)),
        (
            "PUT",
            "prefix-search",
            json!("disabled"),
            json!("indexingTime"),
        ),
        ("PUT", "facet-search", json!(false), json!(true)),
        (
            "PATCH",
            "pagination",
            json!({ "maxTotalHits": 7 }),
            json!({ "maxTotalHits": 1000 }),
        ),
        (
            "PATCH",
            "faceting",
            json!({ "maxValuesPerFacet": 3, "sortFacetValuesBy": { "*": "alpha", "genre": "count" } }),
            json!({ "maxValuesPerFacet": 100, "sortFacetValuesBy": { "*": "alpha" } }),
        ),
    ];
    for (method, name, value, default) in changes {
        let path = format!("/indexes/books/settings/{name}");
        assert_eq!(api.get(&path).await, default, "{name}");
        api.task(method, &path, value.clone()).await;
        assert_eq!(api.get(&path).await, value, "{name}");
        api.task("DELETE", &path, Value::Null).await;
        assert_eq!(api.get(&path).await, default, "{name}");
    }
}

#[tokio::test]
async fn a_setting_that_is_not_named_stays_and_null_sets_back() {
    let api = Api::with_books().await;
    let typos = json!({ "enabled": false, "minWordSizeForTypos": { "oneTypo": 4, "twoTypos": 8 } });
    api.task(
        "PATCH",
        "/indexes/books/settings",
        json!({ "typoTolerance": typos }),
    )
    .await;
    api.task(
        "PATCH",
        "/indexes/books/settings/typo-tolerance",
        json!({ "minWordSizeForTypos": { "oneTypo": null } }),
    )
    .await;
    let shown = api.get("/indexes/books/settings/typo-tolerance").await;
    assert_eq!(shown["enabled"], false);
    assert_eq!(
        shown["minWordSizeForTypos"],
        json!({ "oneTypo": 5, "twoTypos": 8 })
    );
    let rules = api
        .get("/indexes/books/settings/filterable-attributes")
        .await;
    let year = json!({ "facetSearch": false, "filter": { "equality": true, "comparison": true } });
    assert_eq!(
        rules,
        json!(["genre", { "attributePatterns": ["year"], "features": year }])
    );
    api.task("DELETE", "/indexes/books/settings", Value::Null)
        .await;
    assert_eq!(
        api.get("/indexes/books/settings/filterable-attributes")
            .await,
        json!([])
    );
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
async fn documents_are_fetched_by_filter_fields_and_id() {
    let api = Api::with_books().await;
    let query = json!({ "filter": "genre = novel", "fields": ["title", "author.name"], "limit": 1, "offset": 1 });
    let fetched = api
        .ask("POST", "/indexes/books/documents/fetch", query, 200)
        .await;
    let book = json!({ "title": "Seitsemän veljestä", "author": { "name": "Kivi" } });
    assert_eq!(
        fetched,
        json!({ "results": [book], "offset": 1, "limit": 1, "total": 2 })
    );
    let fetched = api.get("/indexes/books/documents?ids=3,1&fields=id").await;
    assert_eq!(fetched["results"], json!([{ "id": 1 }, { "id": 3 }]));
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
    let refusal = api
        .refusal(
            "POST",
            "/indexes/books/documents/fetch",
            json!({ "filter": "title = x" }),
            400,
        )
        .await;
    assert_eq!(refusal.0, "invalid_document_filter");
    let task = api
        .task("DELETE", "/indexes/books/documents", Value::Null)
        .await;
    assert_eq!(task["details"]["deletedDocuments"], 3);
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
    let by_get = api
        .get("/indexes/books/search?q=&filter=genre%20%3D%20novel&sort=year:asc&limit=1&facets=*")
        .await;
    assert_eq!(by_get["hits"][0]["id"], 2);
    assert_eq!(by_get["facetDistribution"]["genre"], json!({ "novel": 2 }));
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
async fn tasks_are_filtered_cancelled_and_forgotten() {
    let api = Api::with_books().await;
    let listed = api.get("/tasks?types=settingsUpdate&reverse=true").await;
    assert_eq!(
        (&listed["total"], &listed["from"], &listed["next"]),
        (&json!(1), &json!(0), &json!(null))
    );
    assert_eq!(
        api.get("/tasks?afterEnqueuedAt=2100-01-01").await["total"],
        0
    );
    assert_eq!(
        api.refusal("POST", "/tasks/cancel", json!({}), 400).await.0,
        "missing_task_filters"
    );
    assert_eq!(
        api.refusal("GET", "/tasks?statuses=done", Value::Null, 400)
            .await
            .0,
        "invalid_task_statuses"
    );
    let summary = api
        .ask("DELETE", "/tasks?statuses=succeeded", Value::Null, 200)
        .await;
    assert_eq!(summary["type"], "taskDeletion");
    assert_eq!(api.wait(&summary).await["details"]["deletedTasks"], 2);
    assert_eq!(
        api.refusal("GET", "/tasks/0", Value::Null, 404).await.0,
        "task_not_found"
    );
}

#[tokio::test]
async fn indexes_are_renamed_and_refused() {
    let api = Api::with_books().await;
    api.task("PATCH", "/indexes/books", json!({ "uid": "verk" }))
        .await;
    assert_eq!(api.get("/indexes/verk/stats").await["numberOfDocuments"], 3);
    assert_eq!(
        api.refusal("GET", "/indexes/books", Value::Null, 404)
            .await
            .0,
        "index_not_found"
    );
    let task = api
        .finished("PATCH", "/indexes/verk", json!({ "primaryKey": "title" }))
        .await;
    assert_eq!(task["error"]["code"], "index_primary_key_already_exists");
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
    assert_eq!(
        api.refusal("GET", "/keys", Value::Null, 400).await.0,
        "feature_not_enabled"
    );
}

#[tokio::test]
async fn documents_that_no_one_could_index_fail_their_task_only() {
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
