//! The folder of a cluster, with its locks, its log and its socket.

use std::fs::{self, File, Permissions, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Account, PostgresError, lock_file};

/// Parent of the clusters whose own folder the server's user cannot enter, such as one under
/// `/root`.
const ELSEWHERE: &str = "/var/lib/torg";

/// Maximum time for a guardian to stop a server after its last user.
const STOPPING: Duration = Duration::from_secs(3);

/// Maximum length of the socket's folder in bytes. A socket's path can have 107 bytes, including
/// `/.s.PGSQL.5432.lock`.
const LONGEST_SOCKET_FOLDER: usize = 85;

/// The folder of one cluster, and its user.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    account: Account,
    /// The file that names `path`, when `path` is not below the caller's folder.
    location: Option<PathBuf>,
}

impl Home {
    /// Opens the home in the caller's `folder`, and creates it if it does not exist.
    pub(super) fn open(folder: &Path) -> Result<Self, PostgresError> {
        if let Some(home) = Self::find(folder)? {
            return Ok(home);
        }
        fs::create_dir_all(folder).map_err(PostgresError::file("make", folder))?;
        let folder = fs::canonicalize(folder).map_err(PostgresError::file("find", folder))?;
        let account = Account::for_new_cluster()?;
        if account.reaches(&folder) {
            let path = folder.join("server");
            account.private_folder(&path)?;
            return Ok(Self {
                path,
                account,
                location: None,
            });
        }
        Self::elsewhere(&folder, account)
    }

    /// Returns the home in the caller's `folder`, if it exists.
    pub(super) fn find(folder: &Path) -> Result<Option<Self>, PostgresError> {
        let Ok(folder) = fs::canonicalize(folder) else {
            return Ok(None);
        };
        let location = folder.join("location");
        let (path, location) = match fs::read_to_string(&location) {
            Ok(text) => (PathBuf::from(text.trim()), Some(location)),
            Err(error) if error.kind() == ErrorKind::NotFound => (folder.join("server"), None),
            Err(error) => return Err(PostgresError::file("read", &location)(error)),
        };
        match fs::metadata(&path) {
            Ok(metadata) => Ok(Some(Self {
                path,
                account: Account::of_owner(&metadata)?,
                location,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(PostgresError::file("read", &path)(error)),
        }
    }

    /// Creates a home outside of `folder` and writes its path to `folder`. Only root needs this.
    fn elsewhere(folder: &Path, account: Account) -> Result<Self, PostgresError> {
        let path = Path::new(ELSEWHERE).join(format!("{:016x}", hash(folder)));
        if path.exists() {
            // The folder that it belonged to was removed and created again, so its data is removed
            // too.
            let left = Self {
                path: path.clone(),
                account: account.clone(),
                location: None,
            };
            let Some(_alone) = left.lock_alone()? else {
                return Err(PostgresError::InUse { folder: path });
            };
            super::cluster::stop_stray(&left)?;
            left.remove()?;
        }
        make_parent(Path::new(ELSEWHERE))?;
        account.private_folder(&path)?;
        let location = folder.join("location");
        fs::write(&location, format!("{}\n", path.display()))
            .map_err(PostgresError::file("write", &location))?;
        Ok(Self {
            path,
            account,
            location: Some(location),
        })
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub(super) fn in_use(&self) -> PathBuf {
        self.path.join("in-use")
    }

    /// Waits until no other process is starting this server. Dropping the file releases the lock.
    pub(super) fn lock_starting(&self) -> Result<File, PostgresError> {
        let path = self.path.join("starting");
        let file = lock_file(&path)?;
        self.account.take(&path, 0o600)?;
        file.lock().map_err(PostgresError::file("lock", &path))?;
        Ok(file)
    }

    /// Adds this process to the users of this server. Waits while a guardian is stopping it.
    pub(super) fn share(&self) -> Result<File, PostgresError> {
        let path = self.in_use();
        let file = lock_file(&path)?;
        // The guardian runs as the server's user and locks this file too.
        self.account.take(&path, 0o600)?;
        file.lock_shared()
            .map_err(PostgresError::file("lock", &path))?;
        Ok(file)
    }

    /// Returns a lock that keeps users away, or `None` when the server has users. Waits up to 3
    /// seconds for a guardian that is stopping the server.
    pub(super) fn lock_alone(&self) -> Result<Option<File>, PostgresError> {
        let path = self.in_use();
        let file = lock_file(&path)?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::Error(error)) => {
                    return Err(PostgresError::file("lock", &path)(error));
                }
                Err(TryLockError::WouldBlock) if started.elapsed() > STOPPING => return Ok(None),
                Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Starts a new log, and keeps the log of the previous start.
    pub(super) fn rotate_log(&self) -> Result<(), PostgresError> {
        let log = self.log();
        match fs::rename(&log, self.path.join("log.old")) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(PostgresError::file("move", &log)(error))
            }
            _ => Ok(()),
        }
    }

    /// Returns a folder that only the server's user can enter. Its path is short enough for a
    /// socket and needs no escape in settings and URLs.
    pub(super) fn socket_folder(&self) -> Result<PathBuf, PostgresError> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        let bytes = self.path.as_os_str().as_encoded_bytes();
        if bytes.len() <= LONGEST_SOCKET_FOLDER && bytes.iter().all(plain) {
            return Ok(self.path.clone());
        }
        let folder = PathBuf::from(format!(
            "/tmp/torg-{}-{:016x}",
            self.account.uid(),
            hash(&self.path)
        ));
        self.account.private_folder(&folder)?;
        Ok(folder)
    }

    /// Removes the folder with everything in it.
    pub(super) fn remove(self) -> Result<(), PostgresError> {
        fs::remove_dir_all(&self.path).map_err(PostgresError::file("remove", &self.path))?;
        match &self.location {
            Some(location) => {
                fs::remove_file(location).map_err(PostgresError::file("remove", location))
            }
            None => Ok(()),
        }
    }
}

/// Creates the parent of homes, which any user can enter, whatever this process's umask is. The homes
/// are private.
fn make_parent(folder: &Path) -> Result<(), PostgresError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(PostgresError::file("make", folder))?;
    fs::set_permissions(folder, Permissions::from_mode(0o755))
        .map_err(PostgresError::file("protect", folder))
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
