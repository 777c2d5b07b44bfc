//! `POST /documents?fileName=…`, with the document's content as the body.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, BodyDataStream},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{AppState, internal, refusal};
use crate::{
    document::{self, Document, Reason, Rejection, Upload, UploadFailure},
    http::{
        address::Peer,
        identity::{self, RequestRefusal, ResolvedActor},
        response::Media,
    },
    kernel::{message::Language, normal_form},
    telemetry::request_record,
};

#[derive(Deserialize)]
pub struct Parameters {
    #[serde(rename = "fileName")]
    file_name: Option<String>,
}

/// Receives a document; returns 201 with its description, and its path in `Location`.
///
/// The upload runs in its own task: it cleans up even when the client disconnects.
pub async fn upload(
    State(state): State<Arc<AppState>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    peer: Peer,
    body: Body,
) -> Response {
    // An invalid query string counts as one without a file name.
    let file_name = parameters
        .ok()
        .and_then(|Query(parameters)| parameters.file_name);
    let received = tokio::spawn(request_record::in_current_record(async move {
        let mut body = body.into_data_stream();
        match receive(&state, file_name, (&headers, peer), &mut body).await {
            Ok(document) => created(&document),
            Err(refused) => refused,
        }
    }));
    received.await.unwrap_or_else(|error| internal(&error))
}

async fn receive(
    state: &AppState,
    file_name: Option<String>,
    (headers, peer): (&HeaderMap, Peer),
    body: &mut BodyDataStream,
) -> Result<Document, Response> {
    let refused = |refused: RequestRefusal| refused.response(Media::Json);
    let authenticated = identity::authenticate(state, headers, peer).await;
    let authenticated = authenticated.map_err(refused)?;
    let resolved = identity::resolve_actor(state, headers, peer, authenticated).await;
    let ResolvedActor { actor, key, .. } = resolved.map_err(refused)?;
    if headers.contains_key(header::CONTENT_ENCODING) {
        let message = "Send the document uncompressed, without `Content-Encoding`.";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(refusal(status, "CONTENT_ENCODING_NOT_TAKEN", message));
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let upload = Upload {
        file_name: normal_form::lines(&file_name.unwrap_or_default()).into_owned(),
        content_type: text(header::CONTENT_TYPE).map(str::to_owned),
        size: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
    };
    let language = Language::preferred(&identity::languages(headers));
    let backend = &state.backend;
    let refused =
        |failure: UploadFailure| failure.into_response(language, backend.database.clock.now());
    let most = backend.files.limits.size;
    let size = upload.size.map_or(most, |size| size.min(most));
    let share = state.uploads.acquire(key, size);
    let _share = share.ok_or_else(|| refused(all_taken().into()))?;
    document::upload(&backend.database, &backend.files, &actor, upload, body)
        .await
        .map_err(refused)
}

fn all_taken() -> Rejection {
    Rejection::new(
        Reason::Busy,
        "too many documents are being uploaded right now; try again in a moment",
    )
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
