//! The user the server runs as.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::PostgresError;

/// A user of this machine, and whether we have to become it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    /// We are root, and programs have to be started as this other user.
    other: bool,
}

impl Account {
    /// Who runs a new cluster: ourselves, or if we are root, `postgres` or `nobody`.
    pub(super) fn for_new_cluster() -> Result<Self, PostgresError> {
        if !is_root()? {
            return Ok(Self {
                uid: number(&["-u"])?,
                gid: number(&["-g"])?,
                other: false,
            });
        }
        for name in ["postgres", "nobody"] {
            if let (Ok(uid), Ok(gid)) = (number(&["-u", name]), number(&["-g", name])) {
                return Ok(Self {
                    uid,
                    gid,
                    other: true,
                });
            }
        }
        Err(PostgresError::NoAccount)
    }

    /// Who runs an existing cluster: its owner. Only root can be anyone else.
    pub(super) fn of_owner(folder: &Metadata) -> Result<Self, PostgresError> {
        match (is_root()?, folder.uid()) {
            (true, 0) | (false, _) => Self::for_new_cluster(),
            (true, uid) => Ok(Self {
                uid,
                gid: folder.gid(),
                other: true,
            }),
        }
    }

    /// A command that runs as this user, in English and with nothing of our environment: `PGDATA`, `PGPORT` and
    /// their kin would steer PostgreSQL elsewhere.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C")
            .current_dir("/");
        if self.other {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Whether this user can enter `folder`.
    pub(super) fn reaches(&self, folder: &Path) -> bool {
        !self.other
            || self
                .command("test")
                .arg("-x")
                .arg(folder)
                .status()
                .is_ok_and(|status| status.success())
    }

    /// Hands `path` to this user and nobody else.
    pub(super) fn take(&self, path: &Path, mode: u32) -> Result<(), PostgresError> {
        if self.other {
            chown(path, Some(self.uid), Some(self.gid))
                .map_err(PostgresError::file("change the owner of", path))?;
        }
        fs::set_permissions(path, Permissions::from_mode(mode))
            .map_err(PostgresError::file("protect", path))
    }

    /// Makes `folder` (its parent exists) for this user alone. One that exists already has to be so.
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

    /// The names of those who may connect: root, this user, and whoever we are.
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

    /// The user's number.
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

/// Asks `id`, which knows every source of users the machine has; the standard library knows none.
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
