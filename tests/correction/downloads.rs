//! Downloads are revalidated, and end when the document is withdrawn.

use futures::StreamExt;
use reqwest::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, RANGE};
use serde_json::json;

use super::{Marked, withdraw};
use crate::{
    documents::{attachment, download, downloading, header, refusal, uploaded},
    support::{
        app::TestApp,
        cast::Person,
        stage::{amend, content_with, published, redraft},
    },
};

#[tokio::test]
async fn a_download_is_revalidated_until_it_is_gone() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    let anonymous = app.anonymous();
    for id in [&marked.withdrawable[0], &marked.attached[0]] {
        let response = download(&anonymous, id).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, CACHE_CONTROL), "public, no-cache");
        let tag = header(&response, ETAG);
        assert!(tag.starts_with('"'), "a strong tag: {tag}");
        let conditional = || downloading(&anonymous, id).header(IF_NONE_MATCH, &tag);
        let response = conditional().send().await.unwrap();
        assert_eq!(response.status(), 304);
        assert_eq!(header(&response, CACHE_CONTROL), "public, no-cache");
        withdraw(&app, id).await;
        for request in [
            conditional(),
            downloading(&anonymous, id).header(RANGE, "bytes=0-1"),
            downloading(&app.as_(Person::Editor), id),
        ] {
            let response = request.send().await.unwrap();
            assert_eq!(header(&response, CACHE_CONTROL), "no-store");
            assert_eq!(refusal(response).await, (410, "WITHDRAWN".to_owned()));
        }
        let swedish = downloading(&anonymous, id).header("Accept-Language", "sv");
        let body: serde_json::Value = swedish.send().await.unwrap().json().await.unwrap();
        let message = body["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("Köparen har återkallat"), "{message}");
        let path = format!("{}/documents/{id}", app.address);
        assert_eq!(app.http.head(path).send().await.unwrap().status(), 410);
    }
}

#[tokio::test]
async fn a_running_download_ends_with_the_withdrawal() {
    let app = TestApp::without_search().await;
    let content = format!("%PDF-1.7\n{}", "0123456789".repeat(4 << 20));
    let editor = app.as_(Person::Editor);
    let body = uploaded(&editor, "big.pdf", "application/pdf", content.clone()).await;
    let id = body["id"].as_str().unwrap();
    let procurement = published(&app, "UPCOMING").await;
    let attachments = json!({ "attachments": [attachment("DOC-1", id)] });
    redraft(&app, &procurement, content_with(&app, attachments)).await;
    amend(&app, &procurement, "UPCOMING").await;
    let response = download(&app.anonymous(), id).await;
    assert_eq!(response.status(), 200);
    let mut received = response.bytes_stream();
    let mut count = received.next().await.unwrap().unwrap().len();
    withdraw(&app, id).await;
    let mut failed = false;
    while let Some(part) = received.next().await {
        match part {
            Ok(bytes) => count += bytes.len(),
            Err(_) => failed = true,
        }
    }
    assert!(failed && count < content.len(), "{count} bytes");
}

#[tokio::test]
async fn an_answer_with_withdrawable_content_is_revalidated() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    let cache = async |selection: &str| {
        let query = format!("query($id: ID!) {{ procurement(id: $id) {{ {selection} }} }}");
        let variables = json!({ "id": marked.procurement }).to_string();
        let parameters = [("query", query.as_str()), ("variables", variables.as_str())];
        let response = app.get("/graphql", &parameters).send().await.unwrap();
        assert_eq!(response.status(), 200);
        header(&response, CACHE_CONTROL)
    };
    assert_eq!(cache("title { text }").await, "public, max-age=10");
    for selection in [
        "attachments { document { fileName } }",
        "dialogues { questions { nodes { text } } }",
        "dialogues { questions { nodes { answer { text { text } } } } }",
        "dialogues { summary { heard { text } } }",
        "dialogues { meetings { minutes { text { text } } } }",
    ] {
        assert_eq!(cache(selection).await, "public, no-cache", "{selection}");
    }
}
