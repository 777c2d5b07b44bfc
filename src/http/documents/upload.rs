//! `POST /documents?fileName=…`, the document's bytes as the body.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::{Body, BodyDataStream},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::json;

use super::{Shared, internal, refusal};
use crate::{
    document::{self, Document, Upload},
    http::{
        address::Peer,
        answer::Media,
        identity::{self, NotAdmitted},
    },
    telemetry::record,
};

/// How long a refused client may go on sending. Until it has sent all, or this has passed, the connection stays open:
/// closed with bytes unread, it would be reset, and the client might never read why.
const LINGER: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub struct Parameters {
    #[serde(rename = "fileName")]
    file_name: Option<String>,
}

/// Receives a document: 201 with what it became, and its address in `Location`.
///
/// It runs in a task of its own: when the client goes away, the request is dropped, but not what clears up after it.
pub async fn upload(
    State(shared): State<Arc<Shared>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    peer: Peer,
    body: Body,
) -> Response {
    // A query string that cannot be read names no file.
    let file_name = parameters
        .ok()
        .and_then(|Query(parameters)| parameters.file_name);
    let received = tokio::spawn(record::carried(async move {
        let mut body = body.into_data_stream();
        match receive(&shared, file_name, (&headers, peer), &mut body).await {
            Ok(document) => created(&document),
            Err(refused) => {
                // One that waits for our word before it sends has sent nothing.
                if !headers.contains_key(header::EXPECT) {
                    tokio::spawn(tokio::time::timeout(LINGER, drain(body)));
                }
                refused
            }
        }
    }));
    received.await.unwrap_or_else(|error| internal(&error))
}

async fn receive(
    shared: &Shared,
    file_name: Option<String>,
    (headers, peer): (&HeaderMap, Peer),
    body: &mut BodyDataStream,
) -> Result<Document, Response> {
    let refused = |refused: NotAdmitted| refused.answer(Media::Json);
    let claimed = identity::claimed(shared, headers, peer).await;
    let claimed = claimed.map_err(refused)?;
    let admitted = identity::admit(shared, headers, peer, claimed).await;
    let actor = admitted.map_err(refused)?.actor;
    if headers.contains_key(header::CONTENT_ENCODING) {
        let message = "Send the document as it is, without `Content-Encoding`.";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(refusal(status, "CONTENT_ENCODING_NOT_TAKEN", message));
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let upload = Upload {
        file_name: file_name.unwrap_or_default(),
        content_type: text(header::CONTENT_TYPE).map(str::to_owned),
        size: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
    };
    let backend = &shared.backend;
    document::upload(&backend.database, &backend.files, &actor, upload, body)
        .await
        .map_err(IntoResponse::into_response)
}

async fn drain(mut body: BodyDataStream) {
    while let Some(Ok(_)) = body.next().await {}
}

fn created(document: &Document) -> Response {
    let path = document::path(document.id);
    let body = json!({
        "id": document.id.to_global(),
        "fileName": document.file_name,
        "mediaType": document.media_type,
        "size": document.size,
        "sha256": document.sha256_hex(),
        "url": path,
    });
    (StatusCode::CREATED, [(header::LOCATION, path)], Json(body)).into_response()
}
