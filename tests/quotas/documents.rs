//! Quotas of uploaded documents.

use chrono::TimeDelta;
use futures::stream;
use reqwest::{Body, header::RETRY_AFTER};
use torg::{database::quota::StorageKind, document};

use super::{assert_counters_match, quotas};
use crate::{
    documents::{CONTENT, PDF, document as upload, refusal, uploading},
    support::{
        app::{DOCUMENT_LIMITS, TestApp},
        cast::Person,
    },
};

const DOCUMENT: StorageKind = StorageKind::Document;

#[tokio::test]
async fn a_removed_document_gives_back_its_place_and_bytes() {
    let app = TestApp::without_search().await;
    let size = i64::try_from(CONTENT.len()).unwrap();
    for (total, total_bytes) in [(1, 10 * size), (10, size)] {
        let limits = quotas(DOCUMENT, |limits| {
            (limits.total, limits.total_bytes) = (total, total_bytes);
        });
        let address = app.server_with_quotas(limits).await;
        let editor = app.as_(Person::Editor).at(&address);
        upload(&editor).await;
        let second = uploading(&editor, "second.pdf", PDF)
            .body(CONTENT)
            .send()
            .await;
        let second = second.unwrap();
        // Waiting does not help when the quota in total is used up.
        assert_eq!(second.headers().get(RETRY_AFTER), None);
        let refused = refusal(second).await;
        assert_eq!(refused, (429, "QUOTA_EXCEEDED".to_owned()));
        assert_counters_match(&app).await;
        app.advance(TimeDelta::hours(25));
        assert_eq!(document::sweep(&app.database, &app.files).await.unwrap(), 1);
        assert_counters_match(&app).await;
        upload(&editor).await;
        app.advance(TimeDelta::hours(25));
        assert_eq!(document::sweep(&app.database, &app.files).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_refusal_for_the_hour_states_when_to_retry() {
    let app = TestApp::without_search().await;
    let limits = quotas(DOCUMENT, |limits| limits.hour = 1);
    let address = app.server_with_quotas(limits).await;
    let editor = app.as_(Person::Editor).at(&address);
    upload(&editor).await;
    app.advance(TimeDelta::minutes(20));
    let second = uploading(&editor, "second.pdf", PDF)
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    let wait = second.headers()[RETRY_AFTER].to_str().unwrap();
    let wait: i64 = wait.parse().unwrap();
    assert!((1..=2401).contains(&wait), "{wait}");
    let refused = refusal(second).await;
    assert_eq!(refused, (429, "QUOTA_EXCEEDED".to_owned()));
    app.advance(TimeDelta::seconds(wait));
    upload(&editor).await;
}

#[tokio::test]
async fn a_failed_upload_gives_back_its_place() {
    let app = TestApp::without_search().await;
    let address = app
        .server_with_quotas(quotas(DOCUMENT, |limits| limits.total = 1))
        .await;
    let editor = app.as_(Person::Editor).at(&address);
    let refused = uploading(&editor, "no.pdf", PDF)
        .body("no PDF")
        .send()
        .await;
    assert_eq!(refusal(refused.unwrap()).await.0, 415);
    upload(&editor).await;
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn an_upload_of_unknown_size_counts_with_its_size_at_the_end() {
    let app = TestApp::without_search().await;
    let most = i64::try_from(DOCUMENT_LIMITS.size).unwrap();
    let size = i64::try_from(CONTENT.len()).unwrap();
    let limits = quotas(DOCUMENT, |limits| limits.total_bytes = most + size);
    let address = app.server_with_quotas(limits).await;
    let editor = app.as_(Person::Editor).at(&address);
    for number in 0..3 {
        let body = Body::wrap_stream(stream::iter([Ok::<_, std::io::Error>(CONTENT)]));
        let name = format!("{number}.pdf");
        let response = uploading(&editor, &name, PDF)
            .body(body)
            .send()
            .await
            .unwrap();
        let expected = if number < 2 { 201 } else { 429 };
        assert_eq!(response.status(), expected, "{number}");
    }
    let bytes: i64 = sqlx::query_scalar("select bytes from storage_entry limit 1")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(bytes, size);
    assert_counters_match(&app).await;
}
