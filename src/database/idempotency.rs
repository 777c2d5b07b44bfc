//! Idempotency keys: a repeated request gets the first answer instead of a second change.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::kernel::{
    ids::OrganisationId,
    refusal::{Code, Refusal},
};

/// A key that a client chooses for one request: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks the form of the key.
    pub fn new(key: &str) -> Result<Self, Refusal> {
        if (1..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(key.to_owned()));
        }
        Err(Refusal::at(
            Code::Invalid,
            &["idempotencyKey"],
            "`idempotencyKey` must have 1 to 64 visible ASCII characters; a UUID is recommended",
        ))
    }

    /// Returns the key as it is stored: its SHA-256 digest in hexadecimal. The key itself is never
    /// stored.
    pub(super) fn stored(&self) -> String {
        let digest = Sha256::digest(&self.0);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the digest of an input and of the organisation the caller acts for. The key salts
    /// the digest, so that a reader of the database cannot test guesses of a sealed tender's
    /// content against it.
    pub(super) fn digest_of(&self, organisation: Option<OrganisationId>, input: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.0.len().to_le_bytes());
        hash.update(&self.0);
        hash.update(organisation.map_or(Uuid::nil(), |id| id.0));
        hash.update(input);
        hash.finalize().to_vec()
    }
}
