//! Signed receipts of tenders, and the head of a procurement's chain.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

use crate::{
    chain::signature_digits,
    tender::store::{OwnTender, receipt::Head},
};

/// Signed receipt of a tender. Keep it as it is: `torg verify-receipt` reads the JSON of this object
/// with the fields `statement`, `signature`, `publicKey` and, after the deadline, `entry`.
#[derive(SimpleObject)]
pub struct TenderReceipt {
    /// What the receipt states: JSON with procurement, tender, organisation, lots, version, SHA-256 of
    /// the sealed tender, time of receipt, and hash of the tender's entry in the procurement's chain.
    /// The signature is over exactly these bytes (UTF-8).
    statement: String,
    /// Ed25519 signature of `statement`, as 128 hexadecimal digits.
    signature: String,
    /// Public key that verifies the signature, as 64 hexadecimal digits; one of `Query.chainKeys`.
    public_key: String,
    /// SHA-256 of the tender's entry in the procurement's chain, as 64 hexadecimal digits.
    hash: String,
    /// The tender's entry in the chain. Null until the deadline, because its number reveals how many
    /// tenders there are.
    entry: Option<ChainEntry>,
}

/// Entry of a procurement's chain.
#[derive(SimpleObject)]
pub struct ChainEntry {
    /// Position in the chain, from 1.
    number: i32,
    /// The entry: JSON with procurement, number, hash of the entry before it, time and event. The
    /// signature is over exactly these bytes (UTF-8), and the hash is their SHA-256.
    entry: String,
    /// Ed25519 signature of `entry`, as 128 hexadecimal digits.
    signature: String,
    /// Public key that verifies the signature, as 64 hexadecimal digits.
    public_key: String,
}

impl TenderReceipt {
    /// Returns the receipt of a tender as it is shown at a time.
    pub(super) fn of(tender: &OwnTender, now: DateTime<Utc>) -> Option<Self> {
        let ended = tender.deadline.is_some_and(|deadline| now >= deadline);
        Some(Self {
            statement: tender.statement.clone()?,
            signature: signature_digits(tender.receipt_signature.as_deref()?),
            public_key: tender.receipt_signer.clone()?,
            hash: signature_digits(tender.entry_hash.as_deref()?),
            entry: ended.then(|| ChainEntry::of(tender)).flatten(),
        })
    }
}

impl ChainEntry {
    fn of(tender: &OwnTender) -> Option<Self> {
        Some(Self {
            number: tender.chain_number?,
            entry: tender.entry.clone()?,
            signature: signature_digits(tender.entry_signature.as_deref()?),
            public_key: tender.entry_signer.clone()?,
        })
    }
}

/// Last entry of a procurement's chain. A later reading of the chain that lacks it was tampered with.
#[derive(SimpleObject)]
pub struct ChainHead {
    /// Position of the entry in the chain, from 1: the number of entries.
    number: i32,
    /// SHA-256 of the entry, as 64 hexadecimal digits.
    hash: String,
}

impl From<Head> for ChainHead {
    fn from(head: Head) -> Self {
        Self {
            number: head.number,
            hash: signature_digits(&head.hash),
        }
    }
}
