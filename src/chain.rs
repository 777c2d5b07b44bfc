//! The chain: a signed record for each procurement of what happens to its tenders.
//!
//! Each entry is JSON with the hash of the entry before it, and is signed (Ed25519). Whoever has
//! the public keys finds an entry that was removed, exchanged, edited or forged, without the
//! database's help ([`verify`]). A supplier's receipt is the entry of its tender with the signature.

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
