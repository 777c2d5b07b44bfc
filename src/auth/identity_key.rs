//! The key of the hashes that recognise a person after an erasure.
//!
//! Limits per person must not be reset by erasing oneself and signing in again. An erased person's
//! row therefore keeps the HMAC-SHA256 of the token's issuer and subject. Without the key, which is
//! not in the database, no reader can find out whose hash it is by trying subjects.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
};

use hmac::{Hmac, Mac};
use rand_core::{OsRng, RngCore};
use sha2::Sha256;

/// Name of the key's file in the data folder: 64 hexadecimal digits.
pub const FILE_NAME: &str = "identity.key";
/// Minimum number of characters of a configured key.
const MIN_CHARACTERS: usize = 32;

/// Secret key of the hashes. All servers on one database need the same.
#[derive(Clone)]
pub struct IdentityKey(Vec<u8>);

/// Does not show the key.
impl fmt::Debug for IdentityKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IdentityKey")
    }
}

/// Why the key's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot use the key file {} ({cause}); make the folder writable, or set TORG_IDENTITY_KEY", .path.display()
)]
pub struct IdentityKeyError {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

impl FromStr for IdentityKey {
    type Err = String;

    /// Reads a key of at least 32 characters.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.chars().count() {
            MIN_CHARACTERS.. => Ok(Self(text.as_bytes().to_vec())),
            _ => Err(format!(
                "the key is too short; give at least {MIN_CHARACTERS} random characters, e.g. of `openssl rand -hex 32`"
            )),
        }
    }
}

impl IdentityKey {
    /// Reads the key from its file in the folder; creates the file if it does not exist, readable
    /// for its owner only.
    pub fn load_or_create(folder: &Path) -> Result<Self, IdentityKeyError> {
        let path = folder.join(FILE_NAME);
        Self::read_or_create(folder, &path).map_err(|cause| IdentityKeyError { path, cause })
    }

    fn read_or_create(folder: &Path, path: &Path) -> io::Result<Self> {
        let invalid = |reason| io::Error::new(ErrorKind::InvalidData, reason);
        fs::create_dir_all(folder)?;
        let mut options = OpenOptions::new();
        match options.write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let mut bytes = [0; 32];
                OsRng.try_fill_bytes(&mut bytes).map_err(io::Error::other)?;
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                file.write_all(digits.as_bytes())?;
                digits.parse().map_err(invalid)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                fs::read_to_string(path)?.parse().map_err(invalid)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the hash of the person with this subject of an issuer.
    pub fn hash(&self, issuer: &str, subject: &str) -> Vec<u8> {
        // A key of any length is valid for HMAC, so this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return Vec::new();
        };
        // The length keeps issuer and subject apart.
        mac.update(&(issuer.len() as u64).to_be_bytes());
        mac.update(issuer.as_bytes());
        mac.update(subject.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_hash_depends_on_key_issuer_and_subject() {
        let [one, other] =
            ["a".repeat(32), "b".repeat(32)].map(|key| IdentityKey::from_str(&key).unwrap());
        let hash = one.hash("https://a.example", "anna");
        assert_eq!(hash.len(), 32);
        assert_eq!(hash, one.hash("https://a.example", "anna"));
        for different in [
            other.hash("https://a.example", "anna"),
            one.hash("https://a.example", "anne"),
            one.hash("https://a.examplea", "nna"),
        ] {
            assert_ne!(hash, different);
        }
        assert!(IdentityKey::from_str("short").is_err());
    }

    #[test]
    fn the_file_is_created_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let first = IdentityKey::load_or_create(folder.path()).unwrap();
        let second = IdentityKey::load_or_create(folder.path()).unwrap();
        assert_eq!(first.hash("a", "b"), second.hash("a", "b"));
        let path = folder.path().join(FILE_NAME);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(path, "damaged").unwrap();
        assert!(IdentityKey::load_or_create(folder.path()).is_err());
    }
}
