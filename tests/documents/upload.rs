//! Accepted uploads, and uploads that are interrupted.

use std::{io::Write as _, net::TcpStream, time::Duration};

use axum::body::Bytes;
use futures::{StreamExt, future, stream};
use reqwest::{Body, header::LOCATION};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    CONTENT, PDF, assert_nothing_left, document, download, header, length, refusal, rows, uploaded,
    uploading,
};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
};

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[tokio::test]
async fn an_upload_is_answered_with_what_it_became() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let response = uploading(&editor, "Förfrågan.pdf", PDF)
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    let location = header(&response, LOCATION);
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(
        location,
        format!("/documents/{}", body["id"].as_str().unwrap())
    );
    assert_eq!(
        body,
        json!({
            "id": body["id"], "fileName": "Förfrågan.pdf", "mediaType": PDF, "size": CONTENT.len(),
            "sha256": hex(Sha256::digest(CONTENT)), "url": location,
        })
    );
    let answer = editor.get(&location).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), CONTENT);
    let audited: i64 =
        sqlx::query_scalar("select count(*) from audit where action = 'document.upload'")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn the_same_file_twice_is_two_documents() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    assert_ne!(document(&editor).await, document(&editor).await);
    assert_eq!((rows(&app).await, app.document_files().len()), (2, 2));
}

/// Text without repetitions, so that a misplaced part is detected.
fn lines(bytes: usize) -> impl Iterator<Item = Bytes> {
    const CHUNK: usize = 64 << 10;
    (0..bytes / CHUNK).map(|number| {
        let mut chunk = format!("{number:015}\n").repeat(CHUNK / 16);
        chunk.truncate(CHUNK);
        Bytes::from(chunk)
    })
}

#[tokio::test]
async fn a_large_document_streams_both_ways() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let size = 50 << 20;
    let mut hash = Sha256::new();
    lines(size).for_each(|chunk| hash.update(&chunk));
    let hash = hex(hash.finalize());
    // Without a `Content-Length`.
    let body = Body::wrap_stream(stream::iter(lines(size).map(Ok::<_, std::io::Error>)));
    let answer = uploaded(&editor, "stor.txt", "text/plain", body).await;
    assert_eq!(
        (answer["size"].as_u64(), answer["sha256"].as_str()),
        (Some(size as u64), Some(hash.as_str()))
    );

    let response = download(&editor, answer["id"].as_str().unwrap()).await;
    assert_eq!(length(&response), size.to_string());
    let mut received = Sha256::new();
    let mut stream = response.bytes_stream();
    while let Some(bytes) = stream.next().await {
        received.update(bytes.unwrap());
    }
    assert_eq!(hex(received.finalize()), hash);
}

#[tokio::test]
async fn a_slow_upload_is_accepted_a_stalled_one_refused() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let pause = super::super::support::app::DOCUMENT_LIMITS.pause;
    let slowly = move |pause: Duration| {
        let chunks = CONTENT.chunks(CONTENT.len() / 4 + 1);
        Body::wrap_stream(stream::iter(chunks).then(move |chunk| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(chunk)
        }))
    };
    // The whole upload takes longer than the longest allowed pause.
    uploaded(&editor, "slow.pdf", PDF, slowly(pause / 3)).await;
    let stalled = uploading(&editor, "stalled.pdf", PDF)
        .body(slowly(pause * 2))
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(stalled).await, (408, "UPLOAD_STALLED".into()));
    assert_eq!((rows(&app).await, app.document_files().len()), (1, 1));
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    for announced in ["Content-Length: 30000000", "Transfer-Encoding: chunked"] {
        let request = uploading(&editor, "half.txt", "text/plain")
            .build()
            .unwrap();
        let token = request.headers()["authorization"]
            .to_str()
            .unwrap()
            .to_owned();
        let mut socket = TcpStream::connect(app.address.trim_start_matches("http://")).unwrap();
        let head = format!(
            "POST /documents?fileName=half.txt HTTP/1.1\r\nHost: torg\r\nAuthorization: {token}\r\n\
             Content-Type: text/plain\r\n{announced}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        // Enough bytes for the store to have started a file.
        let half = "half a document\n".repeat(60_000);
        let half = if announced.starts_with("Transfer") {
            format!("{:x}\r\n{half}\r\n", half.len())
        } else {
            half
        };
        socket.write_all(half.as_bytes()).unwrap();
        eventually("the upload has begun", async || {
            (rows(&app).await == 1 && app.document_files().len() == 1).then_some(())
        })
        .await;
        drop(socket);
        eventually("nothing is left of it", async || {
            (rows(&app).await == 0).then_some(())
        })
        .await;
        assert_nothing_left(&app).await;
    }
}

#[tokio::test]
async fn an_unfinished_upload_cannot_be_downloaded() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let (go_on, wait) = tokio::sync::oneshot::channel::<()>();
    let (first, rest) = CONTENT.split_at(20);
    let body = stream::once(future::ready(first)).chain(stream::once(async move {
        wait.await.unwrap();
        rest
    }));
    let body = Body::wrap_stream(body.map(Ok::<_, std::io::Error>));
    let upload = tokio::spawn(uploading(&editor, "a.pdf", PDF).body(body).send());
    let id: uuid::Uuid = eventually("the upload has begun", async || {
        sqlx::query_scalar("select id from document")
            .fetch_optional(&app.database.pool)
            .await
            .unwrap()
    })
    .await;
    let id = torg::kernel::ids::DocumentId(id).to_global();
    assert_eq!(
        refusal(download(&editor, &id).await).await,
        (404, "NOT_FOUND".into())
    );
    go_on.send(()).unwrap();
    assert_eq!(upload.await.unwrap().unwrap().status(), 201);
    assert_eq!(download(&editor, &id).await.status(), 200);
}
