//! Downloading: headers, ranges, conditions, names.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{
    Method, StatusCode,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE,
        CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, IF_RANGE, ORIGIN,
        RANGE, X_CONTENT_TYPE_OPTIONS,
    },
};
use sha2::{Digest, Sha256};

use super::{CONTENT, document, download, downloading, header, length, refusal, uploaded};
use crate::support::{app::TestApp, cast::Person};

#[tokio::test]
async fn a_download_says_what_it_is_and_is_always_a_file_to_save() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let text = "a;b\n".repeat(1_000);
    let body = uploaded(&editor, "Priser \"A\"; 100 %.csv", "text/csv", text.clone()).await;
    let id = body["id"].as_str().unwrap();
    let request = downloading(&editor, id)
        .header(ACCEPT_ENCODING, "gzip")
        .header(ORIGIN, "https://frontend.example");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, CONTENT_TYPE), "text/csv; charset=utf-8");
    assert_eq!(length(&response), text.len().to_string());
    assert_eq!(
        header(&response, ETAG),
        format!("\"{}\"", body["sha256"].as_str().unwrap())
    );
    let digest = STANDARD.encode(Sha256::digest(&text));
    assert_eq!(
        header(&response, "repr-digest"),
        format!("sha-256=:{digest}:")
    );
    assert_eq!(header(&response, ACCEPT_RANGES), "bytes");
    assert_eq!(
        header(&response, CONTENT_DISPOSITION),
        "attachment; filename=\"Priser _A__ 100 _.csv\"; filename*=UTF-8''Priser%20%22A%22%3B%20100%20%25.csv"
    );
    assert_eq!(header(&response, X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(
        header(&response, CONTENT_SECURITY_POLICY),
        "default-src 'none'; sandbox"
    );
    assert_eq!(header(&response, CACHE_CONTROL), "private, no-store");
    // Ranges refer to the uploaded bytes.
    assert_eq!(header(&response, CONTENT_ENCODING), "");
    assert_eq!(header(&response, ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    let exposed = header(&response, ACCESS_CONTROL_EXPOSE_HEADERS);
    assert!(
        exposed.contains("content-disposition") && exposed.contains("etag"),
        "{exposed}"
    );
    assert_eq!(response.text().await.unwrap(), text);
}

#[tokio::test]
async fn parts_are_answered_as_the_rfc_says() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let id = document(&editor).await;
    let size = CONTENT.len();
    for (range, part) in [
        ("bytes=0-4", Some(0..5)),
        ("bytes=5-", Some(5..size)),
        ("bytes=-6", Some(size - 6..size)),
        ("bytes=-9999", Some(0..size)),
        ("bytes=7-9999", Some(7..size)),
        ("bytes=0-1,4-5", None),
        ("bytes=5-1", None),
        ("bytes=x", None),
        ("pages=1-2", None),
    ] {
        let response = downloading(&editor, &id)
            .header(RANGE, range)
            .send()
            .await
            .unwrap();
        let (status, line, part) = match part {
            Some(part) => (
                206,
                format!("bytes {}-{}/{size}", part.start, part.end - 1),
                part,
            ),
            None => (200, String::new(), 0..size),
        };
        assert_eq!(response.status(), status, "{range}");
        assert_eq!(header(&response, CONTENT_RANGE), line, "{range}");
        assert_eq!(length(&response), part.len().to_string(), "{range}");
        assert_eq!(response.bytes().await.unwrap(), CONTENT[part], "{range}");
    }
    for range in [format!("bytes={size}-"), "bytes=-0".into()] {
        let response = downloading(&editor, &id)
            .header(RANGE, range)
            .send()
            .await
            .unwrap();
        assert_eq!(header(&response, CONTENT_RANGE), format!("bytes */{size}"));
        assert_eq!(
            refusal(response).await,
            (416, "RANGE_NOT_SATISFIABLE".into())
        );
    }
}

#[tokio::test]
async fn a_part_across_what_is_read_at_a_time_is_whole() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let content: String = (0..300_000)
        .map(|number| format!("{number:07}\n"))
        .collect();
    let body = uploaded(&editor, "a.txt", "text/plain", content.clone()).await;
    let part = (1 << 20) - 3..(2 << 20) + 5;
    let range = format!("bytes={}-{}", part.start, part.end - 1);
    let request = downloading(&editor, body["id"].as_str().unwrap()).header(RANGE, range);
    let response = request.send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), content[part]);
}

#[tokio::test]
async fn conditions_are_heeded() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let id = document(&editor).await;
    let etag = header(&download(&editor, &id).await, ETAG);
    let ask = async |name, value: &str, range| {
        let request = downloading(&editor, &id).header(name, value);
        let request = if range {
            request.header(RANGE, "bytes=0-0")
        } else {
            request
        };
        request.send().await.unwrap()
    };
    let known = ask(IF_NONE_MATCH, &etag, true).await;
    assert_eq!(
        (known.status(), header(&known, ETAG)),
        (StatusCode::NOT_MODIFIED, etag.clone())
    );
    assert!(known.bytes().await.unwrap().is_empty());
    assert_eq!(ask(IF_NONE_MATCH, "\"other\"", false).await.status(), 200);
    assert_eq!(ask(IF_RANGE, &etag, true).await.status(), 206);
    assert_eq!(ask(IF_RANGE, "\"other\"", true).await.status(), 200);
    assert_eq!(ask(IF_MATCH, &etag, false).await.status(), 200);
    let other = ask(IF_MATCH, "\"other\"", false).await;
    assert_eq!(refusal(other).await, (412, "PRECONDITION_FAILED".into()));

    let head = editor.get(&format!("/documents/{id}"));
    let mut head = head.header(RANGE, "bytes=0-0").build().unwrap();
    *head.method_mut() = Method::HEAD;
    let head = app.http.execute(head).await.unwrap();
    assert_eq!(
        (head.status(), length(&head)),
        (StatusCode::OK, CONTENT.len().to_string())
    );
    assert_eq!(header(&head, ETAG), etag);
}

#[tokio::test]
async fn a_lost_object_is_an_internal_error() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let id = document(&editor).await;
    std::fs::remove_file(&app.document_files()[0]).unwrap();
    let response = download(&editor, &id).await;
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, 503);
    assert!(
        text.contains("STORAGE_UNAVAILABLE") && !text.contains("torg-test"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_no_document_is_not_found() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let organisation = app.organisations.buyer.to_global();
    let unknown = torg::kernel::ids::DocumentId::new().to_global();
    for path in ["x", "..%2f..%2fopener.key", "%00", &organisation, &unknown] {
        assert_eq!(
            refusal(download(&editor, path).await).await,
            (404, "NOT_FOUND".into()),
            "{path}"
        );
    }
}
