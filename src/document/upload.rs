//! Receives an upload: inserts a row, streams the bytes into the store, then completes the row.

use std::{error::Error, io};

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout_at};

use super::{
    encrypt::{Encrypt, SEALED_MEDIA, SEALED_NAME, SealedUpload},
    files::{Files, Limits, Writer},
    inspect::Inspector,
    pace::Pace,
    rules::{self, Media, Reason, Rejection},
    store::{self, Document, NewDocument, Stored},
};
use crate::{
    auth::{Actor, policy},
    database::{Database, UnitOfWork, quota::table},
    kernel::{
        ids::{DocumentId, ProcurementId},
        refusal::{Failure, Refusal},
    },
};

/// Description of an upload, from the client's request.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Name of the file.
    pub file_name: String,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `Content-Length`, in bytes.
    pub size: Option<u64>,
}

/// Failure of an upload. No part of the upload is kept.
#[derive(Debug)]
pub enum UploadFailure {
    /// The actor may not upload.
    Refused(Refusal),
    /// The upload is not accepted.
    Rejected(Rejection),
    /// The storage failed.
    Storage(Box<dyn Error + Send + Sync>),
    /// Anything else; logged, never shown.
    Unexpected(Box<dyn Error + Send + Sync>),
}

impl From<Rejection> for UploadFailure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Refusal> for UploadFailure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for UploadFailure {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusals) => match refusals.into_iter().next() {
                Some(refusal) => Self::Refused(refusal),
                None => Self::Unexpected("refused without a reason".into()),
            },
            Failure::Unexpected(error) => Self::Unexpected(error),
        }
    }
}

impl From<sqlx::Error> for UploadFailure {
    fn from(error: sqlx::Error) -> Self {
        Self::Unexpected(Box::new(error))
    }
}

impl From<io::Error> for UploadFailure {
    fn from(error: io::Error) -> Self {
        Self::Storage(Box::new(error))
    }
}

/// Receives a document for the organisation that the actor acts for. Inspects, counts and hashes
/// the bytes while they arrive, and holds one part at a time in memory. The document is visible
/// once it is stored completely. A sealed upload is encrypted while it arrives; its row has neither
/// its name nor its media type.
pub async fn upload<B: AsRef<[u8]>, E: Error>(
    database: &Database,
    files: &Files,
    actor: &Actor,
    upload: Upload,
    mut sealed: Option<SealedUpload<'_>>,
    body: &mut (impl Stream<Item = Result<B, E>> + Unpin),
) -> Result<Document, UploadFailure> {
    policy::uploader(actor)?;
    let media = Media::of_header(upload.content_type.as_deref())?;
    rules::check_file_name(&upload.file_name, media)?;
    rules::check_declared_size(upload.size, files.limits.size)?;
    let _slot = files.admit().ok_or_else(|| {
        let message = "too many documents are being uploaded right now; try again in a moment";
        Rejection::new(Reason::Busy, message)
    })?;
    let sealed_for = sealed
        .as_ref()
        .map(|sealed| (sealed.id, sealed.procurement));
    let id = begin(database, files, actor, &upload, media, sealed_for).await?;
    // The size of a ciphertext is known at its end.
    let announced = upload.size.filter(|_| sealed.is_none());
    let done = async {
        let encrypt = sealed.as_mut().map(|sealed| &mut *sealed.encrypt);
        let stored = receive(files, id, (media, upload.size, encrypt), body).await?;
        complete(database, actor, (id, announced), &stored).await
    };
    let done = done.await;
    if done.is_err() {
        forget(database, files, id).await;
    }
    done
}

/// Inserts the row of the upload, if the organisation's quota of unattached documents and the quotas
/// of documents allow it. An upload of unknown size counts with the maximum size until it ends.
async fn begin(
    database: &Database,
    files: &Files,
    actor: &Actor,
    upload: &Upload,
    media: &'static Media,
    sealed_for: Option<(DocumentId, ProcurementId)>,
) -> Result<DocumentId, UploadFailure> {
    let (person, organisation) = policy::uploader(actor)?;
    let person = person.id;
    let most = upload.size.unwrap_or(files.limits.size);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut work = UnitOfWork::begin(database, actor).await?;
    // Concurrent uploads of one organisation are counted one after the other.
    store::lock_uploads(work.connection(), organisation).await?;
    let now = work.now().await?;
    let has = store::unattached(work.connection(), organisation, now - rules::DEAD_AFTER).await?;
    rules::check_unattached(has, most)?;
    let document = NewDocument {
        id: sealed_for.map_or_else(DocumentId::new, |(id, _)| id),
        organisation,
        uploaded_by: person,
        file_name: sealed_for.map_or(&upload.file_name, |_| SEALED_NAME),
        media_type: sealed_for.map_or(media.name, |_| SEALED_MEDIA),
        size: most,
        at: now,
    };
    store::insert(work.connection(), &document).await?;
    if let Some((id, procurement)) = sealed_for {
        store::insert_sealed(work.connection(), id, procurement).await?;
    }
    work.stores(table::UPLOAD, usize::try_from(most).unwrap_or(usize::MAX));
    work.stores_object(document.id.0);
    work.commit(&()).await?;
    Ok(document.id)
}

/// Streams the body into the store, which keeps all of it or none.
async fn receive<B: AsRef<[u8]>, E: Error>(
    files: &Files,
    id: DocumentId,
    how: (&'static Media, Option<u64>, Option<&mut (dyn Encrypt + '_)>),
    body: &mut (impl Stream<Item = Result<B, E>> + Unpin),
) -> Result<Stored, UploadFailure> {
    let mut writer = files.write(id);
    match copy(files.limits, how, body, &mut writer).await {
        Ok(stored) => {
            writer.finish().await?;
            Ok(stored)
        }
        Err(failure) => {
            if let Err(error) = writer.abort().await {
                tracing::warn!(%error, "a partly written upload could not be removed; the clean-up job removes it later");
            }
            Err(failure)
        }
    }
}

async fn copy<B: AsRef<[u8]>, E: Error>(
    limits: Limits,
    (media, announced, mut encrypt): (&'static Media, Option<u64>, Option<&mut (dyn Encrypt + '_)>),
    body: &mut (impl Stream<Item = Result<B, E>> + Unpin),
    writer: &mut Writer,
) -> Result<Stored, UploadFailure> {
    let mut inspector = Inspector::new(media);
    let mut hash = Sha256::new();
    let mut size: u64 = 0;
    let mut stored: u64 = 0;
    let mut pace = Pace::new(limits.pace);
    let end = Instant::now() + limits.whole;
    loop {
        let Some(bytes) = next_part(limits, end, &mut pace, body).await? else {
            break;
        };
        let bytes = bytes.as_ref();
        size += bytes.len() as u64;
        if size > limits.size {
            return Err(rules::too_large(limits.size).into());
        }
        inspector.inspect(bytes)?;
        let ciphertext = match &mut encrypt {
            Some(encrypt) => Some(encrypt.write(bytes)?),
            None => None,
        };
        let bytes = ciphertext.as_deref().unwrap_or(bytes);
        stored += bytes.len() as u64;
        hash.update(bytes);
        writer.write(bytes).await?;
    }
    if size == 0 {
        return Err(rules::empty().into());
    }
    if announced.is_some_and(|announced| announced != size) {
        return Err(interrupted().into());
    }
    inspector.end()?;
    if let Some(encrypt) = &mut encrypt {
        while let Some(bytes) = encrypt.end()? {
            stored += bytes.len() as u64;
            hash.update(&bytes);
            writer.write(&bytes).await?;
        }
    }
    Ok(Stored {
        size: i64::try_from(stored).unwrap_or(i64::MAX),
        sha256: hash.finalize().to_vec(),
    })
}

/// Waits for the next part of the body; returns `None` at its end.
async fn next_part<B: AsRef<[u8]>, E: Error>(
    limits: Limits,
    end: Instant,
    pace: &mut Pace,
    body: &mut (impl Stream<Item = Result<B, E>> + Unpin),
) -> Result<Option<B>, UploadFailure> {
    let begun = Instant::now();
    let patience = end.min(begun + limits.pause);
    let mut counted = begun;
    loop {
        let until = pace.remaining().map(|rest| counted + rest);
        let next = timeout_at(
            until.map_or(patience, |until| until.min(patience)),
            body.next(),
        );
        let next = next.await;
        let now = Instant::now();
        let waited = now.duration_since(std::mem::replace(&mut counted, now));
        let part = match next {
            Ok(Some(part)) => Some(part.map_err(|_| interrupted())?),
            Ok(None) => return Ok(None),
            Err(_) if now >= patience => return Err(stalled(limits).into()),
            Err(_) => None,
        };
        let length = part.as_ref().map_or(0, |part| part.as_ref().len() as u64);
        if pace.is_too_slow(length, waited) {
            return Err(too_slow(limits).into());
        }
        if part.is_some() {
            return Ok(part);
        }
    }
}

fn too_slow(limits: Limits) -> Rejection {
    let message = message!(
        "the upload sent less than {bytes} bytes per second for {window} seconds; upload the document again over a faster connection",
        bytes = limits.pace.bytes_per_second,
        window = limits.pace.window.as_secs(),
    );
    Rejection::new(Reason::TooSlow, message)
}

fn stalled(limits: Limits) -> Rejection {
    let message = message!(
        "no data arrived for {pause} seconds, or the upload took more than {whole} seconds; upload the document again over a faster connection",
        pause = limits.pause.as_secs(),
        whole = limits.whole.as_secs(),
    );
    Rejection::new(Reason::Stalled, message)
}

fn interrupted() -> Rejection {
    Rejection::new(
        Reason::Interrupted,
        "the upload ended before the announced size; upload the document again",
    )
}

/// Completes the row once the object is stored.
async fn complete(
    database: &Database,
    actor: &Actor,
    (id, announced): (DocumentId, Option<u64>),
    stored: &Stored,
) -> Result<Document, UploadFailure> {
    let mut work = UnitOfWork::begin(database, actor).await?;
    let now: DateTime<Utc> = work.now().await?;
    let document = store::complete(work.connection(), id, stored, now)
        .await?
        .ok_or_else(|| UploadFailure::Unexpected("an upload was removed before it ended".into()))?;
    if announced.is_none() {
        let size = usize::try_from(stored.size).unwrap_or(usize::MAX);
        work.stores(table::UPLOADED, size);
        work.stores_object(id.0);
    }
    let detail = json!({ "size": document.size, "mediaType": document.media_type });
    work.audit("document.upload", id.0, detail);
    work.commit(&()).await?;
    Ok(document)
}

/// Removes the row and the object of a failed upload. The clean-up job removes what stays.
async fn forget(database: &Database, files: &Files, id: DocumentId) {
    let forgotten = async {
        files.remove(id).await.map_err(Failure::unexpected)?;
        store::delete_upload(&database.pool, id).await?;
        Ok::<(), Failure>(())
    };
    if let Err(failure) = forgotten.await {
        tracing::warn!(
            ?failure,
            "a failed upload could not be removed; the clean-up job removes it later"
        );
    }
}
