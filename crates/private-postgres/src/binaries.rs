//! The PostgreSQL programs of this machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;

/// Variable that names the folder of the programs, in place of the usual places.
const OVERRIDE: &str = "TORG_POSTGRES_BIN";

/// The programs of one PostgreSQL version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: String,
}

impl Binaries {
    /// Returns the newest version on this machine.
    pub(super) fn newest() -> Result<Self, PostgresError> {
        let (mut found, looked_in) = Self::all();
        found.pop().ok_or(PostgresError::NoBinaries { looked_in })
    }

    /// Returns the major version that created a cluster. PostgreSQL cannot read the files of
    /// another major version.
    pub(super) fn of_major(major: &str, cluster: &Path) -> Result<Self, PostgresError> {
        let (found, looked_in) = Self::all();
        if found.is_empty() {
            return Err(PostgresError::NoBinaries { looked_in });
        }
        let installed = found
            .iter()
            .map(|one| one.major.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        found
            .into_iter()
            .rfind(|one| one.major == major)
            .ok_or_else(|| PostgresError::OtherVersion {
                folder: cluster.to_owned(),
                cluster: major.to_owned(),
                installed,
            })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns all complete installations, the oldest first, and the places searched.
    fn all() -> (Vec<Self>, String) {
        let candidates = match env::var_os(OVERRIDE) {
            Some(folder) => vec![PathBuf::from(folder)],
            None => usual_places(),
        };
        let looked_in = match env::var_os(OVERRIDE) {
            Some(folder) => format!("{OVERRIDE}={}", folder.display()),
            None => "/usr/lib/postgresql/*/bin, `pg_config --bindir`, PATH".to_owned(),
        };
        let mut found: Vec<Self> = candidates.into_iter().filter_map(Self::in_folder).collect();
        found.sort_by_key(|one| one.major.parse().unwrap_or(0));
        (found, looked_in)
    }

    fn in_folder(folder: PathBuf) -> Option<Self> {
        let complete = ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file());
        if !complete {
            return None;
        }
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder, major })
    }
}

/// Returns the major version from the output of `postgres --version`, such as `postgres
/// (PostgreSQL) 17.5 (Debian 17.5-1)`.
fn major_version(printed: &str) -> Option<String> {
    let version = printed.split_once("(PostgreSQL) ")?.1;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

fn usual_places() -> Vec<PathBuf> {
    // Debian installs each major version in its own folder, outside of PATH.
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let configured = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .ok()
        .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).filter(|folder| folder.is_absolute());
    debian.chain(configured).chain(on_path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_versions_are_read() {
        let cases = [
            (
                "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)",
                Some("15"),
            ),
            ("postgres (PostgreSQL) 18beta1", Some("18")),
            ("postgres (PostgreSQL) devel", None),
            ("bash 5.2", None),
        ];
        for (printed, major) in cases {
            assert_eq!(major_version(printed).as_deref(), major, "{printed}");
        }
    }
}
