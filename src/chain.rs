//! The chain: the signed record of a procurement's tenders.
//!
//! Each entry is JSON with the hash of the entry before it, and is signed (Ed25519). A reader with
//! the public keys finds an entry that was removed, exchanged, edited or forged, without trust in
//! the database ([`verify`]). A supplier's receipt is the entry of its tender with the signature.

mod digits;
mod entry;
mod key;
mod receipt;
mod verify;

pub use entry::{Entry, Event, Hash, Signed};
pub use key::{ChainKey, ChainKeyError, FILE_NAME, PublicKeys};
pub use receipt::{
    Receipt, ReceiptKind, SignedReceipt, Verified, signature_digits, verify_receipt,
};
pub use verify::{Examined, Fault, examine, verify};

#[cfg(test)]
mod tests;
