//! Encryption of drafts and of the copies of submitted tenders, which the members of the tenderer
//! read.
//!
//! A sealed tender is readable for the opener only, so the supplier would not know later what it
//! submitted. A readable copy in the database would be in its dumps, where everything in it could
//! be read before the opening. Therefore the copy is encrypted (XChaCha20-Poly1305) with a key of the
//! organisation that the serving process derives from its secret file.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand_core::{OsRng, RngCore};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    database::{Database, UnitOfWork},
    kernel::{
        ids::OrganisationId,
        refusal::{Failure, Fallible},
    },
};

/// Purpose of the derived keys; a change makes earlier drafts unreadable.
const PURPOSE: &str = "torg tender draft 1";
/// Plaintexts are padded to a multiple of this many bytes.
const BUCKET: usize = 4096;
const NONCE: usize = 24;

/// Key for the drafts and copies of one organisation.
pub struct TeamKey(XChaCha20Poly1305);

impl TeamKey {
    /// Returns the key of an organisation.
    ///
    /// # Errors
    ///
    /// This process has no secret file.
    pub fn of(database: &Database, organisation: OrganisationId) -> Fallible<Self> {
        Ok(Self::new(database.derived_key(PURPOSE, organisation.0)?))
    }

    /// Returns the key of an organisation, in a use case.
    ///
    /// # Errors
    ///
    /// This process has no secret file.
    pub fn in_work(work: &UnitOfWork, organisation: OrganisationId) -> Fallible<Self> {
        Ok(Self::new(work.derived_key(PURPOSE, organisation.0)?))
    }

    fn new(secret: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&secret.into()))
    }

    /// Encrypts a value for the row with this ID.
    ///
    /// # Errors
    ///
    /// The value has no JSON form.
    pub fn seal(&self, row: Uuid, value: &impl Serialize) -> Fallible<Vec<u8>> {
        let mut plaintext = serde_json::to_vec(value)?;
        // JSON allows trailing white space.
        plaintext.resize(plaintext.len().next_multiple_of(BUCKET), b' ');
        let mut nonce = [0; NONCE];
        OsRng.fill_bytes(&mut nonce);
        let payload = Payload {
            msg: &plaintext,
            aad: row.as_bytes(),
        };
        let sealed = self.0.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|error| Failure::unexpected(error.to_string()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts the value of the row with this ID.
    ///
    /// # Errors
    ///
    /// The value was encrypted with another key or for another row, or was changed.
    pub fn open<T: DeserializeOwned>(&self, row: Uuid, sealed: &[u8]) -> Fallible<T> {
        let failed = || {
            Failure::unexpected(
                "a draft of a tender cannot be decrypted; the file of TORG_CHAIN_KEY_FILE is another one than \
                 when it was saved",
            )
        };
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE).ok_or_else(failed)?;
        let payload = Payload {
            msg: ciphertext,
            aad: row.as_bytes(),
        };
        let plaintext = self.0.decrypt(XNonce::from_slice(nonce), payload);
        Ok(serde_json::from_slice(&plaintext.map_err(|_| failed())?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_the_same_row() {
        let (key, row) = (TeamKey::new([1; 32]), Uuid::new_v4());
        let sealed = key.seal(row, &"canary").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"canary"));
        assert_eq!(key.open::<String>(row, &sealed).unwrap(), "canary");
        assert!(key.open::<String>(Uuid::new_v4(), &sealed).is_err());
        assert!(TeamKey::new([2; 32]).open::<String>(row, &sealed).is_err());
        assert!(key.open::<String>(row, &sealed[..10]).is_err());
        let longer = key.seal(row, &"x".repeat(2_000)).unwrap();
        assert_eq!(longer.len(), sealed.len());
    }
}
