//! The errors of a private server. Each message is one line with the cause and the fix.

use std::io;
use std::path::{Path, PathBuf};

/// Reason why a private PostgreSQL cannot be started or erased.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// There are no PostgreSQL programs on this machine.
    #[error(
        "no PostgreSQL server binaries found (looked in {looked_in}): install them (`apt-get install postgresql`), \
         or set DATABASE_URL to a running server"
    )]
    NoBinaries {
        /// The places searched.
        looked_in: String,
    },
    /// Another major version created the cluster, and its programs are not installed.
    #[error(
        "the data folder {folder} was made by PostgreSQL {cluster}, but only {installed} is installed: \
         install postgresql-{cluster}, or start over with `--fresh`", folder = .folder.display()
    )]
    OtherVersion {
        /// The cluster's data folder.
        folder: PathBuf,
        /// The major version that created it.
        cluster: String,
        /// The installed major versions.
        installed: String,
    },
    /// The folder does not hold a usable cluster.
    #[error(
        "the data folder {folder} is damaged ({reason}): restore it from a copy, or start over with `--fresh`",
        folder = .folder.display()
    )]
    Damaged {
        /// The cluster's data folder.
        folder: PathBuf,
        /// Cause, without the folder's name.
        reason: String,
    },
    /// The disk is full.
    #[error("no space left on the disk of {folder}: free some (a new cluster takes 60 MB)", folder = .folder.display())]
    DiskFull {
        /// The folder on the full disk.
        folder: PathBuf,
    },
    /// A file or folder cannot be created, read or changed.
    #[error("cannot {action} {path}: {source}: {fix}", path = .path.display(), fix = fix(.source))]
    File {
        /// Verb for the failed action.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A PostgreSQL program failed.
    #[error("PostgreSQL's {program} failed: {reason}")]
    Program {
        /// The program's name.
        program: &'static str,
        /// Its output, on one line.
        reason: String,
    },
    /// The server did not start.
    #[error(
        "the private PostgreSQL did not start: {reason} (its log is {log}): fix the cause, or start over with `--fresh`",
        log = .log.display()
    )]
    NotStarted {
        /// The last lines of its log that name the cause, on one line.
        reason: String,
        /// The log file.
        log: PathBuf,
    },
    /// Root started the server, and there is no user to run it as.
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
    /// Returns a conversion of input/output errors on `path`, for `map_err`.
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

    /// Returns the error for the output of a failed PostgreSQL program, about `folder`.
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

/// Returns the last three lines of an output that name a cause, joined into one line. Without such
/// lines, returns the last three lines.
pub(super) fn last_words(output: &str) -> String {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let causes: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| {
            ["FATAL", "PANIC", "ERROR", "HINT", "error:", "hint:"]
                .iter()
                .any(|word| line.contains(word))
        })
        .collect();
    let chosen = if causes.is_empty() { &lines } else { &causes };
    match &chosen[chosen.len().saturating_sub(3)..] {
        [] => "there is no output".to_owned(),
        last => last.join(" | "),
    }
}

fn fix(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "choose a folder you may write to, or run as the user who owns this one"
        }
        io::ErrorKind::ReadOnlyFilesystem => "choose a folder on a disk that can be written to",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "choose another folder",
        _ => "fix the cause, or choose another folder",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_the_lines_with_the_cause() {
        let log =
            "LOG:  starting\nFATAL:  could not create lock file\nLOG:  done\nHINT:  Remove it.\n\n";
        assert_eq!(
            last_words(log),
            "FATAL:  could not create lock file | HINT:  Remove it."
        );
        assert_eq!(last_words("a\nb\nc\nd\n"), "b | c | d");
        assert_eq!(last_words(" \n"), "there is no output");
    }

    #[test]
    fn a_full_disk_has_its_own_error() {
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
