//! The keys of the chain (Ed25519).

use std::{
    collections::BTreeSet,
    fmt,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use ed25519_dalek::{
    Signature, Signer, SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use hmac::{Hmac, Mac};
use rand_core::OsRng;
use sha2::Sha256;

use super::{
    digits::{from_hex, hex},
    entry::{Entry, Signed},
};

/// Name of the key's file in the folder `keys` of the data folder: PKCS#8 in PEM (RFC 8410).
pub const FILE_NAME: &str = "chain-key.pem";

/// A key that signs entries. Cheap to clone.
#[derive(Clone)]
pub struct ChainKey(Arc<SigningKey>);

/// Shows the public key only.
impl fmt::Debug for ChainKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ChainKey({})", self.public())
    }
}

/// Why the file of a chain key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the chain key {} ({cause}); {fix}", .path.display())]
pub struct ChainKeyError {
    path: PathBuf,
    cause: String,
    fix: &'static str,
}

impl ChainKey {
    /// Generates a key.
    #[must_use]
    pub fn generate() -> Self {
        Self(Arc::new(SigningKey::generate(&mut OsRng)))
    }

    /// Makes a key of 32 secret bytes.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self(Arc::new(SigningKey::from_bytes(&secret)))
    }

    /// Reads a key from a file, which is not created.
    ///
    /// # Errors
    /// The file cannot be read or holds no Ed25519 key; the text is for the operator.
    pub fn load(path: &Path) -> Result<Self, ChainKeyError> {
        let failed = |cause: String| ChainKeyError {
            path: path.to_owned(),
            cause,
            fix: "give the file that `torg chain-key FILE` wrote",
        };
        let pem = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(|error| failed(error.to_string()))?;
        Ok(Self(Arc::new(key)))
    }

    /// Reads the key from its file in a folder; creates the file if it does not exist, readable for
    /// its owner only.
    ///
    /// # Errors
    /// As [`Self::load`]; or the file cannot be written.
    pub fn load_or_create(folder: &Path) -> Result<Self, ChainKeyError> {
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            fs::create_dir_all(folder).map_err(|error| cannot_write(&path, &error))?;
            match Self::generate().save(&path) {
                Err(error) if !path.exists() => return Err(error),
                // Another process has created it meanwhile.
                _ => {}
            }
        }
        Self::load(&path)
    }

    /// Writes the key to a new file that only its owner may read.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ChainKeyError> {
        let failed = |error: io::Error| cannot_write(path, &error);
        let pem = self
            .0
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| failed(io::Error::new(ErrorKind::InvalidData, error.to_string())))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        file.write_all(pem.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)
    }

    /// Returns the public key: 64 hexadecimal digits.
    #[must_use]
    pub fn public(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Returns a secret key for another purpose: HMAC-SHA-256 of the purpose and the object's bytes,
    /// with the private key as its key.
    #[must_use]
    pub fn derive(&self, purpose: &str, object: &[u8]) -> [u8; 32] {
        // HMAC takes keys of any length.
        let secret = self.0.to_bytes();
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(&secret) else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(object);
        mac.finalize().into_bytes().into()
    }

    /// Signs an entry.
    ///
    /// # Errors
    /// The entry has no JSON form.
    pub fn sign(&self, entry: &Entry) -> Result<Signed, serde_json::Error> {
        let text = serde_json::to_string(entry)?;
        Ok(Signed {
            procurement: entry.procurement,
            number: entry.number,
            signature: self.sign_text(&text),
            signer: self.public(),
            entry: text,
        })
    }
}

impl ChainKey {
    /// Signs a text.
    pub(super) fn sign_text(&self, text: &str) -> Vec<u8> {
        self.0.sign(text.as_bytes()).to_vec()
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> ChainKeyError {
    ChainKeyError {
        path: path.to_owned(),
        cause: error.to_string(),
        fix: "give a new file in a folder that you may write to",
    }
}

/// The public keys that are trusted to sign entries. Text form: 64 hexadecimal digits each, with
/// commas or white space between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeSet<String>);

impl PublicKeys {
    /// Adds a public key of 64 hexadecimal digits.
    #[must_use]
    pub fn with(mut self, public: &str) -> Self {
        self.0.insert(public.to_owned());
        self
    }

    /// Returns the keys, 64 hexadecimal digits each.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns whether one of these keys signed the entry.
    #[must_use]
    pub fn have_signed(&self, signed: &Signed) -> bool {
        self.have_signed_text(&signed.signer, &signed.entry, &signed.signature)
    }

    /// Returns whether `signer` is one of these keys and has signed the text.
    pub(super) fn have_signed_text(&self, signer: &str, text: &str, signature: &[u8]) -> bool {
        let verified = || {
            let key = VerifyingKey::from_bytes(&from_hex(signer)?).ok()?;
            let signature = Signature::from_slice(signature).ok()?;
            key.verify_strict(text.as_bytes(), &signature).ok()
        };
        self.0.contains(signer) && verified().is_some()
    }
}

impl FromStr for PublicKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        let keys = words.filter(|word| !word.is_empty()).map(|word| {
            let lower = word.to_ascii_lowercase();
            let key = from_hex(&lower).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
            key.map(|_| lower).ok_or_else(|| {
                format!("`{word}` is not an Ed25519 public key of 64 hexadecimal digits")
            })
        });
        let keys: BTreeSet<String> = keys.collect::<Result<_, _>>()?;
        match keys.is_empty() {
            true => Err("no key is given; `torg chain-key FILE` prints one".into()),
            false => Ok(Self(keys)),
        }
    }
}
