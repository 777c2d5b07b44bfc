//! Sealing: a tender is encrypted to the opener's public key (age, X25519 and ChaCha20-Poly1305)
//! before it is stored. The serving process has only the public key, so it cannot read a stored
//! tender.

use std::{fmt, path::Path, str::FromStr};

use age::{
    secrecy::ExposeSecret,
    x25519::{Identity, Recipient},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::content::TenderContent;
use crate::{
    chain::ChainKey,
    kernel::ids::{OrganisationId, ProcurementId, TenderId},
};

/// The sealed plaintext: the content with its binding, so that a ciphertext that was moved to
/// another tender is detected.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    procurement: ProcurementId,
    organisation: OrganisationId,
    tender: TenderId,
    /// `None` in an envelope of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<SealedTerms>,
    content: TenderContent,
}

/// The tender, organisation and procurement that a ciphertext is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenderBinding {
    /// Procurement that the tender answers.
    pub procurement: ProcurementId,
    /// Organisation that submits it.
    pub organisation: OrganisationId,
    /// ID of the tender.
    pub tender: TenderId,
}

/// What a sealed tender states about itself, for the opener only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SealedTerms {
    /// IDs of the offered lots, in ascending order.
    pub lots: Vec<String>,
    /// 1 for the tenderer's first tender for these lots, 2 for the one that replaces it.
    pub version: i32,
    /// Earliest time of the opening: the deadline when the tender was submitted.
    pub opens_not_before: DateTime<Utc>,
}

/// What was sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// What the tender states about itself. `None` in a tender of an earlier version.
    pub terms: Option<SealedTerms>,
    /// The offer.
    pub content: TenderContent,
}

/// Plaintexts are padded to a multiple of this many bytes, so that the size of a ciphertext reveals
/// little.
const BUCKET: usize = 4096;

/// Size from which buckets grow by a quarter each.
const GROWING: usize = 64 * 1024;

/// Returns the size that a plaintext of this length is padded to: a multiple of 4 KiB up to 64 KiB,
/// from then on each size is a quarter larger than the one before, in whole 4 KiB.
fn padded(length: usize) -> usize {
    if length <= GROWING {
        return length.next_multiple_of(BUCKET);
    }
    let mut size = GROWING;
    while size < length {
        size = (size + size / 4).next_multiple_of(BUCKET);
    }
    size
}

/// Public key of the opener.
#[derive(Clone)]
pub struct SealingKey(Recipient);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.0)
    }
}

impl SealingKey {
    /// Returns the key as text, as it is configured.
    pub fn recipient(&self) -> String {
        self.0.to_string()
    }
}

impl FromStr for SealingKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Recipient::from_str(text.trim())
            .map(Self)
            .map_err(|reason| format!("not an age X25519 recipient (`age1…`): {reason}"))
    }
}

/// A sealed tender.
#[derive(Debug)]
pub struct Sealed {
    /// The age file.
    pub ciphertext: Vec<u8>,
    /// SHA-256 of the ciphertext; part of the receipt.
    pub sha256: [u8; 32],
}

/// First bytes of the plaintext of the outer layer; the public key of the inner layer, a line break
/// and the inner layer follow.
const LAYERED: &[u8] = b"torg sealed tender, inner layer for ";

impl SealingKey {
    /// Seals a tender for its binding: to the procurement's key, and the result to this one.
    pub fn seal(
        &self,
        procurement_key: &Self,
        binding: TenderBinding,
        terms: SealedTerms,
        content: TenderContent,
    ) -> Result<Sealed, SealingError> {
        let envelope = Envelope {
            procurement: binding.procurement,
            organisation: binding.organisation,
            tender: binding.tender,
            terms: Some(terms),
            content,
        };
        let mut plaintext = serde_json::to_vec(&envelope).map_err(SealingError::new)?;
        // JSON allows trailing white space.
        plaintext.resize(padded(plaintext.len()), b' ');
        let inner = age::encrypt(&procurement_key.0, &plaintext).map_err(SealingError::new)?;
        let recipient = procurement_key.recipient();
        let layered = [
            LAYERED,
            recipient.as_bytes(),
            b"\n".as_slice(),
            inner.as_slice(),
        ]
        .concat();
        let ciphertext = age::encrypt(&self.0, &layered).map_err(SealingError::new)?;
        let sha256 = Sha256::digest(&ciphertext).into();
        Ok(Sealed { ciphertext, sha256 })
    }
}

/// Private key of the opener; only the opener's process has it.
pub struct OpeningKey {
    /// The key whose public half tenders are sealed to.
    current: Identity,
    /// Earlier keys, which open what was sealed to them.
    former: Vec<Identity>,
}

/// Prefix of the bytes whose hash is the secret of the opener's key of the chain.
const CHAIN_KEY_LABEL: &str = "torg: key of the opener's entries in the chain\n";

impl OpeningKey {
    /// Generates a key.
    pub fn generate() -> Self {
        Self {
            current: Identity::generate(),
            former: Vec::new(),
        }
    }

    /// Reads a key from a file that `torg opener-key` wrote: one private key a line, the current one
    /// first, then earlier ones. Lines that begin with `#` are comments.
    pub fn load(file: &Path) -> Result<Self, SealingError> {
        let fix = "set TORG_OPENER_KEY_FILE to the file that `torg opener-key FILE` wrote";
        let text = std::fs::read_to_string(file).map_err(|error| {
            SealingError::Other(format!(
                "cannot read the opener's key {}: {error}; {fix}",
                file.display()
            ))
        })?;
        text.parse().map_err(|reason: String| {
            SealingError::Other(format!(
                "{} holds no opener's key: {reason}; {fix}",
                file.display()
            ))
        })
    }

    /// Returns a new key that also opens what was sealed to this one.
    pub fn rotated(self) -> Self {
        let former = std::iter::once(self.current).chain(self.former).collect();
        Self {
            current: Identity::generate(),
            former,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Identity> {
        std::iter::once(&self.current).chain(&self.former)
    }

    /// Returns the key as text, for its file.
    pub fn expose(&self) -> String {
        let lines = self.all().map(|key| {
            let secret = key.to_string();
            format!("{}\n", secret.expose_secret())
        });
        lines.collect()
    }

    /// Returns the public key, as configured for the serving process.
    pub fn recipient(&self) -> String {
        self.current.to_public().to_string()
    }

    /// Returns the public keys of everything that this key opens, the current one first.
    pub fn recipients(&self) -> Vec<String> {
        let keys = self.all().map(|key| key.to_public().to_string());
        keys.collect()
    }

    /// Returns the key that signs the opener's entries of the chain. It follows from the current key.
    pub fn chain_key(&self) -> ChainKey {
        chain_key(&self.current)
    }

    /// Returns the public keys that verify the opener's entries of the chain, the current one first.
    pub fn chain_keys(&self) -> Vec<String> {
        self.all().map(|key| chain_key(key).public()).collect()
    }

    /// Proves that each key opens what is sealed to its public key.
    pub fn prove(&self) -> Result<(), SealingError> {
        const SAMPLE: &[u8] = b"a sample that is sealed and opened";
        for key in self.all() {
            let sealed = age::encrypt(&key.to_public(), SAMPLE).map_err(SealingError::new)?;
            let opened = age::decrypt(key, &sealed).map_err(SealingError::new)?;
            if opened != SAMPLE {
                return Err(SealingError::new(
                    "the opener's key does not open what is sealed to it",
                ));
            }
        }
        Ok(())
    }

    /// Encrypts to the current key.
    pub(super) fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>, SealingError> {
        age::encrypt(&self.current.to_public(), plaintext).map_err(SealingError::new)
    }

    /// Decrypts with the key that the ciphertext was sealed to.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Result<Vec<u8>, SealingError> {
        for key in self.all() {
            match age::decrypt(key, ciphertext) {
                Err(age::DecryptError::NoMatchingKeys) => {}
                decrypted => return decrypted.map_err(SealingError::new),
            }
        }
        Err(SealingError::WrongKey)
    }

    /// Opens the outer layer of a sealed tender, and checks its hash.
    pub fn open(&self, ciphertext: &[u8], sha256: &[u8]) -> Result<OuterLayer, SealingError> {
        if Sha256::digest(ciphertext).as_slice() != sha256 {
            return Err(SealingError::Other(
                "the sealed tender does not match the SHA-256 of its receipt".into(),
            ));
        }
        let plaintext = self.decrypt(ciphertext)?;
        let Some(layered) = plaintext.strip_prefix(LAYERED) else {
            return Ok(OuterLayer {
                recipient: None,
                sealed: plaintext,
            });
        };
        let line = layered.iter().position(|byte| *byte == b'\n');
        let (recipient, inner) = layered.split_at(line.unwrap_or(layered.len()));
        Ok(OuterLayer {
            recipient: Some(String::from_utf8_lossy(recipient).into_owned()),
            sealed: inner.get(1..).unwrap_or_default().to_vec(),
        })
    }
}

/// What the outer layer of a sealed tender contains.
pub struct OuterLayer {
    /// Public key that the inner layer is sealed to. `None` in a tender of an earlier version, which
    /// has one layer.
    pub recipient: Option<String>,
    /// The inner layer, an age file; the plaintext in a tender of an earlier version.
    pub sealed: Vec<u8>,
}

impl Unsealed {
    /// Reads the plaintext of a tender, and checks its binding.
    pub fn read(binding: TenderBinding, plaintext: &[u8]) -> Result<Self, SealingError> {
        let envelope: Envelope = serde_json::from_slice(plaintext).map_err(SealingError::new)?;
        let sealed_for = TenderBinding {
            procurement: envelope.procurement,
            organisation: envelope.organisation,
            tender: envelope.tender,
        };
        if sealed_for != binding {
            return Err(SealingError::Other(
                "the sealed tender is bound to another tender, organisation or procurement".into(),
            ));
        }
        if envelope.content.has_nul() {
            return Err(SealingError::new(
                "the sealed tender contains a NUL character",
            ));
        }
        Ok(Self {
            terms: envelope.terms,
            content: envelope.content,
        })
    }
}

impl FromStr for OpeningKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut keys = lines.map(Identity::from_str);
        let current = keys.next().unwrap_or(Err("it has no line with a key"))?;
        let former = keys.collect::<Result<_, _>>()?;
        Ok(Self { current, former })
    }
}

fn chain_key(key: &Identity) -> ChainKey {
    let secret = key.to_string();
    let hash = Sha256::new().chain_update(CHAIN_KEY_LABEL);
    ChainKey::from_secret(hash.chain_update(secret.expose_secret()).finalize().into())
}

/// Failure to seal or open a tender; its text is for the log and the operator.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The tender was sealed to another key: the tender is valid, the configured key is wrong.
    #[error(
        "the tenders were sealed to another key; start the opener with the key of TORG_OPENER_RECIPIENT"
    )]
    WrongKey,
    /// Any other failure.
    #[error("{0}")]
    Other(String),
}

impl SealingError {
    pub(super) fn new(cause: impl fmt::Display) -> Self {
        Self::Other(cause.to_string())
    }
}

#[cfg(test)]
mod tests;
