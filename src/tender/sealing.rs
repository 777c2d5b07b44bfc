//! Sealing: a tender is encrypted to the opener's public key (age, X25519 and ChaCha20-Poly1305)
//! before it is stored. The serving process has only the public key, so it cannot read a stored
//! tender.

use std::{fmt, path::Path, str::FromStr};

use age::{
    secrecy::ExposeSecret,
    x25519::{Identity, Recipient},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::content::TenderContent;
use crate::kernel::ids::{OrganisationId, ProcurementId, TenderId};

/// The sealed plaintext: the content with its binding, so that a ciphertext that was moved to
/// another tender is detected.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    procurement: ProcurementId,
    organisation: OrganisationId,
    tender: TenderId,
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

/// Plaintexts are padded to a multiple of this many bytes, so that the size of a ciphertext reveals
/// little.
const BUCKET: usize = 4096;

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

impl SealingKey {
    /// Seals a tender for its binding.
    pub fn seal(
        &self,
        binding: TenderBinding,
        content: TenderContent,
    ) -> Result<Sealed, SealingError> {
        let envelope = Envelope {
            procurement: binding.procurement,
            organisation: binding.organisation,
            tender: binding.tender,
            content,
        };
        let mut plaintext = serde_json::to_vec(&envelope).map_err(SealingError::new)?;
        // JSON allows trailing white space.
        plaintext.resize(plaintext.len().next_multiple_of(BUCKET), b' ');
        let ciphertext = age::encrypt(&self.0, &plaintext).map_err(SealingError::new)?;
        let sha256 = Sha256::digest(&ciphertext).into();
        Ok(Sealed { ciphertext, sha256 })
    }
}

/// Private key of the opener; only the opener's process has it.
pub struct OpeningKey(Identity);

impl OpeningKey {
    /// Generates a key.
    pub fn generate() -> Self {
        Self(Identity::generate())
    }

    /// Reads a key from a file that `torg opener-key` wrote.
    pub fn load(file: &Path) -> Result<Self, SealingError> {
        let fix = "set TORG_OPENER_KEY_FILE to the file that `torg opener-key FILE` wrote";
        let text = std::fs::read_to_string(file).map_err(|error| {
            SealingError::Other(format!(
                "cannot read the opener's key {}: {error}; {fix}",
                file.display()
            ))
        })?;
        Identity::from_str(text.trim()).map(Self).map_err(|reason| {
            SealingError::Other(format!(
                "{} holds no opener's key: {reason}; {fix}",
                file.display()
            ))
        })
    }

    /// Returns the key as text, for its file.
    pub fn expose(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// Returns the public key, as configured for the serving process.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// Opens a sealed tender, and checks its hash and its binding.
    pub fn open(
        &self,
        binding: TenderBinding,
        ciphertext: &[u8],
        sha256: &[u8],
    ) -> Result<TenderContent, SealingError> {
        if Sha256::digest(ciphertext).as_slice() != sha256 {
            return Err(SealingError::Other(
                "the sealed tender does not match the SHA-256 of its receipt".into(),
            ));
        }
        let plaintext = age::decrypt(&self.0, ciphertext).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => SealingError::WrongKey,
            error => SealingError::new(error),
        })?;
        let envelope: Envelope = serde_json::from_slice(&plaintext).map_err(SealingError::new)?;
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
        if envelope.content.text.contains('\0') {
            return Err(SealingError::new(
                "the sealed tender contains a NUL character",
            ));
        }
        Ok(envelope.content)
    }
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
    fn new(cause: impl fmt::Display) -> Self {
        Self::Other(cause.to_string())
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::kernel::money::Money;

    fn binding() -> TenderBinding {
        TenderBinding {
            procurement: ProcurementId::new(),
            organisation: OrganisationId::new(),
            tender: TenderId::new(),
        }
    }

    fn content(text: &str) -> TenderContent {
        TenderContent {
            lots: vec!["LOT-0001".into()],
            price: Money {
                amount: Decimal::new(123_456, 2),
                currency: "SEK".into(),
            },
            text: text.into(),
            group: None,
            documents: Vec::new(),
        }
    }

    #[test]
    fn only_the_opening_key_opens_a_tender_with_its_binding()
    -> Result<(), Box<dyn std::error::Error>> {
        let key = OpeningKey::generate();
        let sealing: SealingKey = key.recipient().parse()?;
        let here = binding();
        let sealed = sealing.seal(here, content("canary"))?;
        assert!(
            !sealed
                .ciphertext
                .windows(6)
                .any(|window| window == b"canary")
        );
        assert_eq!(
            key.open(here, &sealed.ciphertext, &sealed.sha256)?,
            content("canary")
        );

        assert!(
            OpeningKey::generate()
                .open(here, &sealed.ciphertext, &sealed.sha256)
                .is_err()
        );
        assert!(
            key.open(binding(), &sealed.ciphertext, &sealed.sha256)
                .is_err()
        );
        let mut edited = sealed.ciphertext.clone();
        if let Some(last) = edited.last_mut() {
            *last ^= 1;
        }
        assert!(key.open(here, &edited, &sealed.sha256).is_err());
        assert!(key.open(here, &edited, &Sha256::digest(&edited)).is_err());
        Ok(())
    }

    #[test]
    fn ciphertext_size_is_padded() -> Result<(), Box<dyn std::error::Error>> {
        let sealing: SealingKey = OpeningKey::generate().recipient().parse()?;
        let short = sealing.seal(binding(), content("a"))?;
        let long = sealing.seal(binding(), content(&"a".repeat(2000)))?;
        // age adds a few random bytes to its header, so that the sizes of equal texts differ a
        // little.
        let difference = short.ciphertext.len().abs_diff(long.ciphertext.len());
        assert!(difference < 400, "{difference}");
        Ok(())
    }
}
