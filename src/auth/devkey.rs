//! The development key: the demo's own token issuer, an Ed25519 key in a file.
//!
//! A user who can read the file can act as any person in the demo, so only its owner can (mode
//! 0600). A service with a configured issuer never reads the file.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use rand_core::OsRng;
use serde::Serialize;

use super::algorithm::SigningAlgorithm;
use super::token::{TokenSettings, Verifier};

/// Name of the key's file: PKCS#8 in PEM (RFC 8410), which `openssl pkey` reads as well.
pub const FILE_NAME: &str = "development-key.pem";

/// A key that signs and verifies the demo's tokens.
#[derive(Debug)]
pub struct DevKey {
    signing: EncodingKey,
    verifying: DecodingKey,
    settings: TokenSettings,
}

/// Why the development key cannot be used. Each text is one line with the file and the fix.
#[derive(Debug, thiserror::Error)]
pub enum DevKeyError {
    /// The file does not exist.
    #[error("no development key exists at {}: start `torg demo` once, which creates it", .0.display())]
    Missing(PathBuf),
    /// The file is not an Ed25519 private key.
    #[error(
        "the development key {} is damaged (not an Ed25519 private key in PEM): delete the file \
         and start `torg demo`, which creates another; tokens of the old key stop working",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The file system returned an error.
    #[error(
        "cannot {task} the development key {}: {cause}; check the owner of the folder and the \
         free disk space",
        .path.display()
    )]
    File {
        /// `read` or `write`.
        task: &'static str,
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        #[source]
        cause: io::Error,
    },
    /// The configured algorithm is not EdDSA.
    #[error(
        "the development key signs with EdDSA, but {0} is configured: choose EdDSA, or configure \
         an issuer that signs with {0}"
    )]
    Algorithm(SigningAlgorithm),
    /// A new key or a token could not be encoded.
    #[error(
        "cannot use the development key: {0}; delete its file and start `torg demo`, which \
         creates another"
    )]
    Unusable(String),
}

/// The claims of a development token; a production issuer uses the same.
#[derive(Serialize)]
struct DevClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl DevKey {
    /// Loads the key in `folder`; creates the folder and the key if they do not exist. Two
    /// processes that start at the same time get the same key.
    pub fn load_or_create(folder: &Path, settings: TokenSettings) -> Result<Self, DevKeyError> {
        let path = folder.join(FILE_NAME);
        match Self::load(folder, settings.clone()) {
            Err(DevKeyError::Missing(_)) => {
                create(folder, &path)?;
                Self::load(folder, settings)
            }
            loaded => loaded,
        }
    }

    /// Loads the key in `folder`.
    pub fn load(folder: &Path, settings: TokenSettings) -> Result<Self, DevKeyError> {
        if settings.algorithm != SigningAlgorithm::EdDsa {
            return Err(DevKeyError::Algorithm(settings.algorithm));
        }
        let path = folder.join(FILE_NAME);
        let pem = match fs::read(&path) {
            Ok(pem) => pem,
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                return Err(DevKeyError::Missing(path));
            }
            Err(cause) => {
                return Err(DevKeyError::File {
                    task: "read",
                    path,
                    cause,
                });
            }
        };
        let text = String::from_utf8_lossy(&pem);
        let (Ok(key), Ok(signing)) = (
            SigningKey::from_pkcs8_pem(&text),
            EncodingKey::from_ed_pem(&pem),
        ) else {
            return Err(DevKeyError::Damaged(path));
        };
        keep_private(&path);
        let verifying = DecodingKey::from_ed_der(key.verifying_key().as_bytes());
        Ok(Self {
            signing,
            verifying,
            settings,
        })
    }

    /// Returns a verifier for this key's tokens.
    pub fn verifier(&self) -> Verifier {
        Verifier::local(&self.settings, self.verifying.clone())
    }

    /// Returns a token for `subject`, valid from `now` for `ttl`; times are cut to whole seconds.
    pub fn mint(
        &self,
        subject: &str,
        name: Option<&str>,
        ttl: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<String, DevKeyError> {
        let iat = now.timestamp();
        let claims = DevClaims {
            iss: &self.settings.issuer,
            aud: &self.settings.audience,
            sub: subject,
            iat,
            exp: iat.saturating_add(ttl.num_seconds()),
            name,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing)
            .map_err(|error| DevKeyError::Unusable(error.to_string()))
    }
}

/// Creates a key at `path`, unless the file exists.
fn create(folder: &Path, path: &Path) -> Result<(), DevKeyError> {
    // The public key is left out, because OpenSSL does not read the newer form with both keys.
    let pair = KeypairBytes {
        secret_key: SigningKey::generate(&mut OsRng).to_bytes(),
        public_key: None,
    };
    let pem = pair
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| DevKeyError::Unusable(error.to_string()))?;
    write_once(folder, path, pem.as_bytes()).map_err(|cause| DevKeyError::File {
        task: "write",
        path: path.to_owned(),
        cause,
    })
}

/// Writes a file atomically, and never replaces an existing one.
pub(super) fn write_once(folder: &Path, path: &Path, contents: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{FILE_NAME}.{}", uuid::Uuid::now_v7()));
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    // Unlike a rename, a link fails when the path exists.
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Restricts the file to its owner, in case a copy or an unpacked archive made it readable for
/// other users. File systems without modes are accepted.
fn keep_private(path: &Path) {
    let open_to_others =
        fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open_to_others {
        let fixed = fs::set_permissions(path, Permissions::from_mode(0o600)).is_ok();
        tracing::warn!(file = %path.display(), fixed, "other users could read the development key");
    }
}
