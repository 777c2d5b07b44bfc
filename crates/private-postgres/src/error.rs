//! What can go wrong with a private server: each message is one line with the cause and the mend.

use std::io;
use std::path::{Path, PathBuf};

/// Why a private PostgreSQL could not be started or erased.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No PostgreSQL server on this machine.
    #[error(
        "no PostgreSQL server binaries found (looked in {looked_in}): install them (`apt-get install postgresql`), \
         or set DATABASE_URL to a running server"
    )]
    NoBinaries {
        /// The places searched, for people.
        looked_in: String,
    },
    /// The cluster was made by another major version, whose binaries are not here.
    #[error(
        "the data folder {folder} was made by PostgreSQL {cluster}, but only {installed} is installed: \
         install postgresql-{cluster}, or start over with `--fresh`", folder = .folder.display()
    )]
    OtherVersion {
        /// The cluster's data folder.
        folder: PathBuf,
        /// The major version that made it.
        cluster: String,
        /// The major versions found here.
        installed: String,
    },
    /// The folder is not a usable cluster.
    #[error(
        "the data folder {folder} is damaged ({reason}): restore it from a copy, or start over with `--fresh`",
        folder = .folder.display()
    )]
    Damaged {
        /// The cluster's data folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk is full.
    #[error("no space left on the disk of {folder}: free some (a new cluster takes 60 MB)", folder = .folder.display())]
    DiskFull {
        /// Where there was no space.
        folder: PathBuf,
    },
    /// A file or folder could not be made, read or changed.
    #[error("cannot {action} {path}: {source}: {mend}", path = .path.display(), mend = mend(.source))]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A PostgreSQL program said no.
    #[error("PostgreSQL's {program} failed: {reason}")]
    Program {
        /// The program's name.
        program: &'static str,
        /// What it said, on one line.
        reason: String,
    },
    /// The server did not come up.
    #[error(
        "the private PostgreSQL did not start: {reason} (its log is {log}): mend that, or start over with `--fresh`",
        log = .log.display()
    )]
    NotStarted {
        /// The last lines of its log that matter, on one line.
        reason: String,
        /// The whole log.
        log: PathBuf,
    },
    /// Started by root, and there is no user to hand the server to.
    #[error(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` to run it as: \
         run this as an ordinary user, or add one (`useradd --system postgres`)"
    )]
    NoAccount,
    /// Another process uses the server.
    #[error("the private PostgreSQL of {folder} is in use by another process: stop that one first", folder = .folder.display())]
    InUse {
        /// The folder of the server.
        folder: PathBuf,
    },
}

impl PostgresError {
    /// Turns an input/output error on `path` into ours, for `map_err`.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull { folder: path },
            _ => Self::File {
                action,
                path,
                source,
            },
        }
    }

    /// What a PostgreSQL program wrote before it failed, as an error about `folder`.
    pub(super) fn program(program: &'static str, output: &str, folder: &Path) -> Self {
        if is_disk_full(output) {
            return Self::DiskFull {
                folder: folder.to_owned(),
            };
        }
        Self::Program {
            program,
            reason: last_words(output),
        }
    }
}

pub(super) fn is_disk_full(output: &str) -> bool {
    output.contains("No space left on device")
}

/// The lines of a log or of a program's output that say why it ended, joined into one; the last ones if none does.
pub(super) fn last_words(output: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let telling: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| {
            ["FATAL", "PANIC", "ERROR", "HINT", "error:", "hint:"]
                .iter()
                .any(|word| line.contains(word))
        })
        .collect();
    let chosen = if telling.is_empty() { &lines } else { &telling };
    match &chosen[chosen.len().saturating_sub(3)..] {
        [] => "it said nothing".to_owned(),
        last => last.join(" | "),
    }
}

fn mend(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "choose a folder you may write to, or run as the user who owns this one"
        }
        io::ErrorKind::ReadOnlyFilesystem => "choose a folder on a disk that can be written to",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "choose another folder",
        _ => "mend that, or choose another folder",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_the_telling_lines() {
        let log =
            "LOG:  starting\nFATAL:  could not create lock file\nLOG:  done\nHINT:  Mend it.\n\n";
        assert_eq!(
            last_words(log),
            "FATAL:  could not create lock file | HINT:  Mend it."
        );
        assert_eq!(last_words("a\nb\nc\nd\n"), "b | c | d");
        assert_eq!(last_words(" \n"), "it said nothing");
    }

    #[test]
    fn a_full_disk_is_named_as_such() {
        let error = PostgresError::program(
            "initdb",
            "could not write: No space left on device",
            Path::new("/data"),
        );
        assert_eq!(
            error.to_string(),
            "no space left on the disk of /data: free some (a new cluster takes 60 MB)"
        );
        let error =
            PostgresError::file("make", Path::new("/data"))(io::ErrorKind::StorageFull.into());
        assert!(matches!(error, PostgresError::DiskFull { .. }));
    }
}
