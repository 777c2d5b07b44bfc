//! Where documents' bytes are: a folder, or a store that speaks S3. Each lies under its document's id.

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use object_store::{
    ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder, buffered::BufWriter,
    local::LocalFileSystem, path::Path as Key, prefix::PrefixStore,
};
use tokio::{
    io::AsyncWriteExt,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::kernel::ids::DocumentId;

pub use object_store::Error as StorageError;

/// Uploads that one process receives at a time: each holds up to two parts in memory.
const UPLOADS: usize = 32;
/// The smallest part S3 takes.
const S3_PART: usize = 5 << 20;
/// What is written to a folder at a time.
const FOLDER_PART: usize = 256 << 10;

/// What an upload is held to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one document.
    pub size: u64,
    /// The longest pause in the midst of an upload.
    pub pause: Duration,
    /// The longest an upload may take.
    pub whole: Duration,
}

impl Limits {
    /// The usual patience, with this many bytes a document.
    pub fn of_size(size: u64) -> Self {
        Self {
            size,
            pause: Duration::from_secs(30),
            whole: Duration::from_secs(60 * 60),
        }
    }
}

/// Documents' bytes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// The folder, if they are in one.
    folder: Option<PathBuf>,
    part: usize,
    uploads: Arc<Semaphore>,
    /// What uploads are held to.
    pub limits: Limits,
}

impl Files {
    /// In a folder, which is made.
    pub fn in_folder(folder: &Path, limits: Limits) -> Result<Self, io::Error> {
        std::fs::create_dir_all(folder)?;
        // Once we answer that a document is stored, it is, whatever happens to the machine.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        let folder = folder.canonicalize()?;
        Ok(Self::new(
            Arc::new(store),
            Some(folder),
            FOLDER_PART,
            limits,
        ))
    }

    /// In a bucket of S3 or its like, below a prefix (may be empty). Address and credentials are those of the usual
    /// `AWS_…` variables.
    pub fn in_bucket(bucket: &str, prefix: &str, limits: Limits) -> Result<Self, StorageError> {
        let retry = RetryConfig {
            max_retries: 3,
            retry_timeout: Duration::from_secs(20),
            ..RetryConfig::default()
        };
        let store = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retry)
            .build()?;
        let store = PrefixStore::new(store, Key::parse(prefix)?);
        Ok(Self::new(Arc::new(store), None, S3_PART, limits))
    }

    fn new(
        store: Arc<dyn ObjectStore>,
        folder: Option<PathBuf>,
        part: usize,
        limits: Limits,
    ) -> Self {
        Self {
            store,
            folder,
            part,
            uploads: Arc::new(Semaphore::new(UPLOADS)),
            limits,
        }
    }

    /// Does the storage answer?
    pub async fn answers(&self) -> bool {
        if let Some(folder) = &self.folder {
            let folder = tokio::fs::metadata(folder).await;
            return folder.is_ok_and(|folder| folder.is_dir());
        }
        let nothing = self.store.head(&Key::from("health")).await;
        matches!(nothing, Ok(_) | Err(StorageError::NotFound { .. }))
    }

    /// A place among the uploads that run; none when all are taken.
    pub(super) fn admit(&self) -> Option<OwnedSemaphorePermit> {
        self.uploads.clone().try_acquire_owned().ok()
    }

    /// Begins to write a document; nobody reads it before [`Writer::finish`].
    pub(super) fn write(&self, id: DocumentId) -> Writer {
        let writer = BufWriter::with_capacity(self.store.clone(), key(id), self.part);
        Writer(writer.with_max_concurrency(1))
    }

    /// Some of a document's bytes.
    pub async fn read(&self, id: DocumentId, range: Range<u64>) -> Result<Vec<u8>, StorageError> {
        let bytes = self.store.get_range(&key(id), range).await?;
        Ok(Vec::from(bytes))
    }

    /// Removes a document and what a killed process left of its upload. One that is not there is no error.
    pub(super) async fn remove(&self, id: DocumentId) -> Result<(), StorageError> {
        match self.store.delete(&key(id)).await {
            Ok(()) | Err(StorageError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(folder) = &self.folder else {
            // Parts of an upload that was never completed are removed by the bucket's own rule; see docs/operations.md.
            return Ok(());
        };
        // The name that the library writes under until the document is whole; it does not list or remove such files.
        let unfinished = folder.join(format!("{}#1", key(id)));
        match tokio::fs::remove_file(unfinished).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StorageError::Generic {
                store: "folder",
                source: Box::new(error),
            }),
            _ => Ok(()),
        }
    }
}

fn key(id: DocumentId) -> Key {
    Key::from(id.0.simple().to_string())
}

/// Writes one document part by part.
pub(super) struct Writer(BufWriter);

impl Writer {
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Makes it whole and readable; on failure nothing is left.
    pub async fn finish(mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    /// Throws away what was written.
    pub async fn abort(mut self) -> Result<(), StorageError> {
        self.0.abort().await
    }
}
