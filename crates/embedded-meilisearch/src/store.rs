//! The engine's folder: its indexes and where each is stored.
//!
//! ```text
//! folder/
//!   lock             locked by the one process that has the engine open
//!   catalogue.json   index uid → its folder below `indexes/`
//!   indexes/UUID/    one LMDB environment an index
//! ```
//! The catalogue is replaced as a whole by a rename, so creating, deleting and swapping indexes are
//! atomic and survive a restart. A folder below `indexes/` that is not in the catalogue was left by
//! a crash and is removed.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use milli_core::Index;
use milli_core::heed::EnvOpenOptions;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{ApiError, ApiResult};
use super::json::listed;
use super::open_error::OpenError;

/// Maximum size of one index. It reserves address space only: the file is as large as its contents.
const INDEX_MAP_BYTES: usize = 16 << 30;
/// Maximum number of searches that read one index at the same time.
const INDEX_READERS: u32 = 1024;
/// Version of the catalogue's format. It is raised when the engine cannot read older folders.
const FORMAT: u32 = 1;

/// The open indexes of one folder.
pub(super) struct Store {
    root: PathBuf,
    indexes: RwLock<BTreeMap<String, StoredIndex>>,
    /// Locked as long as the store exists: a second process would corrupt the environments.
    _lock: File,
}

#[derive(Clone)]
struct StoredIndex {
    folder: String,
    index: Index,
}

#[derive(Serialize, Deserialize)]
struct Catalogue {
    format: u32,
    indexes: BTreeMap<String, String>,
}

impl Store {
    /// Opens the folder, and creates it when it does not exist.
    ///
    /// # Errors
    /// Every [`OpenError`].
    pub fn open(root: &Path) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::Folder {
            folder: root.to_owned(),
            source,
        };
        fs::create_dir_all(root).map_err(unusable)?;
        let lock = lock(root)?;
        let catalogue = read_catalogue(root)?;
        fs::create_dir_all(root.join("indexes")).map_err(unusable)?;
        remove_strays(root, &catalogue).map_err(unusable)?;
        let mut indexes = BTreeMap::new();
        for (uid, folder) in catalogue.indexes {
            let index = open_existing(&root.join("indexes").join(&folder)).map_err(|reason| {
                OpenError::Damaged {
                    folder: root.to_owned(),
                    reason: format!("index `{uid}`: {reason}"),
                }
            })?;
            indexes.insert(uid, StoredIndex { folder, index });
        }
        let store = Self {
            root: root.to_owned(),
            indexes: RwLock::new(indexes),
            _lock: lock,
        };
        store.save(&store.read()).map_err(unusable)?;
        Ok(store)
    }

    /// Returns the index that has this uid now. A later swap or deletion does not change it.
    pub fn get(&self, uid: &str) -> ApiResult<Index> {
        self.read()
            .get(uid)
            .map(|stored| stored.index.clone())
            .ok_or_else(|| ApiError::index_not_found(uid))
    }

    /// Returns all indexes in the order of their uids.
    pub fn list(&self) -> Vec<(String, Index)> {
        self.read()
            .iter()
            .map(|(uid, stored)| (uid.clone(), stored.index.clone()))
            .collect()
    }

    /// Creates an empty index.
    pub fn create(&self, uid: &str) -> ApiResult<Index> {
        let mut next = self.read().clone();
        if next.contains_key(uid) {
            return Err(already_exists(uid));
        }
        let folder = Uuid::now_v7().to_string();
        let path = self.root.join("indexes").join(&folder);
        fs::create_dir_all(&path).map_err(ApiError::internal)?;
        let index = Index::new(lmdb_options(), &path, true)?;
        next.insert(
            uid.to_owned(),
            StoredIndex {
                folder,
                index: index.clone(),
            },
        );
        self.replace(next)?;
        Ok(index)
    }

    /// Removes an index. Searches that still read it finish on the unlinked files.
    pub fn delete(&self, uid: &str) -> ApiResult<()> {
        let mut next = self.read().clone();
        let removed = next
            .remove(uid)
            .ok_or_else(|| ApiError::index_not_found(uid))?;
        self.replace(next)?;
        // Files that cannot be removed now are removed when the folder is opened again.
        if let Err(error) = fs::remove_dir_all(self.root.join("indexes").join(&removed.folder)) {
            tracing::warn!(%error, folder = removed.folder, "a deleted search index leaves files behind");
        }
        Ok(())
    }

    /// Exchanges the two indexes of each pair, all pairs at once.
    pub fn swap(&self, pairs: &[(String, String)]) -> ApiResult<()> {
        let mut next = self.read().clone();
        let named = pairs
            .iter()
            .flat_map(|(left, right)| [left.as_str(), right]);
        let mut missing: Vec<&str> = named.filter(|uid| !next.contains_key(*uid)).collect();
        missing.sort_unstable();
        match missing.as_slice() {
            [] => {}
            [uid] => return Err(ApiError::index_not_found(uid)),
            uids => {
                let message = format!("Indexes {} not found.", listed(uids));
                return Err(ApiError::new("index_not_found", message));
            }
        }
        for (left, right) in pairs {
            if let (Some(first), Some(second)) = (next.remove(left), next.remove(right)) {
                next.insert(left.clone(), second);
                next.insert(right.clone(), first);
            }
        }
        self.replace(next)
    }

    /// Returns the size of all files of the engine, in bytes.
    pub fn size_on_disk(&self) -> u64 {
        self.list()
            .iter()
            .filter_map(|(_, index)| index.on_disk_size().ok())
            .sum()
    }

    /// Replaces the catalogue, first on the disk. Only the writer thread calls this, so the
    /// catalogue cannot change in between, and readers wait only for one assignment.
    fn replace(&self, next: BTreeMap<String, StoredIndex>) -> ApiResult<()> {
        self.save(&next).map_err(ApiError::internal)?;
        *self.indexes.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    fn save(&self, indexes: &BTreeMap<String, StoredIndex>) -> std::io::Result<()> {
        let indexes = indexes
            .iter()
            .map(|(uid, stored)| (uid.clone(), stored.folder.clone()))
            .collect();
        let text = serde_json::to_vec_pretty(&Catalogue {
            format: FORMAT,
            indexes,
        })?;
        let draft = self.root.join("catalogue.json.new");
        let mut file = File::create(&draft)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&draft, self.root.join("catalogue.json"))?;
        File::open(&self.root)?.sync_all()
    }

    // A poisoned lock is safe to read: the map is only replaced as a whole.
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, StoredIndex>> {
        self.indexes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn already_exists(uid: &str) -> ApiError {
    ApiError::new(
        "index_already_exists",
        format!("Index `{uid}` already exists."),
    )
}

fn lock(root: &Path) -> Result<File, OpenError> {
    let unusable = |source| OpenError::Folder {
        folder: root.to_owned(),
        source,
    };
    let file = File::options()
        .create(true)
        .append(true)
        .open(root.join("lock"))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            folder: root.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn read_catalogue(root: &Path) -> Result<Catalogue, OpenError> {
    let damaged = |reason: String| OpenError::Damaged {
        folder: root.to_owned(),
        reason,
    };
    let catalogue: Catalogue = match fs::read(root.join("catalogue.json")) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| damaged(format!("catalogue.json cannot be read: {error}")))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let ours = ["lock", "indexes", "catalogue.json.new"];
            let entries = fs::read_dir(root).map_err(|source| OpenError::Folder {
                folder: root.to_owned(),
                source,
            })?;
            if let Some(other) = entries
                .flatten()
                .map(|entry| entry.file_name())
                .find(|name| !ours.iter().any(|our| name == our))
            {
                return Err(damaged(format!(
                    "it has no catalogue.json but holds `{}`",
                    other.display()
                )));
            }
            Catalogue {
                format: FORMAT,
                indexes: BTreeMap::new(),
            }
        }
        Err(source) => {
            return Err(OpenError::Folder {
                folder: root.to_owned(),
                source,
            });
        }
    };
    if catalogue.format != FORMAT {
        return Err(damaged(format!(
            "its format is {}, this version reads {FORMAT}",
            catalogue.format
        )));
    }
    match catalogue
        .indexes
        .values()
        .find(|folder| Uuid::parse_str(folder).is_err())
    {
        Some(folder) => Err(damaged(format!(
            "catalogue.json names `{folder}`, which is no folder of an index"
        ))),
        None => Ok(catalogue),
    }
}

/// Removes index folders that are not in the catalogue. Folders with other names are left alone.
fn remove_strays(root: &Path, catalogue: &Catalogue) -> std::io::Result<()> {
    for entry in fs::read_dir(root.join("indexes"))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if Uuid::parse_str(&name).is_ok()
            && !catalogue.indexes.values().any(|folder| *folder == name)
        {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn lmdb_options() -> EnvOpenOptions<milli_core::heed::WithoutTls> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(INDEX_MAP_BYTES);
    options.max_readers(INDEX_READERS);
    options
}

/// Opens the environment of an existing index. Refuses a damaged one and one of another version.
fn open_existing(path: &Path) -> Result<Index, String> {
    catch_unwind(AssertUnwindSafe(|| open_checked(path)))
        .unwrap_or_else(|_| Err("its database cannot be read".to_owned()))
}

fn open_checked(path: &Path) -> Result<Index, String> {
    let data = path.join("data.mdb");
    let bytes = fs::metadata(&data)
        .map_err(|error| format!("{}: {error}", data.display()))?
        .len();
    refuse_cut_off(path, bytes)?;
    let index = Index::new(lmdb_options(), path, false).map_err(|error| error.to_string())?;
    let reading = index.read_txn().map_err(|error| error.to_string())?;
    index
        .number_of_documents(&reading)
        .map_err(|error| error.to_string())?;
    let ours = (
        milli_core::constants::VERSION_MAJOR,
        milli_core::constants::VERSION_MINOR,
        milli_core::constants::VERSION_PATCH,
    );
    let version = index
        .get_version(&reading)
        .map_err(|error| error.to_string())?;
    drop(reading);
    if version != Some(ours) {
        return Err("it was written by another version of the engine".to_owned());
    }
    Ok(index)
}

/// Refuses a database file that is shorter than the database itself states. Reading a page beyond
/// the end of a mapped file would kill the process.
#[allow(unsafe_code, reason = "LMDB maps its file into memory")]
fn refuse_cut_off(path: &Path, bytes: u64) -> Result<(), String> {
    // SAFETY: this process holds the folder's lock, so no other process changes the mapped file.
    let environment = unsafe { lmdb_options().open(path) }.map_err(|error| error.to_string())?;
    let pages = environment.info().last_page_number as u64 + 1;
    let page = u64::from(environment.stat().page_size);
    environment.prepare_for_closing().wait();
    if pages.saturating_mul(page) > bytes {
        return Err(format!(
            "its database is cut off: {bytes} of {} bytes are there",
            pages * page
        ));
    }
    Ok(())
}
