//! API keys: an organisation's systems act for it without a person who signs in.
//!
//! A key's secret is `torg_`, 256 random bits and the beginning of their SHA-256, all in hexadecimal. The prefix lets
//! secret scanners find one that was left somewhere (`torg_[0-9a-f]{72}`), the check tells one that was cut or mistyped
//! without asking the database. What is stored is the SHA-256 of the whole: so many random bits cannot be tried out, so
//! that a slow password hash would add nothing.

use std::str::FromStr;

use rand_core::{OsRng, RngCore};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::kernel::ids::ApiKeyId;

/// How every secret begins; no JWT does.
pub const PREFIX: &str = "torg_";

const RANDOM_BYTES: usize = 32;
const CHECK_BYTES: usize = 4;

/// What a key may be used for, within its roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Reading what the organisation's members read. Every key has it.
    Read,
    /// A buyer's drafts, notices and documents.
    Procurement,
    /// A buyer's or a supplier's part in early dialogue.
    Dialogue,
    /// Submitting tenders; opening, reading and awarding them.
    Tender,
    /// What the organisation says of itself.
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

    /// The scope's name in the database.
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

/// The key that a request came with. Its roles are those of the membership it acts by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Which.
    pub id: ApiKeyId,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
}

/// A key's secret. It has no `Debug` and no `Display`, so that it gets into no log.
pub struct Secret(String);

impl Secret {
    /// A new one; an error when the machine has no randomness.
    pub fn generate() -> Result<Self, rand_core::Error> {
        let mut random = [0; RANDOM_BYTES];
        OsRng.try_fill_bytes(&mut random)?;
        Ok(Self(format!("{PREFIX}{}{}", hex(&random), check(&random))))
    }

    /// Reads a secret as it was sent; `None` for what was never one.
    pub fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() != 2 * (RANDOM_BYTES + CHECK_BYTES) || !digits.bytes().all(lower) {
            return None;
        }
        let (random, written) = digits.split_at(2 * RANDOM_BYTES);
        let random: Option<Vec<u8>> = (0..RANDOM_BYTES)
            .map(|at| u8::from_str_radix(random.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        (check(&random?) == written).then(|| Self(text.to_owned()))
    }

    /// What is stored of it.
    pub fn digest(&self) -> Vec<u8> {
        Sha256::digest(&self.0).to_vec()
    }

    /// The secret itself, to be shown once.
    pub fn expose(self) -> String {
        self.0
    }
}

fn check(random: &[u8]) -> String {
    hex(&Sha256::digest(random)[..CHECK_BYTES])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_back_and_nothing_near_it_does() {
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
    fn scopes_are_written_as_they_are_read() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!("ALL".parse::<Scope>().is_err());
    }
}
