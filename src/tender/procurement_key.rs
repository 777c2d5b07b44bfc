//! The key pairs of procurements. The opener creates them in advance and wraps each private key for
//! itself; the first tender of a procurement takes one. A tender is sealed to the procurement's key,
//! and that to the opener's: a row that was exchanged in the database reveals no tender.

use std::str::FromStr;

use age::{secrecy::ExposeSecret, x25519::Identity};
use sqlx::{PgConnection, PgPool};

use super::{
    sealing::{OpeningKey, OuterLayer, SealingError, TenderBinding, Unsealed},
    store::sealing_key,
};

/// Number of free keys that the opener keeps in the database.
pub const FREE_KEYS: usize = 200;

/// Wraps private keys. The file key of the opener ([`OpeningKey`]) does; a key management service
/// can.
pub trait KeyWrapping {
    /// Returns the public key that names the wrapping key.
    fn name(&self) -> String;

    /// Encrypts a private key.
    ///
    /// # Errors
    /// The key cannot be encrypted.
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, SealingError>;

    /// Decrypts a private key.
    ///
    /// # Errors
    /// The key was wrapped with another key, or was edited.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, SealingError>;
}

impl KeyWrapping for OpeningKey {
    fn name(&self) -> String {
        self.recipient()
    }

    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, SealingError> {
        self.encrypt(secret)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, SealingError> {
        self.decrypt(wrapped)
    }
}

/// Private key of a procurement; only the opener's process has it.
pub struct ProcurementKey(Identity);

impl ProcurementKey {
    /// Unwraps the private key of a public key.
    ///
    /// # Errors
    /// The key cannot be unwrapped, or belongs to another public key.
    pub fn unwrap(
        wrapping: &impl KeyWrapping,
        recipient: &str,
        wrapped: &[u8],
    ) -> Result<Self, SealingError> {
        let secret = String::from_utf8(wrapping.unwrap(wrapped)?).map_err(SealingError::new)?;
        let key = Identity::from_str(&secret).map_err(SealingError::new)?;
        match key.to_public().to_string() == recipient {
            true => Ok(Self(key)),
            false => Err(SealingError::new(
                "the private key of a procurement was exchanged in the table sealing_key; restore it",
            )),
        }
    }

    /// Opens the inner layer of a sealed tender, and checks its binding.
    ///
    /// # Errors
    /// The layer cannot be decrypted, or is bound to something else.
    pub fn open(
        &self,
        binding: TenderBinding,
        layer: &OuterLayer,
    ) -> Result<Unsealed, SealingError> {
        let plaintext = age::decrypt(&self.0, &layer.sealed).map_err(SealingError::new)?;
        Unsealed::read(binding, &plaintext)
    }
}

/// New key pairs, with the private keys wrapped.
pub struct NewKeys {
    /// The public keys.
    pub recipients: Vec<String>,
    /// The wrapped private key of each.
    pub wrapped: Vec<Vec<u8>>,
}

impl NewKeys {
    /// Generates key pairs.
    ///
    /// # Errors
    /// A private key cannot be wrapped.
    pub fn generate(wrapping: &impl KeyWrapping, number: usize) -> Result<Self, SealingError> {
        let mut keys = Self {
            recipients: Vec::with_capacity(number),
            wrapped: Vec::with_capacity(number),
        };
        for _ in 0..number {
            let key = Identity::generate();
            let secret = key.to_string();
            keys.recipients.push(key.to_public().to_string());
            keys.wrapped
                .push(wrapping.wrap(secret.expose_secret().as_bytes())?);
        }
        Ok(keys)
    }

    /// Inserts the keys.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn insert(
        &self,
        pool: &PgPool,
        wrapping: &impl KeyWrapping,
    ) -> Result<(), sqlx::Error> {
        let name = wrapping.name();
        sealing_key::insert(pool, &name, &self.recipients, &self.wrapped).await
    }
}

/// The keys of procurements could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum TopUpError {
    /// The database does not answer.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// A key cannot be wrapped.
    #[error(transparent)]
    Sealing(#[from] SealingError),
}

/// Creates keys until `number` are free.
///
/// # Errors
/// The database does not answer, or a key cannot be wrapped.
pub async fn top_up(
    pool: &PgPool,
    wrapping: &impl KeyWrapping,
    number: usize,
) -> Result<(), TopUpError> {
    let free = sealing_key::free(pool, &wrapping.name()).await?;
    let missing = number.saturating_sub(usize::try_from(free).unwrap_or(0));
    if missing > 0 {
        let keys = NewKeys::generate(wrapping, missing)?;
        keys.insert(pool, wrapping).await?;
    }
    Ok(())
}

/// Loads and unwraps the private key of a procurement.
///
/// # Errors
/// The database does not answer, or the key is missing or was exchanged.
pub async fn load(
    connection: &mut PgConnection,
    wrapping: &impl KeyWrapping,
    recipient: &str,
) -> Result<ProcurementKey, TopUpError> {
    let wrapped = sealing_key::wrapped(connection, recipient).await?;
    let wrapped = wrapped.ok_or_else(|| {
        SealingError::new(
            "the private key of a procurement is missing in the table sealing_key; restore it",
        )
    })?;
    Ok(ProcurementKey::unwrap(wrapping, recipient, &wrapped)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tender::sealing::SealingKey;

    #[test]
    fn an_exchanged_key_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let opener = OpeningKey::generate();
        let keys = NewKeys::generate(&opener, 2)?;
        let (first, second) = (&keys.recipients[0], &keys.recipients[1]);
        assert!(ProcurementKey::unwrap(&opener, first, &keys.wrapped[0]).is_ok());
        assert!(ProcurementKey::unwrap(&opener, second, &keys.wrapped[0]).is_err());
        let other = OpeningKey::generate();
        assert!(ProcurementKey::unwrap(&other, first, &keys.wrapped[0]).is_err());
        assert!(first.parse::<SealingKey>().is_ok());
        // A rotated key unwraps what was wrapped before.
        let rotated = opener.rotated();
        assert!(ProcurementKey::unwrap(&rotated, first, &keys.wrapped[0]).is_ok());
        Ok(())
    }
}
