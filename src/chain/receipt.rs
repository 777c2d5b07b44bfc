//! The receipt of a tender: a signed statement that a supplier keeps, and that anyone verifies without
//! Torg.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    digits::{from_hex, hex, signature_from_hex},
    entry::{Entry, Event, Hash, Signed},
    key::{ChainKey, PublicKeys},
};
use crate::kernel::ids::{OrganisationId, ProcurementId, TenderId};

/// Kind of a signed statement, so that an entry of a chain is never read as a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptKind {
    /// Receipt of a tender.
    TenderReceipt,
}

/// What a receipt states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Kind of the statement.
    pub kind: ReceiptKind,
    /// The procurement.
    pub procurement: ProcurementId,
    /// The tender.
    pub tender: TenderId,
    /// The tenderer.
    pub organisation: OrganisationId,
    /// IDs of the offered lots, in ascending order.
    pub lots: Vec<String>,
    /// 1 for the tenderer's first tender for these lots, 2 for the one that replaces it.
    pub version: i32,
    /// SHA-256 of the sealed tender.
    pub sha256: Hash,
    /// Time of receipt, by the database's clock.
    pub at: DateTime<Utc>,
    /// SHA-256 of the tender's entry in the procurement's chain. The entry has a random salt, so that
    /// the hash reveals nothing about the entries before it.
    pub entry: Hash,
}

/// A receipt with its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReceipt {
    /// The receipt's JSON: the bytes that the signature is over.
    pub statement: String,
    /// Ed25519 signature.
    pub signature: Vec<u8>,
    /// Public key that verifies the signature: 64 hexadecimal digits.
    pub signer: String,
}

impl Receipt {
    /// Returns the receipt for the entry of a tender; `None` for another entry.
    #[must_use]
    pub fn of(signed: &Signed) -> Option<Self> {
        let entry = signed.parse().ok()?;
        match entry.event {
            Event::TenderSubmitted {
                tender,
                organisation,
                lots,
                version,
                sha256,
                ..
            } => Some(Self {
                kind: ReceiptKind::TenderReceipt,
                procurement: entry.procurement,
                tender,
                organisation,
                lots,
                version,
                sha256,
                at: entry.at,
                entry: signed.hash(),
            }),
            _ => None,
        }
    }

    /// Signs the receipt.
    ///
    /// # Errors
    /// The receipt has no JSON form.
    pub fn sign(&self, key: &ChainKey) -> Result<SignedReceipt, serde_json::Error> {
        let statement = serde_json::to_string(self)?;
        Ok(SignedReceipt {
            signature: key.sign_text(&statement),
            signer: key.public(),
            statement,
        })
    }
}

/// A receipt as `OwnTender.receipt` returns it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    statement: String,
    signature: String,
    public_key: String,
    #[serde(default)]
    entry: Option<ShownEntry>,
}

/// An entry of a chain as `OwnTender.receipt` returns it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownEntry {
    entry: String,
    signature: String,
    public_key: String,
}

/// What a verified receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The receipt.
    pub receipt: Receipt,
    /// Public key that signed it.
    pub signer: String,
    /// The tender's entry in the chain, if the receipt was read after the deadline.
    pub entry: Option<Entry>,
}

/// Verifies the JSON of a receipt, as the field `OwnTender.receipt` returns it, with trusted keys.
///
/// # Errors
/// Returns what is wrong with it.
pub fn verify_receipt(json: &str, keys: &PublicKeys) -> Result<Verified, String> {
    let shown: Shown = serde_json::from_str(json).map_err(|error| {
        format!("it is no receipt ({error}); give the JSON of the field `OwnTender.receipt`")
    })?;
    check_signature(
        keys,
        "the receipt",
        (&shown.public_key, &shown.statement, &shown.signature),
    )?;
    let receipt: Receipt = serde_json::from_str(&shown.statement)
        .map_err(|error| format!("its statement is no receipt of a tender ({error})"))?;
    let entry = match &shown.entry {
        None => None,
        Some(entry) => Some(verify_entry(&receipt, entry, keys)?),
    };
    Ok(Verified {
        receipt,
        signer: shown.public_key,
        entry,
    })
}

fn verify_entry(receipt: &Receipt, shown: &ShownEntry, keys: &PublicKeys) -> Result<Entry, String> {
    check_signature(
        keys,
        "the entry",
        (&shown.public_key, &shown.entry, &shown.signature),
    )?;
    let entry: Entry = serde_json::from_str(&shown.entry)
        .map_err(|error| format!("its entry is no entry of a chain ({error})"))?;
    let signed = Signed {
        procurement: entry.procurement,
        number: entry.number,
        entry: shown.entry.clone(),
        signature: Vec::new(),
        signer: shown.public_key.clone(),
    };
    match Receipt::of(&signed).as_ref() == Some(receipt) {
        true => Ok(entry),
        false => Err("its entry of the chain is that of another tender, or was edited".into()),
    }
}

fn check_signature(
    keys: &PublicKeys,
    what: &str,
    (signer, text, signature): (&str, &str, &str),
) -> Result<(), String> {
    let signature = signature_from_hex(signature)
        .ok_or_else(|| format!("the signature of {what} does not have 128 hexadecimal digits"))?;
    if from_hex(signer).is_none() || !keys.iter().any(|key| key == signer) {
        return Err(format!(
            "{what} is signed with the key {signer}, which is not one of the given public keys"
        ));
    }
    match keys.have_signed_text(signer, text, &signature) {
        true => Ok(()),
        false => Err(format!(
            "{what} was edited or is forged: its signature does not match"
        )),
    }
}

/// Returns a signature as 128 hexadecimal digits.
#[must_use]
pub fn signature_digits(signature: &[u8]) -> String {
    hex(signature)
}
