//! The opener writes the documents of opened tenders in clear to the document storage.

use std::{
    io::{self, Read},
    sync::Arc,
};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::{
    BoundDocument,
    stream::{self, Description, OpenError},
};
use crate::{
    database::{self, Database},
    document::{Files, StorageError},
    kernel::{
        ids::{DocumentId, OrganisationId, ProcurementId, TenderId},
        refusal::{Failure, Fallible},
    },
    tender::{
        content::TenderContent,
        sealing::OpeningKey,
        store::{
            document::{self as store, NewOpened},
            openings,
        },
    },
};

/// Time after the opening for which a missing document is looked for again: the opener may be
/// configured with another storage than the server.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// Number of bytes that are read at a time.
const PIECE: u64 = 1 << 20;

/// Failure that the buyer and the tenderer read.
const FAILURE: &str = "this document is missing or could not be authenticated";

/// Returns whether a tender has documents to open.
pub fn has_documents(content: &TenderContent) -> bool {
    !content.documents.is_empty()
}

/// Opens the documents of a procurement's opened tenders, those that are not opened yet. Each is
/// written in clear to the storage, or its failure is recorded. The queue repeats the work after a
/// failure of the storage itself, and for an hour while a document is missing.
pub async fn open_documents(
    database: &Database,
    files: &Files,
    key: &Arc<OpeningKey>,
    procurement: ProcurementId,
) -> Fallible<()> {
    let opening = openings(&database.pool, &[procurement]).await?;
    let opened_at = opening.first().and_then(|opening| opening.opened_at);
    let patient = opened_at.is_some_and(|at| database.clock.now() < at + PATIENCE);
    let mut failed = None;
    for tender in store::opened_with_documents(&database.pool, procurement).await? {
        let done = store::opened_documents(&database.pool, &[tender.id]).await?;
        for bound in &tender.content.documents {
            if done.iter().any(|opened| opened.sealed == bound.id) {
                continue;
            }
            let of = (procurement, tender.organisation, tender.id);
            // One failure does not keep the others sealed.
            if let Err(failure) = open_one(database, files, key, of, *bound, patient).await {
                failed.get_or_insert(failure);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn open_one(
    database: &Database,
    files: &Files,
    key: &Arc<OpeningKey>,
    (procurement, organisation, tender): (ProcurementId, OrganisationId, TenderId),
    bound: BoundDocument,
    patient: bool,
) -> Fallible<()> {
    let id = readable_id(tender, bound.id);
    let read = read(files, key, bound, id).await;
    let result = match read {
        Ok((about, size, sha256)) => {
            let expected = (bound.id, procurement, organisation);
            match (about.document, about.procurement, about.organisation) == expected {
                true => Ok((about, size, sha256)),
                false => Err("it is bound to another document, procurement or organisation".into()),
            }
        }
        Err(OpenError::Unauthentic(reason)) => Err(reason),
        Err(OpenError::Missing) if !patient => Err(OpenError::Missing.to_string()),
        Err(error) => return Err(Failure::unexpected(error)),
    };
    let mut transaction = database::begin(&database.pool).await?;
    let now = database::now(&mut transaction, database).await?;
    match result {
        Ok((about, size, sha256)) => {
            let opened = NewOpened {
                tender,
                sealed: bound.id,
                document: id,
                file_name: &about.file_name,
                media_type: &about.media_type,
                size: i64::try_from(size).unwrap_or(i64::MAX),
                sha256: &sha256,
                at: now,
            };
            store::insert_opened(&mut transaction, &opened).await?;
        }
        Err(reason) => {
            tracing::error!(tender = %tender.0, document = %bound.id.0, %reason, "a sealed document could not be opened");
            store::insert_failure(&mut transaction, (tender, bound.id), FAILURE, now).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Returns the ID of the readable document: always the same, so that a repeated job writes the same
/// object.
fn readable_id(tender: TenderId, sealed: DocumentId) -> DocumentId {
    let mut hash = Sha256::new();
    hash.update(b"torg opened document");
    hash.update(tender.0.as_bytes());
    hash.update(sealed.0.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    DocumentId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// Reads a sealed document and writes its content under another ID, in bounded memory. The object is
/// readable only if everything matched.
async fn read(
    files: &Files,
    key: &Arc<OpeningKey>,
    bound: BoundDocument,
    id: DocumentId,
) -> Result<(Description, u64, [u8; 32]), OpenError> {
    let size = match files.size(bound.id).await {
        Ok(size) => size,
        Err(StorageError::NotFound { .. }) => {
            return Err(OpenError::Missing);
        }
        Err(error) => return Err(OpenError::Storage(io::Error::other(error))),
    };
    let (files, key, runtime) = (files.clone(), key.clone(), Handle::current());
    let opened = tokio::task::spawn_blocking(move || {
        let mut sealed = Sealed {
            files: &files,
            runtime: &runtime,
            id: bound.id,
            size,
            at: 0,
            piece: Vec::new(),
            taken: 0,
            hash: Sha256::new(),
        };
        let mut writer = files.write(id);
        let put = |part: &[u8]| runtime.block_on(writer.write(part));
        let mut opened = stream::open(&key, &mut sealed, put);
        if opened.is_ok() && sealed.at < size {
            opened = Err(OpenError::Unauthentic(
                "it has more bytes than were sealed".into(),
            ));
        }
        if opened.is_ok() && sealed.hash.finalize().as_slice() != bound.sha256.0 {
            opened = Err(OpenError::Unauthentic(
                "it does not match its SHA-256".into(),
            ));
        }
        match &opened {
            Ok(_) => runtime
                .block_on(writer.finish())
                .map_err(OpenError::Storage)?,
            Err(_) => {
                if let Err(error) = runtime.block_on(writer.abort()) {
                    tracing::warn!(%error, "a partly opened document could not be removed");
                }
            }
        }
        opened
    });
    opened
        .await
        .map_err(|error| OpenError::Storage(io::Error::other(error)))?
}

/// Reads a stored object piece by piece and hashes it.
struct Sealed<'a> {
    files: &'a Files,
    runtime: &'a Handle,
    id: DocumentId,
    size: u64,
    at: u64,
    piece: Vec<u8>,
    taken: usize,
    hash: Sha256,
}

impl Read for Sealed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() {
            let end = self.size.min(self.at + PIECE);
            if end == self.at {
                return Ok(0);
            }
            let read = self.files.read(self.id, self.at..end);
            let read = self.runtime.block_on(read);
            self.piece =
                read.map_err(|error| io::Error::new(io::ErrorKind::NotConnected, error))?;
            self.hash.update(&self.piece);
            (self.at, self.taken) = (end, 0);
        }
        let rest = &self.piece[self.taken..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.taken += length;
        Ok(length)
    }
}
