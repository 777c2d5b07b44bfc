//! The rate limit holds for several server processes together.

use std::{num::NonZero, time::Duration};

use reqwest::StatusCode;
use serde_json::json;
use torg::http::{RateLimit, Settings};

use crate::support::app::{AnotherServer, SOCKET_LIMITS, TestApp, eventually, unhurried};

const BURST: u32 = 100;

async fn server(app: &TestApp) -> AnotherServer {
    let settings = Settings {
        rate: Some(RateLimit {
            per_minute: NonZero::<u32>::MIN,
            burst: NonZero::new(BURST).unwrap(),
        }),
        ..unhurried()
    };
    app.server_with(SOCKET_LIMITS, settings).await
}

/// Sends a request; returns what the client may still send, or `None` when it is refused.
async fn remaining(app: &TestApp, server: &AnotherServer) -> Option<u32> {
    let request = app.http.post(format!("{}/graphql", server.address));
    let request = request.json(&json!({ "query": "{ __typename }" }));
    let response = request.send().await.unwrap();
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    assert_eq!(response.status(), StatusCode::OK);
    let header = response.headers()["ratelimit"].to_str().unwrap().to_owned();
    let (_, rest) = header.split_once("r=").unwrap();
    Some(rest.split(';').next().unwrap().parse().unwrap())
}

#[tokio::test]
async fn what_one_process_counts_lowers_the_rest_of_another() {
    let app = TestApp::without_search().await;
    let (one, other) = (server(&app).await, server(&app).await);
    for spent in 1..=60 {
        assert_eq!(remaining(&app, &one).await, Some(BURST - spent));
    }
    let mut own = 0;
    eventually("the other server has lowered its bucket", async || {
        own += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let left = remaining(&app, &other).await.unwrap_or_default();
        // Alone, the other server would count its own requests only.
        (left + own < BURST).then_some(())
    })
    .await;
    // The database has no addresses.
    let clients: Vec<Vec<u8>> = sqlx::query_scalar("select client from rate_limit_bucket")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(clients.iter().map(Vec::len).collect::<Vec<_>>(), [32]);
}

#[tokio::test]
async fn without_the_shared_buckets_each_process_keeps_the_limit() {
    let app = TestApp::without_search().await;
    let server = server(&app).await;
    sqlx::query("drop table rate_limit_bucket")
        .execute(&app.database.pool)
        .await
        .unwrap();
    for spent in 1..=BURST {
        assert_eq!(remaining(&app, &server).await, Some(BURST - spent));
    }
    assert_eq!(remaining(&app, &server).await, None);
}
