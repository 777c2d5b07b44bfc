//! The engine's folder: which indexes there are, and where each lives.
//!
//! ```text
//! folder/
//!   lock             held by the one process that has the engine open
//!   catalogue.json   index uid → its folder below `indexes/`
//!   indexes/UUID/    one LMDB environment an index
//! ```
//! The catalogue is replaced whole by a rename, so that creating, deleting and swapping indexes are atomic and
//! survive a restart. A folder below `indexes/` that the catalogue does not name was left by a crash, and is removed.

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

use super::super::EngineError;
use super::error::{ApiError, Outcome};
use super::json::listed;

/// The most one index may grow to. Address space only: the file is as large as its contents.
const INDEX_MAP_BYTES: usize = 16 << 30;
/// Searches that may read one index at the same moment.
const INDEX_READERS: u32 = 1024;
/// The catalogue's format, raised when a newer engine could not read the older folder.
const FORMAT: u32 = 1;

/// The indexes of one folder, open.
pub(super) struct Store {
    root: PathBuf,
    indexes: RwLock<BTreeMap<String, Located>>,
    /// Locked for as long as the store lives: a second process would corrupt the environments.
    _lock: File,
}

#[derive(Clone)]
struct Located {
    folder: String,
    index: Index,
}

#[derive(Serialize, Deserialize)]
struct Catalogue {
    format: u32,
    indexes: BTreeMap<String, String>,
}

impl Store {
    /// Opens the folder, making it if it is not there.
    ///
    /// # Errors
    /// The folder cannot be made or read, another process has it open, or it holds something that is no
    /// (or a damaged) search engine folder. Each names the folder and the mend.
    pub fn open(root: &Path) -> Result<Self, EngineError> {
        let unusable = |source| EngineError::Folder {
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
                EngineError::Damaged {
                    folder: root.to_owned(),
                    reason: format!("index `{uid}`: {reason}"),
                }
            })?;
            indexes.insert(uid, Located { folder, index });
        }
        let store = Self {
            root: root.to_owned(),
            indexes: RwLock::new(indexes),
            _lock: lock,
        };
        store.save(&store.read()).map_err(unusable)?;
        Ok(store)
    }

    /// The index of this uid, as it is now; a later swap or deletion does not touch it.
    pub fn get(&self, uid: &str) -> Outcome<Index> {
        self.read()
            .get(uid)
            .map(|located| located.index.clone())
            .ok_or_else(|| ApiError::index_not_found(uid))
    }

    /// All indexes by uid.
    pub fn list(&self) -> Vec<(String, Index)> {
        self.read()
            .iter()
            .map(|(uid, located)| (uid.clone(), located.index.clone()))
            .collect()
    }

    /// Makes an empty index.
    pub fn create(&self, uid: &str) -> Outcome<Index> {
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
            Located {
                folder,
                index: index.clone(),
            },
        );
        self.replace(next)?;
        Ok(index)
    }

    /// Removes an index. Searches that are reading it finish on the unlinked files.
    pub fn delete(&self, uid: &str) -> Outcome<()> {
        let mut next = self.read().clone();
        let removed = next
            .remove(uid)
            .ok_or_else(|| ApiError::index_not_found(uid))?;
        self.replace(next)?;
        // What cannot be removed now is removed as a stray when the folder is next opened.
        if let Err(error) = fs::remove_dir_all(self.root.join("indexes").join(&removed.folder)) {
            tracing::warn!(%error, folder = removed.folder, "a deleted search index leaves files behind");
        }
        Ok(())
    }

    /// Gives an index another uid.
    pub fn rename(&self, from: &str, to: &str) -> Outcome<()> {
        let mut next = self.read().clone();
        let located = next
            .remove(from)
            .ok_or_else(|| ApiError::index_not_found(from))?;
        if next.insert(to.to_owned(), located).is_some() {
            return Err(already_exists(to));
        }
        self.replace(next)
    }

    /// Exchanges the indexes of each pair, all pairs at once.
    pub fn swap(&self, pairs: &[(String, String)]) -> Outcome<()> {
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

    /// Bytes of all files of the engine.
    pub fn size_on_disk(&self) -> u64 {
        self.list()
            .iter()
            .filter_map(|(_, index)| index.on_disk_size().ok())
            .sum()
    }

    /// Puts a new catalogue in the place of the old one, first on the disk. Only the writer changes it, so that
    /// nothing can have changed meanwhile, and readers wait for an assignment only.
    fn replace(&self, next: BTreeMap<String, Located>) -> Outcome<()> {
        self.save(&next).map_err(ApiError::internal)?;
        *self.indexes.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }

    fn save(&self, indexes: &BTreeMap<String, Located>) -> std::io::Result<()> {
        let indexes = indexes
            .iter()
            .map(|(uid, located)| (uid.clone(), located.folder.clone()))
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

    // The map is only ever replaced by a whole new one, so that a panic elsewhere cannot leave it half changed.
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Located>> {
        self.indexes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn already_exists(uid: &str) -> ApiError {
    ApiError::new(
        "index_already_exists",
        format!("Index `{uid}` already exists."),
    )
}

fn lock(root: &Path) -> Result<File, EngineError> {
    let unusable = |source| EngineError::Folder {
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
        Err(TryLockError::WouldBlock) => Err(EngineError::InUse {
            folder: root.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

fn read_catalogue(root: &Path) -> Result<Catalogue, EngineError> {
    let damaged = |reason: String| EngineError::Damaged {
        folder: root.to_owned(),
        reason,
    };
    let catalogue: Catalogue = match fs::read(root.join("catalogue.json")) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| damaged(format!("catalogue.json cannot be read: {error}")))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let ours = ["lock", "indexes", "catalogue.json.new"];
            let entries = fs::read_dir(root).map_err(|source| EngineError::Folder {
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
            return Err(EngineError::Folder {
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

/// Removes index folders that no catalogue entry names; only folders with the name of an index are touched.
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

/// Opens the environment of an index that should be there, whole and of this engine's version.
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

/// Reading a page beyond the end of a mapped file kills the process: compare with what the database says of itself first.
#[allow(unsafe_code, reason = "LMDB maps its file into memory")]
fn refuse_cut_off(path: &Path, bytes: u64) -> Result<(), String> {
    // SAFETY: the folder's lock is held, so nobody changes the file under the map.
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
