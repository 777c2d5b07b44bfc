//! Search of procurements over HTTP, on the embedded engine.

mod facets;
mod highlights;
mod languages;
mod maintenance;
mod names;
mod paging;
mod processes;
mod sort;
mod words;

use serde_json::{Value, json};
use torg::{
    interop::import::{Options, import},
    kernel::ids::ProcurementId,
    search,
};

use crate::support::{app::TestApp, folder::folder};

/// Starts an app and imports these notices.
async fn market(releases: &[Value]) -> TestApp {
    let app = TestApp::without_workers().await;
    publish(&app, releases).await;
    app
}

/// Imports notices and indexes them.
async fn publish(app: &TestApp, releases: &[Value]) {
    let folder = folder();
    let file = folder.path().join("notices.jsonl");
    let lines: String = releases.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, lines).unwrap();
    let mut messages = Vec::new();
    let summary = import(&app.database, &[file], Options::default(), &mut messages).await;
    let summary = summary.unwrap();
    let messages = String::from_utf8(messages).unwrap();
    assert_eq!(summary.notices, releases.len() as u64, "{messages}");
    let ids: Vec<ProcurementId> = sqlx::query_scalar("select id from procurement order by id")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    let (pool, clock) = (&app.database.pool, &app.database.clock);
    search::index::index(&app.search, pool, clock, &ids)
        .await
        .unwrap();
}

/// Returns a release in Swedish with the title and with further fields of its tender.
fn release(ocid: &str, title: &str, tender: Value) -> Value {
    let mut release = json!({
        "ocid": format!("ocds-search-{ocid}"), "id": "1", "date": "2026-11-01T08:00:00Z", "language": "sv",
        "tag": ["tender"], "buyer": { "name": "Provby kommun" },
        "tender": { "title": title, "status": "active", "tenderPeriod": { "endDate": "2051-05-20T12:00:00Z" } },
    });
    for (field, value) in tender.as_object().unwrap() {
        release["tender"][field] = value.clone();
    }
    release
}

const SEARCH: &str = "query($query: String, $filter: ProcurementFilter, $sort: ProcurementSort, $first: Int! = 100,
        $after: String, $facets: [FacetName!], $facetQueries: [FacetInput!]) {
    searchProcurements(query: $query, filter: $filter, sort: $sort, first: $first, after: $after, facets: $facets,
            facetQueries: $facetQueries) {
        totalCount nodes { ocid } pageInfo { hasNextPage hasPreviousPage endCursor }
        facets { name under valueCount values { value count } } } }";

async fn found(app: &TestApp, variables: Value) -> Value {
    let data = app.anonymous().ask(SEARCH, variables).await;
    data["searchProcurements"].clone()
}

/// Returns code, field and message of the refusal of a search.
async fn refusal(app: &TestApp, variables: Value) -> (String, Value, String) {
    let body = app.anonymous().respond(SEARCH, variables).await;
    let error = &body["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let extensions = &error["extensions"];
    (
        text(&extensions["code"]),
        extensions["field"].clone(),
        text(&error["message"]),
    )
}

/// Returns the short ocids of the results, in order.
fn ocids(found: &Value) -> Vec<String> {
    let nodes = found["nodes"].as_array().unwrap().iter();
    let ocid = |node: &Value| node["ocid"].as_str().unwrap().replace("ocds-search-", "");
    nodes.map(ocid).collect()
}

async fn search_for(app: &TestApp, query: &str) -> Vec<String> {
    ocids(&found(app, json!({ "query": query })).await)
}
