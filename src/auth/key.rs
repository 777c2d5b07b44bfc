//! API keys: an organisation's systems act for it without a signed-in person.
//!
//! A secret consists of `torg_`, 256 random bits and the first 32 bits of their SHA-256, in
//! hexadecimal. The prefix lets secret scanners find leaked secrets (`torg_[0-9a-f]{72}`). The
//! checksum detects cut or mistyped secrets without the database. The database stores the SHA-256
//! of the whole secret: 256 random bits cannot be guessed, so a slow password hash would add
//! nothing.

use std::str::FromStr;

use rand_core::{OsRng, RngCore};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::kernel::ids::ApiKeyId;

/// Prefix of every secret; no JWT begins with it.
pub const PREFIX: &str = "torg_";

const RANDOM_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;

/// What an API key may be used for, within its roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Reading what members of the organisation can read. Every key has this scope.
    Read,
    /// Managing a buyer's drafts, notices and documents.
    Procurement,
    /// Taking part in early dialogue, as a buyer or a supplier.
    Dialogue,
    /// Submitting tenders; opening, reading and awarding them.
    Tender,
    /// Editing the organisation's profile.
    Organisation,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Procurement,
        Self::Dialogue,
        Self::Tender,
        Self::Organisation,
    ];

    /// Returns the scope's name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Procurement => "PROCUREMENT",
            Self::Dialogue => "DIALOGUE",
            Self::Tender => "TENDER",
            Self::Organisation => "ORGANISATION",
        }
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a scope"))
    }
}

/// The API key of a request. Its roles are those of the actor's only membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// ID of the key.
    pub id: ApiKeyId,
    /// What the key may be used for.
    pub scopes: Vec<Scope>,
}

/// A key's secret. It has no `Debug` and no `Display`, so that it cannot reach a log.
pub struct Secret(String);

impl Secret {
    /// Returns a new secret; an error when the machine has no randomness.
    pub fn generate() -> Result<Self, rand_core::Error> {
        let mut random = [0; RANDOM_BYTES];
        OsRng.try_fill_bytes(&mut random)?;
        let checksum = checksum(&random);
        Ok(Self(format!("{PREFIX}{}{checksum}", hex(&random))))
    }

    /// Parses a secret; returns `None` when the form or the checksum is wrong.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() != 2 * (RANDOM_BYTES + CHECKSUM_BYTES) || !digits.bytes().all(lower) {
            return None;
        }
        let (random, expected) = digits.split_at(2 * RANDOM_BYTES);
        let random: Option<Vec<u8>> = (0..RANDOM_BYTES)
            .map(|at| u8::from_str_radix(random.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        (checksum(&random?) == expected).then(|| Self(text.to_owned()))
    }

    /// Returns the SHA-256 of the secret, which the database stores.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }

    /// Returns the secret as text, to be shown once.
    pub fn expose(self) -> String {
        self.0
    }
}

fn checksum(random: &[u8]) -> String {
    hex(&Sha256::digest(random)[..CHECKSUM_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unchanged_secret_is_parsed() {
        let secret = Secret::generate().unwrap().expose();
        assert_eq!(secret.len(), 5 + 72);
        let read = Secret::read(&secret).unwrap();
        assert_eq!(read.digest(), Sha256::digest(&secret).to_vec());
        let mut mistyped = secret.clone().into_bytes();
        mistyped[20] = if mistyped[20] == b'0' { b'1' } else { b'0' };
        for wrong in [
            String::from_utf8(mistyped).unwrap(),
            secret[..secret.len() - 1].to_owned(),
            format!("{secret}0"),
            secret.to_uppercase(),
            secret.replacen('_', "-", 1),
            format!("torg_{}", "é".repeat(36)),
            PREFIX.to_owned(),
            String::new(),
        ] {
            assert!(Secret::read(&wrong).is_none(), "{wrong}");
        }
        assert_ne!(Secret::generate().unwrap().expose(), secret);
    }

    #[test]
    fn scope_names_round_trip() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!("ALL".parse::<Scope>().is_err());
    }
}
