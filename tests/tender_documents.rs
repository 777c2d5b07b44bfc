//! Documents of tenders: sealed until the opening, readable afterwards.

use chrono::TimeDelta;
use reqwest::{Response, header::CONTENT_TYPE};
use serde_json::{Value, json};
use torg::kernel::ids::DocumentId;

use crate::{
    documents::{CONTENT, PDF, document, download, refusal, rows},
    policy::staged::opened,
    support::{
        app::{TestApp, eventually},
        cast::Person::{
            self, Chair, Clerk, Editor, Opener, Publisher, Signatory, Stranger, Trainee,
        },
        client::Client,
        stage::{TENDERING, approve_opening, published, tender_input},
    },
};

const NAME: &str = "kanarie-anbud.pdf";
const DOCUMENTS: &str = "query($id: ID!) { procurement(id: $id) { tenders { nodes {
    documents { sha256 failure document { id fileName mediaType } } } } } }";

async fn send(client: &Client<'_>, procurement: &str, content: Vec<u8>) -> Response {
    let request = client.upload_for_tender(procurement);
    let request = request.query(&[("fileName", NAME)]);
    request
        .header(CONTENT_TYPE, PDF)
        .body(content)
        .send()
        .await
        .unwrap()
}

/// Uploads a document of the company; returns the answer.
async fn uploaded(app: &TestApp, procurement: &str, content: &[u8]) -> Value {
    let response = send(&app.as_(Signatory), procurement, content.to_vec()).await;
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(status, 201, "{body}");
    body
}

fn with_documents(procurement: &str, documents: &[&Value]) -> Value {
    let mut input = tender_input(procurement);
    input["documentIds"] = documents.iter().map(|one| one["id"].clone()).collect();
    input
}

/// Opens the tenders, and returns the documents of the first once the opener is done.
async fn documents_after_opening(app: &TestApp, procurement: &str) -> Value {
    app.advance(TENDERING + TimeDelta::seconds(1));
    approve_opening(app, procurement).await;
    opened(app, procurement).await;
    // The opener looks for a missing document for an hour.
    app.advance(TimeDelta::hours(1));
    eventually("the documents are opened", async || {
        let data = app
            .as_(Editor)
            .ask(DOCUMENTS, json!({ "id": procurement }))
            .await;
        let found = data["procurement"]["tenders"]["nodes"][0]["documents"].clone();
        let documents = found.as_array().unwrap();
        let done = |one: &Value| !one["document"].is_null() || !one["failure"].is_null();
        documents.iter().all(done).then_some(found.clone())
    })
    .await
}

/// Returns the file of a stored document.
fn file(app: &TestApp, id: &Value) -> std::path::PathBuf {
    let id = DocumentId::from_global(id.as_str().unwrap()).unwrap();
    app.documents_folder().join(id.0.simple().to_string())
}

#[tokio::test]
async fn a_document_is_sealed_until_the_opening() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let mut content = CONTENT.to_vec();
    content.extend(b"kanarie-innehall ".repeat(20_000));
    let sealed = uploaded(&app, &id, &content).await;
    let stored = std::fs::read(file(&app, &sealed["id"])).unwrap();
    let holds = |needle: &[u8]| stored.windows(needle.len()).any(|part| part == needle);
    assert!(!holds(b"kanarie") && !holds(b"%PDF"));
    let names: Vec<String> = sqlx::query_scalar("select file_name || media_type from document")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    assert!(!names.concat().contains("kanarie") && !names.concat().contains("pdf"));
    let own = sealed["id"].as_str().unwrap();
    for person in [Signatory, Chair, Editor, Opener] {
        assert_eq!(
            download(&app.as_(person), own).await.status(),
            404,
            "{person:?}"
        );
    }
    app.as_(Signatory)
        .mutate("submitTender", with_documents(&id, &[&sealed]))
        .await
        .id();
    let entry: String =
        sqlx::query_scalar("select entry from chain_entry order by number desc limit 1")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    let entry: Value = serde_json::from_str(&entry).unwrap();
    assert_eq!(entry["documents"], json!([sealed["sha256"]]));

    let documents = documents_after_opening(&app, &id).await;
    assert_eq!(documents[0]["failure"], Value::Null);
    assert_eq!(documents[0]["sha256"], sealed["sha256"]);
    assert_eq!(documents[0]["document"]["fileName"], NAME);
    assert_eq!(documents[0]["document"]["mediaType"], PDF);
    let readable = documents[0]["document"]["id"].as_str().unwrap();
    for person in [Opener, Editor, Publisher, Signatory, Clerk] {
        let response = download(&app.as_(person), readable).await;
        assert_eq!(response.status(), 200, "{person:?}");
        assert_eq!(response.bytes().await.unwrap(), content, "{person:?}");
    }
    for person in [Trainee, Stranger, Chair, Person::Nobody, Person::Admin] {
        assert_eq!(
            download(&app.as_(person), readable).await.status(),
            404,
            "{person:?}"
        );
    }
    assert_eq!(download(&app.anonymous(), readable).await.status(), 404);
    // The documents of an opened tender stay.
    app.advance(TimeDelta::hours(25));
    torg::document::sweep(&app.database, &app.files)
        .await
        .unwrap();
    assert_eq!(download(&app.as_(Opener), readable).await.status(), 200);
}

#[tokio::test]
async fn a_document_that_is_missing_or_changed_is_a_failure() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let mut sealed = Vec::new();
    for _ in 0..4 {
        sealed.push(uploaded(&app, &id, CONTENT).await);
    }
    let named: Vec<&Value> = sealed.iter().collect();
    app.as_(Signatory)
        .mutate("submitTender", with_documents(&id, &named))
        .await
        .id();
    let path = |place: usize| file(&app, &sealed[place]["id"]);
    std::fs::remove_file(path(0)).unwrap();
    let mut edited = std::fs::read(path(1)).unwrap();
    *edited.last_mut().unwrap() ^= 1;
    std::fs::write(path(1), edited).unwrap();
    // Authentic, and another document's.
    std::fs::copy(path(3), path(2)).unwrap();
    let documents = documents_after_opening(&app, &id).await;
    for place in 0..3 {
        assert!(
            documents[place]["failure"].is_string(),
            "{place}: {documents}"
        );
        assert_eq!(documents[place]["document"], Value::Null, "{place}");
    }
    assert_eq!(documents[3]["failure"], Value::Null);
    assert_eq!(documents[3]["document"]["fileName"], NAME);
}

#[tokio::test]
async fn uploads_are_refused() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let upcoming = published(&app, "UPCOMING").await;
    let pdf = || CONTENT.to_vec();
    let by = |person: Person| app.as_(person);
    for (what, response, expected) in [
        (
            "no token",
            send(&app.anonymous(), &id, pdf()).await,
            (401, "NOT_AUTHENTICATED"),
        ),
        (
            "a buyer",
            send(&by(Editor), &id, pdf()).await,
            (403, "NOT_ALLOWED"),
        ),
        (
            "a contributor",
            send(&by(Clerk), &id, pdf()).await,
            (403, "NOT_ALLOWED"),
        ),
        (
            "no procurement",
            send(&by(Signatory), "X", pdf()).await,
            (404, "NOT_FOUND"),
        ),
        (
            "early",
            send(&by(Signatory), &upcoming, pdf()).await,
            (409, "WRONG_PHASE"),
        ),
        (
            "no PDF",
            send(&by(Signatory), &id, b"text".to_vec()).await,
            (415, "CONTENT_MISMATCH"),
        ),
        (
            "empty",
            send(&by(Signatory), &id, Vec::new()).await,
            (400, "DOCUMENT_EMPTY"),
        ),
        (
            "too large",
            send(&by(Signatory), &id, vec![b'%'; (60 << 20) + 1]).await,
            (413, "DOCUMENT_TOO_LARGE"),
        ),
    ] {
        let (status, code) = refusal(response).await;
        assert_eq!((status, code.as_str()), expected, "{what}");
    }
    let client = by(Signatory);
    let program = client
        .upload_for_tender(&id)
        .query(&[("fileName", "a.exe")]);
    let program = program
        .header(CONTENT_TYPE, "application/x-msdownload")
        .body(pdf());
    let refused = refusal(program.send().await.unwrap()).await;
    assert_eq!(refused, (415, "MEDIA_TYPE_NOT_TAKEN".to_owned()));
    app.advance(TENDERING);
    let late = refusal(send(&by(Signatory), &id, pdf()).await).await;
    assert_eq!(late, (409, "DEADLINE_PASSED".to_owned()));
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn a_sealed_document_is_only_for_its_tender() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let sealed = uploaded(&app, &id, CONTENT).await;
    let company = app.as_(Signatory);
    let ordinary = json!({ "id": document(&company).await });
    let elsewhere = published(&app, "TENDERING").await;
    let mut many = with_documents(&id, &[]);
    many["documentIds"] = json!(vec![sealed["id"].clone(); 51]);
    for (what, person, input, code, field) in [
        (
            "of another",
            Chair,
            with_documents(&id, &[&sealed]),
            "NOT_FOUND",
            "documentIds.0",
        ),
        (
            "not sealed",
            Signatory,
            with_documents(&id, &[&ordinary]),
            "NOT_FOUND",
            "documentIds.0",
        ),
        (
            "elsewhere",
            Signatory,
            with_documents(&elsewhere, &[&sealed]),
            "INVALID",
            "documentIds.0",
        ),
        (
            "twice",
            Signatory,
            with_documents(&id, &[&sealed, &sealed]),
            "INVALID",
            "documentIds.1",
        ),
        ("too many", Signatory, many, "TOO_LONG", "documentIds"),
    ] {
        let errors = app.as_(person).mutate("submitTender", input).await.errors;
        let first = (errors[0].code.as_str(), errors[0].field.join("."));
        assert_eq!(first, (code, field.to_owned()), "{what}");
    }
    // It cannot be attached to anything else, and without a tender it is removed after a day.
    let upcoming = published(&app, "UPCOMING").await;
    let round = crate::support::stage::dialogue(&app, &upcoming).await;
    let ask = json!({ "dialogueId": round, "text": "Is this it?", "language": "en", "documentIds": [sealed["id"]] });
    let errors = company.mutate("askQuestion", ask).await.errors;
    assert_eq!(errors[0].code, "NOT_FOUND");
    app.advance(TimeDelta::hours(25));
    torg::document::sweep(&app.database, &app.files)
        .await
        .unwrap();
    assert_eq!(rows(&app).await, 0);
    assert!(!file(&app, &sealed["id"]).exists());
    let left: i64 = sqlx::query_scalar("select count(*) from sealed_document")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_tender_holds_its_documents() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let sealed = uploaded(&app, &id, CONTENT).await;
    app.as_(Signatory)
        .mutate("submitTender", with_documents(&id, &[&sealed]))
        .await
        .id();
    app.advance(TimeDelta::hours(25));
    torg::document::sweep(&app.database, &app.files)
        .await
        .unwrap();
    assert_eq!(rows(&app).await, 1);
    // A later tender may have it again.
    app.as_(Signatory)
        .mutate("submitTender", with_documents(&id, &[&sealed]))
        .await
        .id();
    let documents = documents_after_opening(&app, &id).await;
    assert_eq!(documents[0]["failure"], Value::Null);
}

/// Returns the process's peak memory in kilobytes since the last call.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let peak = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    peak
}

/// Uploads and opens documents of 1 to 40 MB; the client sends them as streams.
#[tokio::test]
#[ignore = "a measurement of the whole process; run it alone"]
async fn memory_does_not_grow_with_the_document() {
    let app = TestApp::without_search().await;
    let mut peaks = Vec::new();
    for megabytes in [1, 1, 5, 40] {
        let id = published(&app, "TENDERING").await;
        peak();
        let parts = (0..megabytes * 16).map(|part| {
            let mut bytes = vec![b' '; 62_500];
            if part == 0 {
                bytes[..CONTENT.len()].copy_from_slice(CONTENT);
            }
            Ok::<_, std::io::Error>(bytes)
        });
        let client = app.as_(Signatory);
        let request = client.upload_for_tender(&id).query(&[("fileName", NAME)]);
        let body = reqwest::Body::wrap_stream(futures::stream::iter(parts));
        let begun = std::time::Instant::now();
        let response = request
            .header(CONTENT_TYPE, PDF)
            .body(body)
            .send()
            .await
            .unwrap();
        let sealed: Value = response.json().await.unwrap();
        app.as_(Signatory)
            .mutate("submitTender", with_documents(&id, &[&sealed]))
            .await
            .id();
        let (took, uploading) = (begun.elapsed(), peak());
        documents_after_opening(&app, &id).await;
        let opening = peak();
        eprintln!("{megabytes} MB: {took:?}, peak {uploading} kB uploading, {opening} kB opening");
        peaks.push(uploading.max(opening));
    }
    assert!(peaks[3] < peaks[1] + 10_000, "{peaks:?}");
}
