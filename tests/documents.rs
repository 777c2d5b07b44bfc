//! Documents: uploading, downloading, attaching, sweeping.

mod access;
mod attach;
mod download;
mod refusals;
mod sweep;
mod upload;

use reqwest::{
    Body, RequestBuilder, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde_json::{Value, json};

use crate::support::{app::TestApp, client::Client, stage::english};

pub const PDF: &str = "application/pdf";
/// A document that is a PDF by its first bytes.
pub const CONTENT: &[u8] = b"%PDF-1.7\n0123456789 what is bought and how, in all detail\n%%EOF\n";

/// Returns the request that uploads.
pub fn uploading(client: &Client<'_>, name: &str, media: &str) -> RequestBuilder {
    client
        .upload()
        .query(&[("fileName", name)])
        .header(CONTENT_TYPE, media)
}

/// Uploads and returns the answer; panics when the upload is refused.
pub async fn uploaded(
    client: &Client<'_>,
    name: &str,
    media: &str,
    content: impl Into<Body>,
) -> Value {
    let response = uploading(client, name, media)
        .body(content)
        .send()
        .await
        .unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body
}

/// Uploads a PDF for this person's organisation; returns its ID.
pub async fn document(client: &Client<'_>) -> String {
    let body = uploaded(client, "underlag.pdf", PDF, CONTENT).await;
    body["id"].as_str().unwrap().to_owned()
}

/// Returns the request that downloads a document.
pub fn downloading(client: &Client<'_>, id: &str) -> RequestBuilder {
    client.get(&format!("/documents/{id}"))
}

pub async fn download(client: &Client<'_>, id: &str) -> Response {
    downloading(client, id).send().await.unwrap()
}

/// Returns the status and code of a refusal.
pub async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    let error = &body["errors"][0];
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{body}"
    );
    (
        status,
        error["extensions"]["code"].as_str().unwrap().to_owned(),
    )
}

/// Returns the number of documents and uploads in the database, in any state.
pub async fn rows(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from document")
        .fetch_one(&app.database.pool)
        .await
        .unwrap()
}

/// Asserts that an upload has left no row and no file.
pub async fn assert_nothing_left(app: &TestApp) {
    assert_eq!(rows(app).await, 0);
    assert_eq!(app.document_files(), Vec::<std::path::PathBuf>::new());
}

pub fn header(response: &Response, name: impl reqwest::header::AsHeaderName) -> String {
    let value = response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap());
    value.unwrap_or_default().to_owned()
}

pub fn length(response: &Response) -> String {
    header(response, CONTENT_LENGTH)
}

/// Returns an attachment of a draft.
pub fn attachment(attachment_id: &str, document: &str) -> Value {
    json!({
        "attachmentId": attachment_id, "title": english("Requirements"),
        "documentType": "TECHNICAL_SPECIFICATIONS", "language": "sv", "documentId": document,
    })
}
