//! Every reason for refusing an upload. A refused upload leaves nothing.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::{FutureExt, StreamExt, future::join_all, stream};
use reqwest::{
    Body,
    header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
};
use sqlx::query;
use torg::document::{
    MinimumPace, UPLOADS,
    rules::{RUNNING_LIMIT, UNATTACHED_LIMIT},
};

use super::{
    CONTENT, PDF, assert_nothing_left, document, header, refusal, rows, uploaded, uploading,
};
use crate::support::{
    app::{DOCUMENT_LIMITS, TestApp, eventually},
    cast::Person,
};

#[tokio::test]
async fn a_refused_upload_has_its_reason() {
    let app = TestApp::without_search().await;
    for (client, expected) in [
        (app.anonymous(), (401, "NOT_AUTHENTICATED")),
        (app.as_(Person::Nobody), (403, "NOT_ALLOWED")),
        (app.as_(Person::Both), (403, "NOT_ALLOWED")),
        (app.as_(Person::Trainee), (403, "NOT_ALLOWED")),
        (app.as_(Person::Opener), (403, "NOT_ALLOWED")),
        (
            app.acting_for(Person::Editor, app.organisations.company),
            (403, "NOT_A_MEMBER"),
        ),
    ] {
        let response = uploading(&client, "a.pdf", PDF)
            .body(CONTENT)
            .send()
            .await
            .unwrap();
        let (status, code) = refusal(response).await;
        assert_eq!((status, code.as_str()), expected);
    }
    let response = app
        .anonymous()
        .upload()
        .bearer_auth("nonsense")
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(response).await.0, 401);
    assert_nothing_left(&app).await;

    for person in [
        Person::Publisher,
        Person::Editor,
        Person::Stranger,
        Person::Signatory,
        Person::Clerk,
        Person::Chair,
        Person::Volunteer,
    ] {
        document(&app.as_(person)).await;
    }
    document(&app.acting_for(Person::Both, app.organisations.nonprofit)).await;
}

#[tokio::test]
async fn what_is_not_a_document_is_refused() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let elf = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 100]].concat();
    let late = [b"text ".repeat(20_000).as_slice(), b"\xff\xfe"].concat();
    for (name, media, content, expected) in [
        ("", PDF, CONTENT, (400, "FILE_NAME_INVALID")),
        ("a.exe", PDF, CONTENT, (400, "FILE_NAME_INVALID")),
        ("../a.pdf", PDF, CONTENT, (400, "FILE_NAME_INVALID")),
        ("..\\a.pdf", PDF, CONTENT, (400, "FILE_NAME_INVALID")),
        ("/etc/a.pdf", PDF, CONTENT, (400, "FILE_NAME_INVALID")),
        (
            "a\r\nX-Evil: 1.pdf",
            PDF,
            CONTENT,
            (400, "FILE_NAME_INVALID"),
        ),
        ("a\u{0}.pdf", PDF, CONTENT, (400, "FILE_NAME_INVALID")),
        ("a.html", "text/html", b"<p>", (415, "MEDIA_TYPE_NOT_TAKEN")),
        (
            "a.svg",
            "image/svg+xml",
            b"<svg/>",
            (415, "MEDIA_TYPE_NOT_TAKEN"),
        ),
        (
            "a.exe",
            "application/octet-stream",
            &elf,
            (415, "MEDIA_TYPE_NOT_TAKEN"),
        ),
        (
            "a.txt",
            "text/plain; charset=latin1",
            b"a",
            (415, "MEDIA_TYPE_NOT_TAKEN"),
        ),
        ("a.pdf", PDF, b"not a PDF", (415, "CONTENT_MISMATCH")),
        ("a.pdf", PDF, &elf, (415, "CONTENT_MISMATCH")),
        ("a.zip", "application/zip", &elf, (415, "CONTENT_MISMATCH")),
        ("a.txt", "text/plain", &elf, (415, "CONTENT_MISMATCH")),
        (
            "a.txt",
            "text/plain",
            b"#!/bin/sh\nls\n",
            (415, "CONTENT_MISMATCH"),
        ),
        ("a.txt", "text/plain", &late, (415, "CONTENT_MISMATCH")),
        ("a.csv", "text/csv", b"a;b\0", (415, "CONTENT_MISMATCH")),
        (
            "a.txt",
            "text/plain",
            b"cut \xc3",
            (415, "CONTENT_MISMATCH"),
        ),
        ("a.pdf", PDF, b"", (400, "DOCUMENT_EMPTY")),
    ] {
        let content = content.to_vec();
        let response = uploading(&editor, name, media)
            .body(content)
            .send()
            .await
            .unwrap();
        let (status, code) = refusal(response).await;
        assert_eq!((status, code.as_str()), expected, "{name:?} {media}");
    }
    let request = || {
        editor
            .upload()
            .query(&[("fileName", "a.pdf")])
            .body(CONTENT)
    };
    let untyped = request().send().await.unwrap();
    assert_eq!(refusal(untyped).await, (415, "MEDIA_TYPE_NOT_TAKEN".into()));
    let packed = request()
        .header(CONTENT_TYPE, PDF)
        .header(CONTENT_ENCODING, "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(
        refusal(packed).await,
        (415, "CONTENT_ENCODING_NOT_TAKEN".into())
    );
    let nameless = editor
        .upload()
        .header(CONTENT_TYPE, PDF)
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(nameless).await, (400, "FILE_NAME_INVALID".into()));
    let unreadable = format!("{}/documents?fileName=%ff%fe.pdf", app.address);
    let request = editor
        .upload()
        .header(CONTENT_TYPE, PDF)
        .body(CONTENT)
        .build()
        .unwrap();
    let mut request = request;
    *request.url_mut() = unreadable.parse().unwrap();
    let response = app.http.execute(request).await.unwrap();
    assert_eq!(refusal(response).await, (400, "FILE_NAME_INVALID".into()));
    // An empty body without a length.
    let nothing = Body::wrap_stream(stream::empty::<Result<Vec<u8>, std::io::Error>>());
    let response = uploading(&editor, "a.pdf", PDF)
        .body(nothing)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(response).await, (400, "DOCUMENT_EMPTY".into()));
    assert_nothing_left(&app).await;
}

#[tokio::test]
async fn too_large_uploads_are_refused() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let chunk = || vec![b'a'; 1 << 20];
    let count = usize::try_from(DOCUMENT_LIMITS.size >> 20).unwrap();
    let said = uploading(&editor, "a.txt", "text/plain").body(vec![b'a'; (count << 20) + 1]);
    assert_eq!(
        refusal(said.send().await.unwrap()).await,
        (413, "DOCUMENT_TOO_LARGE".into())
    );
    let chunks = stream::iter(0..=count).map(move |_| Ok::<_, std::io::Error>(chunk()));
    let unsaid = uploading(&editor, "a.txt", "text/plain").body(Body::wrap_stream(chunks));
    assert_eq!(
        refusal(unsaid.send().await.unwrap()).await,
        (413, "DOCUMENT_TOO_LARGE".into())
    );
    assert_nothing_left(&app).await;
}

#[tokio::test]
async fn unattached_documents_are_limited_per_organisation() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let first = document(&editor).await;
    let id = torg::kernel::ids::DocumentId::from_global(&first).unwrap();
    // More documents of the size of the first.
    let more = "insert into document select gen_random_uuid(), organisation_id, uploaded_by, file_name, media_type, size,
                sha256, state, uploaded_at, unused_since from document, generate_series(3, $1) where id = $2";
    query(more)
        .bind(UNATTACHED_LIMIT as i32)
        .bind(id)
        .execute(&app.database.pool)
        .await
        .unwrap();
    // One document is left: of two concurrent uploads one is accepted.
    let upload = || uploading(&editor, "a.pdf", PDF).body(CONTENT).send();
    let answers = join_all([upload(), upload(), upload()]).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 429, 429]);
    let response = upload().await.unwrap();
    assert!(!header(&response, RETRY_AFTER).is_empty());
    assert_eq!(refusal(response).await, (429, "TOO_MANY_UNATTACHED".into()));
    // The limit does not affect other organisations.
    document(&app.as_(Person::Clerk)).await;
    // Attached documents do not count.
    query("insert into document_hold values (gen_random_uuid(), $1)")
        .bind(id)
        .execute(&app.database.pool)
        .await
        .unwrap();
    document(&editor).await;
}

#[tokio::test]
async fn the_bytes_of_unattached_documents_are_counted_together() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    document(&editor).await;
    let large = "insert into document select gen_random_uuid(), organisation_id, uploaded_by, file_name, media_type,
                 (1 << 30) - 100, sha256, state, uploaded_at, unused_since from document";
    query(large).execute(&app.database.pool).await.unwrap();
    let response = uploading(&editor, "a.pdf", PDF)
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(response).await, (429, "TOO_MANY_UNATTACHED".into()));
    // The remaining bytes suffice for a small document.
    uploaded(&editor, "a.txt", "text/plain", "small").await;
}

#[tokio::test]
async fn concurrent_uploads_are_limited_per_organisation() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let (go_on, wait) = tokio::sync::oneshot::channel::<()>();
    let wait = wait.map(|_| ()).shared();
    let running: Vec<_> = (0..RUNNING_LIMIT)
        .map(|_| {
            let wait = wait.clone();
            let body = stream::iter([&CONTENT[..20]]).chain(stream::once(async move {
                wait.await;
                &CONTENT[20..]
            }));
            let body = Body::wrap_stream(body.map(Ok::<_, std::io::Error>));
            tokio::spawn(uploading(&editor, "a.pdf", PDF).body(body).send())
        })
        .collect();
    eventually("all have begun", async || {
        (rows(&app).await == RUNNING_LIMIT).then_some(())
    })
    .await;
    let response = uploading(&editor, "a.pdf", PDF)
        .body(CONTENT)
        .send()
        .await
        .unwrap();
    assert_eq!(refusal(response).await, (429, "TOO_MANY_UPLOADS".into()));
    go_on.send(()).unwrap();
    for upload in running {
        assert_eq!(upload.await.unwrap().unwrap().status(), 201);
    }
    document(&editor).await;
}

/// Returns a body that ends when `wait` is ready.
fn unfinished(wait: impl Future<Output = ()> + Send + 'static) -> Body {
    let rest = stream::once(async move {
        wait.await;
        &CONTENT[20..]
    });
    let body = stream::iter([&CONTENT[..20]]).chain(rest);
    Body::wrap_stream(body.map(Ok::<_, std::io::Error>))
}

#[tokio::test]
async fn one_person_holds_a_quarter_of_the_uploads() {
    let app = TestApp::without_search().await;
    let (company, nonprofit) = (app.organisations.company, app.organisations.nonprofit);
    let quarter = UPLOADS / 4;
    let (go_on, wait) = tokio::sync::oneshot::channel::<()>();
    let wait = wait.map(|_| ()).shared();
    let running: Vec<_> = (0..quarter)
        .map(|number| {
            // The limit of each organisation is not reached.
            let client = app.acting_for(Person::Both, [company, nonprofit][number % 2]);
            let body = unfinished(wait.clone());
            tokio::spawn(uploading(&client, "a.pdf", PDF).body(body).send())
        })
        .collect();
    eventually("all have begun", async || {
        (rows(&app).await == quarter as i64).then_some(())
    })
    .await;
    let client = app.acting_for(Person::Both, nonprofit);
    let response = uploading(&client, "a.pdf", PDF).body(CONTENT).send().await;
    let refused = refusal(response.unwrap()).await;
    assert_eq!(refused, (429, "TOO_MANY_UPLOADS".into()));
    document(&app.as_(Person::Editor)).await;
    go_on.send(()).unwrap();
    for upload in running {
        assert_eq!(upload.await.unwrap().unwrap().status(), 201);
    }
    document(&client).await;
}

#[tokio::test]
async fn an_upload_below_the_minimum_throughput_is_refused() {
    let app = TestApp::without_search().await;
    let pace = MinimumPace {
        bytes_per_second: 1 << 20,
        window: Duration::from_millis(100),
    };
    let address = app.server_with_pace(pace).await;
    let editor = app.mint(&Person::Editor.subject(), TimeDelta::hours(1), Utc::now());
    let upload = |body: Body| {
        let request = app.http.post(format!("{address}/documents"));
        let request = request.query(&[("fileName", "a.pdf")]);
        let request = request.header(CONTENT_TYPE, PDF).bearer_auth(&editor);
        request.body(body).send()
    };
    let slow = upload(unfinished(std::future::pending())).await.unwrap();
    assert_eq!(refusal(slow).await, (408, "UPLOAD_TOO_SLOW".into()));
    assert_nothing_left(&app).await;
    let quick = upload(CONTENT.into()).await.unwrap();
    assert_eq!(quick.status(), 201);
}
