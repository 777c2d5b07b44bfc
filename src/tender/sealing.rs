//! Sealing: a tender is encrypted to the opener's public key (age, X25519 and ChaCha20-Poly1305) before it
//! is stored. The serving process holds the public half only; what it stored it cannot read again.

use std::{fmt, path::Path, str::FromStr};

use age::{
    secrecy::ExposeSecret,
    x25519::{Identity, Recipient},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::kernel::{
    ids::{OrganisationId, ProcurementId, TenderId},
    money::Money,
};

/// What a supplier offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderContent {
    /// The lots it is for.
    pub lots: Vec<String>,
    /// The price for all of them, without VAT.
    pub price: Money,
    /// The offer in words.
    pub text: String,
}

/// What is sealed: the content bound to its place, so that a ciphertext moved elsewhere is found out.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope {
    procurement: ProcurementId,
    organisation: OrganisationId,
    tender: TenderId,
    content: TenderContent,
}

/// Where a tender belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The procurement it answers.
    pub procurement: ProcurementId,
    /// Who offers.
    pub organisation: OrganisationId,
    /// The tender itself.
    pub tender: TenderId,
}

/// Plaintexts are padded to a multiple of this many bytes, so that the size tells little.
const BUCKET: usize = 4096;

/// The public half of the opener's key.
#[derive(Clone)]
pub struct SealingKey(Recipient);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.0)
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
    /// Seals a tender for its place.
    pub fn seal(&self, place: Place, content: TenderContent) -> Result<Sealed, SealingError> {
        let envelope = Envelope {
            procurement: place.procurement,
            organisation: place.organisation,
            tender: place.tender,
            content,
        };
        let mut plaintext = serde_json::to_vec(&envelope).map_err(SealingError::new)?;
        // JSON allows white space at the end.
        plaintext.resize(plaintext.len().next_multiple_of(BUCKET), b' ');
        let ciphertext = age::encrypt(&self.0, &plaintext).map_err(SealingError::new)?;
        let sha256 = Sha256::digest(&ciphertext).into();
        Ok(Sealed { ciphertext, sha256 })
    }
}

/// The private half: only the opener's process has it.
pub struct OpeningKey(Identity);

impl OpeningKey {
    /// A new key.
    pub fn generate() -> Self {
        Self(Identity::generate())
    }

    /// Reads the key from a file that `torg opener-key` wrote.
    pub fn load(file: &Path) -> Result<Self, SealingError> {
        let mend = "set TORG_OPENER_KEY_FILE to the file that `torg opener-key FILE` wrote";
        let text = std::fs::read_to_string(file).map_err(|error| {
            SealingError::Other(format!(
                "cannot read the opener's key {}: {error}; {mend}",
                file.display()
            ))
        })?;
        Identity::from_str(text.trim()).map(Self).map_err(|reason| {
            SealingError::Other(format!(
                "{} holds no opener's key: {reason}; {mend}",
                file.display()
            ))
        })
    }

    /// The key as text, for its file.
    pub fn expose(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// The public half, as configured for the serving process.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// Opens a sealed tender, if it is what was receipted and belongs where it was found.
    pub fn open(
        &self,
        place: Place,
        ciphertext: &[u8],
        sha256: &[u8],
    ) -> Result<TenderContent, SealingError> {
        if Sha256::digest(ciphertext).as_slice() != sha256 {
            return Err(SealingError::Other(
                "the sealed tender is not the one that was receipted".into(),
            ));
        }
        let plaintext = age::decrypt(&self.0, ciphertext).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => SealingError::WrongKey,
            error => SealingError::new(error),
        })?;
        let envelope: Envelope = serde_json::from_slice(&plaintext).map_err(SealingError::new)?;
        let sealed_for = Place {
            procurement: envelope.procurement,
            organisation: envelope.organisation,
            tender: envelope.tender,
        };
        if sealed_for != place {
            return Err(SealingError::Other(
                "the sealed tender belongs to another place".into(),
            ));
        }
        if envelope.content.text.contains('\0') {
            return Err(SealingError::new("the sealed tender holds a NUL character"));
        }
        Ok(envelope.content)
    }
}

/// Sealing or opening failed; the text is for the log and for the operator.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// It was sealed to another key: the tender is sound, the key is not the right one.
    #[error(
        "the tenders were sealed to another key; start the opener with the key of TORG_OPENER_RECIPIENT"
    )]
    WrongKey,
    /// Anything else.
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

    fn place() -> Place {
        Place {
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
        }
    }

    #[test]
    fn only_the_opening_key_reads_it_and_only_in_its_place()
    -> Result<(), Box<dyn std::error::Error>> {
        let key = OpeningKey::generate();
        let sealing: SealingKey = key.recipient().parse()?;
        let here = place();
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
            key.open(place(), &sealed.ciphertext, &sealed.sha256)
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
    fn the_size_tells_little() -> Result<(), Box<dyn std::error::Error>> {
        let sealing: SealingKey = OpeningKey::generate().recipient().parse()?;
        let short = sealing.seal(place(), content("a"))?;
        let long = sealing.seal(place(), content(&"a".repeat(2000)))?;
        // age adds a few random bytes to its header, so that even equal texts differ a little.
        let difference = short.ciphertext.len().abs_diff(long.ciphertext.len());
        assert!(difference < 400, "{difference}");
        Ok(())
    }
}
