//! The user that the server runs as.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::PostgresError;

/// A user of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    /// Whether this process is root and must start programs as this other user.
    switches_user: bool,
}

impl Account {
    /// Returns the user of a new cluster: the user of this process or, for root, `postgres` or
    /// `nobody`.
    pub(super) fn for_new_cluster() -> Result<Self, PostgresError> {
        if !is_root()? {
            return Ok(Self {
                uid: number(&["-u"])?,
                gid: number(&["-g"])?,
                switches_user: false,
            });
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(uid), Ok(gid)) = (number(&["-u", name]), number(&["-g", name])) {
                return Ok(Self {
                    uid,
                    gid,
                    switches_user: true,
                });
            }
        }
        Err(PostgresError::NoAccount)
    }

    /// Returns the user of an existing cluster: the owner of its folder. Only root can switch to
    /// it.
    pub(super) fn of_owner(folder: &Metadata) -> Result<Self, PostgresError> {
        match (is_root()?, folder.uid()) {
            (true, 0) | (false, _) => Self::for_new_cluster(),
            (true, uid) => Ok(Self {
                uid,
                gid: folder.gid(),
                switches_user: true,
            }),
        }
    }

    /// Returns a command that runs as this user, in English and without the environment of this
    /// process, where variables such as `PGDATA` and `PGPORT` would change what PostgreSQL does.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir("/");
        if self.switches_user {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Returns whether this user can enter `folder`.
    pub(super) fn reaches(&self, folder: &Path) -> bool {
        !self.switches_user
            || self
                .command("test")
                .arg("-x")
                .arg(folder)
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Makes this user the owner of `path`, with the permissions `mode`.
    pub(super) fn take(&self, path: &Path, mode: u32) -> Result<(), PostgresError> {
        if self.switches_user {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(PostgresError::file("change the owner of", path))?;
        }
        fs::set_permissions(path, Permissions::from_mode(mode))
            .map_err(PostgresError::file("protect", path))
    }

    /// Creates `folder` for this user alone; its parent must exist. Refuses an existing folder that
    /// other users can enter.
    pub(super) fn private_folder(&self, folder: &Path) -> Result<(), PostgresError> {
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => self.take(folder, 0o700),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let found =
                    fs::symlink_metadata(folder).map_err(PostgresError::file("read", folder))?;
                if found.is_dir() && found.uid() == self.uid && found.mode() & 0o077 == 0 {
                    return Ok(());
                }
                Err(PostgresError::Damaged {
                    folder: folder.to_owned(),
                    reason: "it is not a folder of mode 0700 that belongs to the server's user"
                        .to_owned(),
                })
            }
            Err(error) => Err(PostgresError::file("make", folder)(error)),
        }
    }

    /// Returns the names of the users who may connect: root, this user, and the user of this
    /// process.
    pub(super) fn names(&self) -> Result<Vec<String>, PostgresError> {
        let mut names = vec![
            "root".to_owned(),
            id(&["-un"])?,
            id(&["-un", &self.uid.to_string()])?,
        ];
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Returns the user's number.
    pub(super) fn uid(&self) -> u32 {
        self.uid
    }
}

fn is_root() -> Result<bool, PostgresError> {
    Ok(number(&["-u"])? == 0)
}

fn number(arguments: &[&str]) -> Result<u32, PostgresError> {
    let text = id(arguments)?;
    text.parse().map_err(|_| PostgresError::Program {
        program: "helper id",
        reason: format!(
            "`id {}` answered `{text}`, which is no number",
            arguments.join(" ")
        ),
    })
}

/// Runs `id`, which uses every source of users of the machine. The standard library has no such
/// function.
fn id(arguments: &[&str]) -> Result<String, PostgresError> {
    let output = Command::new("id")
        .args(arguments)
        .output()
        .map_err(PostgresError::file("run", Path::new("id")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(PostgresError::Program {
            program: "helper id",
            reason: super::error::last_words(&said),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
