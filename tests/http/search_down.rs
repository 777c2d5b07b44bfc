//! When search is down, everything else works and no change is lost.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    app::{TestApp, eventually},
    stage::published,
};

const SEARCH: &str = "{ searchProcurements(query: \"städning\") { nodes { id } } }";
const READ: &str =
    "query($id: ID!) { procurement(id: $id) { id phase notices { nodes { number } } } }";

#[tokio::test]
async fn only_search_fails_when_search_is_down() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let read = app.anonymous().ask(READ, json!({ "id": id })).await;
    assert_eq!(
        read["procurement"]["notices"]["nodes"],
        json!([{ "number": 1 }])
    );
    let response = app
        .anonymous()
        .post()
        .json(&json!({ "query": SEARCH }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    assert_eq!(error["extensions"]["code"], "SEARCH_UNAVAILABLE");
    assert_eq!(error["extensions"]["retryable"], true);
    assert!(!body.to_string().contains("127.0.0.1:9"), "{body}");
}

#[tokio::test]
async fn a_notice_published_during_an_outage_is_found_later() {
    let app = TestApp::without_search().await;
    let back = app.embedded_engine().await;
    let id = published(&app, "UPCOMING").await;
    let index = back.index(torg::search::INDEX);
    let found = || async {
        let results = index
            .search()
            .with_query("städning")
            .execute::<Value>()
            .await
            .unwrap();
        results
            .hits
            .into_iter()
            .map(|hit| hit.result["id"].clone())
            .collect::<Vec<_>>()
    };
    assert!(found().await.is_empty());
    app.start_worker(back.clone()).await;
    let hits = eventually("the notice is found", async || {
        Some(found().await).filter(|hits| !hits.is_empty())
    })
    .await;
    let uuid = torg::kernel::ids::ProcurementId::from_global(&id).unwrap();
    assert_eq!(hits, [json!(uuid.0.simple().to_string())]);
}

#[tokio::test]
async fn health_names_what_is_down() {
    let app = TestApp::without_search().await;
    let live = app.get("/health/live", &[]).send().await.unwrap();
    assert_eq!(live.status(), StatusCode::OK);
    assert_eq!(
        live.json::<Value>().await.unwrap(),
        json!({ "status": "live" })
    );
    let ready = app.get("/health/ready", &[]).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(
        ready.json::<Value>().await.unwrap(),
        json!({ "status": "ready", "missing": ["search"], "warnings": ["opener"] })
    );
    // A result is reused for one second.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    app.database.pool.close().await;
    let unready = app.get("/health/ready", &[]).send().await.unwrap();
    assert_eq!(unready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        unready.json::<Value>().await.unwrap(),
        json!({ "status": "unready", "missing": ["database", "search"], "warnings": [] })
    );
}

#[tokio::test]
async fn a_complete_process_is_ready() {
    let app = TestApp::without_workers().await;
    let ready = app.get("/health/ready", &[]).send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(
        ready.json::<Value>().await.unwrap(),
        json!({ "status": "ready", "missing": [], "warnings": ["opener"] })
    );
}
