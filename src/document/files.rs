//! Storage of documents' bytes: a folder, or an object store that speaks S3. The document's ID is
//! the key of its object.

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

use super::pace::MinimumPace;
use crate::kernel::ids::DocumentId;

pub use object_store::Error as StorageError;

/// Maximum number of concurrent uploads of one process: each holds up to two parts in memory.
pub const UPLOADS: usize = 32;
/// Smallest part that S3 accepts, in bytes.
const S3_PART: usize = 5 << 20;
/// Size of one write to a folder, in bytes.
const FOLDER_PART: usize = 256 << 10;

/// Limits of an upload.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum size of a document in bytes.
    pub size: u64,
    /// Maximum pause between two parts of the body.
    pub pause: Duration,
    /// Maximum duration of an upload.
    pub whole: Duration,
    /// How slowly a client may send an upload.
    pub pace: MinimumPace,
}

impl Limits {
    /// Returns the default durations with this maximum size in bytes.
    pub fn of_size(size: u64) -> Self {
        Self {
            size,
            pause: Duration::from_secs(30),
            whole: Duration::from_secs(60 * 60),
            pace: MinimumPace::default(),
        }
    }
}

/// Storage of documents' bytes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// Folder, if the documents are in one.
    folder: Option<PathBuf>,
    part: usize,
    uploads: Arc<Semaphore>,
    /// Limits of uploads.
    pub limits: Limits,
}

impl Files {
    /// Opens storage in a folder, which is created.
    pub fn in_folder(folder: &Path, limits: Limits) -> Result<Self, io::Error> {
        std::fs::create_dir_all(folder)?;
        // With fsync, a stored document survives a crash of the machine.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        let folder = folder.canonicalize()?;
        Ok(Self::new(
            Arc::new(store),
            Some(folder),
            FOLDER_PART,
            limits,
        ))
    }

    /// Opens storage in a bucket of S3 or a compatible service, below a prefix, which may be empty.
    /// Address and credentials come from the usual `AWS_…` variables.
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

    /// Returns whether the storage responds. A folder must also be writable and have space left.
    pub async fn can_store(&self) -> bool {
        if let Some(folder) = &self.folder {
            return can_write(folder).await.is_ok();
        }
        let nothing = self.store.head(&Key::from("health")).await;
        matches!(nothing, Ok(_) | Err(StorageError::NotFound { .. }))
    }

    /// Writes, reads and removes a test object.
    pub async fn probe(&self) -> Result<(), StorageError> {
        let key = Key::from("doctor");
        self.store
            .put(&key, b"torg doctor".as_slice().into())
            .await?;
        self.store.get(&key).await?.bytes().await?;
        self.store.delete(&key).await
    }

    /// Returns a permit for an upload. `None` when the maximum number of uploads is running.
    pub(super) fn admit(&self) -> Option<OwnedSemaphorePermit> {
        self.uploads.clone().try_acquire_owned().ok()
    }

    /// Returns the size of a document's object, in bytes.
    pub async fn size(&self, id: DocumentId) -> Result<u64, StorageError> {
        Ok(self.store.head(&key(id)).await?.size)
    }

    /// Begins to write a document; it is readable after [`Writer::finish`].
    pub fn write(&self, id: DocumentId) -> Writer {
        let writer = BufWriter::with_capacity(self.store.clone(), key(id), self.part);
        Writer(writer.with_max_concurrency(1))
    }

    /// Reads a range of a document's bytes.
    pub async fn read(&self, id: DocumentId, range: Range<u64>) -> Result<Vec<u8>, StorageError> {
        let bytes = self.store.get_range(&key(id), range).await?;
        Ok(Vec::from(bytes))
    }

    /// Removes a document, and what a killed process left of its upload. Succeeds when there is
    /// none.
    pub(super) async fn remove(&self, id: DocumentId) -> Result<(), StorageError> {
        match self.store.delete(&key(id)).await {
            Ok(()) | Err(StorageError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(folder) = &self.folder else {
            // The bucket's lifecycle rule removes parts of incomplete uploads; see
            // docs/operations.md.
            return Ok(());
        };
        // Name under which the library writes until the document is complete; it neither lists nor
        // removes such files.
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

/// Content of the file that shows whether a folder has space left.
const PROBE: &[u8] = &[0; 64 << 10];

/// Writes a file of 64 KiB to a folder and removes it.
async fn can_write(folder: &Path) -> io::Result<()> {
    let file = folder.join(format!(".health-{}", std::process::id()));
    let written = tokio::fs::write(&file, PROBE).await;
    let removed = tokio::fs::remove_file(&file).await;
    written.and(removed)
}

fn key(id: DocumentId) -> Key {
    Key::from(id.0.simple().to_string())
}

/// Writes one document part by part.
pub struct Writer(BufWriter);

impl Writer {
    /// Writes the next bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Completes the document and makes it readable; on failure nothing is left.
    pub async fn finish(mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    /// Discards what was written.
    pub async fn abort(mut self) -> Result<(), StorageError> {
        self.0.abort().await
    }
}
