//! Where a cluster lives: its folder, its locks, its log and its socket.

use std::fs::{self, File, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Account, PostgresError, lock_file};

/// Clusters whose folder their user cannot reach (a clone under `/root`) live below this one.
const ELSEWHERE: &str = "/var/lib/torg";

/// How long a guardian may need to stop a server that was just left.
const STOPPING: Duration = Duration::from_secs(3);

/// A socket's path may have 107 bytes; `/.s.PGSQL.5432.lock` needs some of them.
const LONGEST_SOCKET_FOLDER: usize = 85;

/// The folder that holds everything of one cluster, and the user it belongs to.
#[derive(Debug)]
pub(super) struct Home {
    path: PathBuf,
    account: Account,
    /// The file that names `path`, when it is not below the folder the caller chose.
    location: Option<PathBuf>,
}

impl Home {
    /// The home in the caller's `folder`; made if there is none.
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

    /// The home in the caller's `folder`, if there is one.
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

    /// A home outside of `folder`, which remembers it. Only root comes here.
    fn elsewhere(folder: &Path, account: Account) -> Result<Self, PostgresError> {
        let path = Path::new(ELSEWHERE).join(format!("{:016x}", hash(folder)));
        if path.exists() {
            // It was left by a folder of the same name that has been removed since, and its data with it.
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
        fs::create_dir_all(ELSEWHERE).map_err(PostgresError::file("make", Path::new(ELSEWHERE)))?;
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

    /// Waits until no other process is starting this server. The lock ends when the file is dropped.
    pub(super) fn lock_starting(&self) -> Result<File, PostgresError> {
        let path = self.path.join("starting");
        let file = lock_file(&path)?;
        self.account.take(&path, 0o600)?;
        file.lock().map_err(PostgresError::file("lock", &path))?;
        Ok(file)
    }

    /// Counts us among the users of this server. Waits while a guardian is stopping it.
    pub(super) fn share(&self) -> Result<File, PostgresError> {
        let path = self.in_use();
        let file = lock_file(&path)?;
        // The guardian runs as the server's user and locks it too.
        self.account.take(&path, 0o600)?;
        file.lock_shared()
            .map_err(PostgresError::file("lock", &path))?;
        Ok(file)
    }

    /// A lock that keeps users away; none if there are some. Waits a little for a guardian that is stopping the server.
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

    /// Keeps one log a start, and the one before.
    pub(super) fn rotate_log(&self) -> Result<(), PostgresError> {
        let log = self.log();
        match fs::rename(&log, self.path.join("log.old")) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(PostgresError::file("move", &log)(error))
            }
            _ => Ok(()),
        }
    }

    /// A folder only the server's user enters, with a path that is short enough for a socket and needs no escape in
    /// settings and URLs.
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

    /// Removes it all.
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

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}
