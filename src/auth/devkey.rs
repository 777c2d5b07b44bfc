//! The development key: the demo's own issuer, an Ed25519 key in a file.
//!
//! Whoever can read the file can be anyone in the demo, so it is for its owner only (mode 0600), and a service with a
//! JWKS address never looks at it.

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

use super::token::{SigningAlgorithm, TokenSettings, Verifier};

/// The key's file in its folder: PKCS#8 in PEM (RFC 8410), which `openssl pkey` reads as well.
pub const FILE_NAME: &str = "development-key.pem";

/// A key that mints and checks the demo's tokens.
#[derive(Debug)]
pub struct DevKey {
    signing: EncodingKey,
    verifying: DecodingKey,
    settings: TokenSettings,
}

/// Why there is no development key to work with. Each text is one line with the file and the mend.
#[derive(Debug, thiserror::Error)]
pub enum DevKeyError {
    /// There is no file yet.
    #[error("there is no development key at {}: start `torg demo` once, which makes it", .0.display())]
    Missing(PathBuf),
    /// The file holds something else.
    #[error(
        "the development key {} is damaged (not an Ed25519 private key in PEM): delete the file, and `torg demo` makes \
         a new one; tokens made with the old one stop working",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The file system refuses.
    #[error("cannot {task} the development key {}: {cause}; check who owns the folder and that it has room", .path.display())]
    File {
        /// `read` or `write`.
        task: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The configuration asks for an algorithm this key cannot do.
    #[error(
        "the development key signs with EdDSA, but {0} is configured: choose EdDSA, or give the JWKS address of an \
         issuer that signs with {0}"
    )]
    Algorithm(SigningAlgorithm),
    /// A new key or a token could not be written down.
    #[error(
        "the development key cannot be used: {0}; delete its file, and `torg demo` makes a new one"
    )]
    Unusable(String),
}

/// What a development token says; the same claims an issuer in production gives.
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
    /// The key in `folder`, made now if there is none (the folder too). Safe when two processes start at once: both get
    /// the same key.
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

    /// The key in `folder`, which must be there.
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

    /// Checks this key's tokens.
    pub fn verifier(&self) -> Verifier {
        Verifier::local(&self.settings, self.verifying.clone())
    }

    /// A token for `subject`, valid from `now` for `ttl`; times are cut to whole seconds.
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

/// Makes a key and puts it at `path`, unless another process was first.
fn create(folder: &Path, path: &Path) -> Result<(), DevKeyError> {
    // Without the public half: OpenSSL does not read the newer form that carries both.
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

/// Writes a file that appears whole or not at all, and never replaces one that is there.
pub(super) fn write_once(folder: &Path, path: &Path, contents: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{FILE_NAME}.{}", uuid::Uuid::now_v7()));
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    // A link, and not a rename: it fails when the name is taken.
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Takes the file back from other users where a copy or an unpacked archive opened it up. Some file systems know no
/// modes; that is no reason to stop a demo.
fn keep_private(path: &Path) {
    let open_to_others =
        fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open_to_others {
        let mended = fs::set_permissions(path, Permissions::from_mode(0o600)).is_ok();
        tracing::warn!(file = %path.display(), mended, "other users could read the development key");
    }
}
